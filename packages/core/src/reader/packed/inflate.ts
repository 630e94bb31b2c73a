import { constants, createInflateRaw, inflateRawSync } from "node:zlib";
import { messageOf } from "../../errors.ts";
import { Decoder } from "./decoder.ts";
import type { PackedBytes } from "./packed-bytes.ts";

/**
 * Deflate data grows at most 1032 times when unpacked. So a piece of this size becomes at most 17 MB, and a zip bomb
 * does no harm.
 */
const PIECE_BYTES = 16 * 1024;

/** zlib returns text in blocks of this size. A block with a fault in it is lost as a whole. */
const BLOCK_BYTES = 16 * 1024;

/** Deflate data up to these sizes is kept, so that it can be unpacked again up to the damaged byte. */
const KEEP_PACKED_BYTES = 512 * 1024;
const KEEP_TEXT_BYTES = 8 * 1024 * 1024;

/**
 * How deflate data ended: `end` at its proper end, `cut` because the stream ended, `damaged` at a byte that zlib
 * refuses.
 */
export type Inflated =
  | { readonly how: "end" | "cut" }
  | {
      readonly how: "damaged";
      readonly why: string;
      /** The most bytes of text before the damage that could not be unpacked. */
      readonly missing: number;
    };

/**
 * Unpacks deflate data. It takes the data from `packed`, but no byte behind it. Before a fault, it yields all text that
 * can be unpacked; if the data is too large to be unpacked twice, up to {@link Inflated.missing} bytes of text are
 * lost.
 */
export async function* inflate(packed: PackedBytes): AsyncGenerator<Buffer, Inflated, undefined> {
  const decoder = new Decoder(createInflateRaw({ chunkSize: BLOCK_BYTES }));
  const kept = new KeptBytes();
  const from = packed.at;
  let text = 0;
  try {
    while (await packed.more()) {
      const piece = packed.ahead.subarray(0, PIECE_BYTES);
      kept.add(piece, text);
      const texts = await decoder.unpack(piece);
      const { failure, isEnded } = decoder;
      for (const data of texts) text += data.length;
      const again = failure && kept.unpackAgain(packed.at - from, text);
      // Before the text is yielded: an error in the text reports how much of the data was unpacked.
      packed.take(again?.good ?? (isEnded ? from + decoder.taken - packed.at : piece.length));
      yield* texts;
      if (again !== undefined) {
        if (again.rest.length > 0) yield again.rest;
        return { how: "damaged", why: messageOf(failure), missing: kept.complete ? 0 : BLOCK_BYTES };
      }
      if (isEnded) return { how: "end" };
    }
    return { how: "cut" };
  } finally {
    decoder.close();
  }
}

/** Keeps deflate data from its beginning, as long as it is small. */
class KeptBytes {
  complete = true;
  #pieces: Uint8Array[] = [];
  #bytes = 0;

  add(piece: Uint8Array, text: number): void {
    this.#bytes += piece.length;
    if (this.#bytes > KEEP_PACKED_BYTES || text > KEEP_TEXT_BYTES) {
      this.complete = false;
      this.#pieces = [];
    }
    // A copy, since the producer may use its buffer again.
    if (this.complete) this.#pieces.push(Buffer.from(piece));
  }

  /**
   * Unpacks up to the damage, which is behind the first `sound` bytes. It finds the damage by halving the distance,
   * since zlib does not say how far it came.
   * @param text bytes of text that are unpacked already
   * @returns the text behind these bytes, and the number of good bytes behind `sound`
   */
  unpackAgain(sound: number, text: number): { readonly rest: Buffer; readonly good: number } {
    let rest: Buffer = Buffer.alloc(0);
    let good = sound;
    if (!this.complete) return { rest, good: 0 };
    const data = Buffer.concat(this.#pieces);
    for (let bad = data.length; bad - good > 1;) {
      const middle = (good + bad) >> 1;
      try {
        const all = inflateRawSync(data.subarray(0, middle), {
          finishFlush: constants.Z_SYNC_FLUSH,
          maxOutputLength: text + 2 * BLOCK_BYTES,
        });
        rest = all.subarray(text);
        good = middle;
      } catch {
        bad = middle;
      }
    }
    return { rest, good: good - sound };
  }
}
