import { CloudmarkerError, messageOf } from "../errors.ts";

/** Deflate shrinks at most 1032 times: a piece of this size becomes 17 MB at worst, so that a zip bomb stays harmless. */
const PIECE_BYTES = 16 * 1024;

/**
 * The stream itself, or what it holds where it begins with the magic bytes of gzip. Members may follow each other, as `cat a.gz b.gz`
 * makes them. What was unpacked is yielded before the error of a fault is thrown, save
 * the few KiB that hold it.
 * @throws CloudmarkerError `INPUT_MALFORMED`
 */
export async function* gunzip(
  source: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const chunks = source[Symbol.asyncIterator]();
  try {
    const first = await firstBytes(chunks);
    if (first === undefined) return;
    if (first[0] === 0x1f && first[1] === 0x8b) yield* unpack(first, chunks, name);
    else {
      yield first;
      yield* rest(chunks);
    }
  } finally {
    await chunks.return?.();
  }
}

/** At least two bytes, unless the stream has fewer. */
async function firstBytes(chunks: AsyncIterator<Uint8Array>): Promise<Uint8Array | undefined> {
  let bytes: Uint8Array | undefined;
  while (bytes === undefined || bytes.length < 2) {
    const next = await chunks.next();
    if (next.done === true) return bytes;
    bytes = bytes === undefined || bytes.length === 0 ? next.value : Buffer.concat([bytes, next.value]);
  }
  return bytes;
}

async function* rest(chunks: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  for (;;) {
    const next = await chunks.next();
    if (next.done === true) return;
    yield next.value;
  }
}

async function* unpack(
  first: Uint8Array,
  chunks: AsyncIterator<Uint8Array>,
  name: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  // Loaded when needed: it is dear at the start of a small run.
  const { createGunzip } = await import("node:zlib");
  const stream = createGunzip();
  let ready: Buffer[] = [];
  const state: { failure?: Error } = {};
  let wake: (() => void) | undefined;
  stream.on("data", (data: Buffer) => ready.push(data));
  stream.on("error", (error: Error) => {
    state.failure = error;
    wake?.();
  });
  // Piped, a failing stream would throw away what it has unpacked; written piece by piece, it has handed that over before.
  const send = (piece: Uint8Array | undefined): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
      if (state.failure !== undefined) resolve();
      else if (piece === undefined) stream.once("end", resolve).end();
      else stream.write(piece, () => resolve());
    });
  const taken = (): Buffer[] => {
    const data = ready;
    ready = [];
    return data;
  };
  try {
    for (let chunk: Uint8Array | undefined = first; chunk !== undefined && !state.failure;) {
      for (let at = 0; at < chunk.length && !state.failure; at += PIECE_BYTES) {
        await send(chunk.subarray(at, at + PIECE_BYTES));
        yield* taken();
      }
      const next: IteratorResult<Uint8Array> = await chunks.next();
      chunk = next.done === true ? undefined : next.value;
    }
    await send(undefined);
    yield* taken();
  } finally {
    stream.destroy();
  }
  if (state.failure) {
    throw new CloudmarkerError(
      "INPUT_MALFORMED",
      `${name}: the gzip data is damaged or was cut off (${messageOf(state.failure)})`,
      {
        details: "Everything before that place was read. Run `gzip -t` on the file, or write it again.",
        cause: state.failure,
      },
    );
  }
}
