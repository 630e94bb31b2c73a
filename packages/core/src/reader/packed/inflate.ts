import { constants, createInflateRaw, inflateRawSync } from "node:zlib";
import { messageOf } from "../../errors.ts";
import { Decoder } from "./decoder.ts";
import type { PackedBytes } from "./packed-bytes.ts";

/**
 * Deflate shrinks at most 1032 times: a piece of this size becomes 17 MB at worst, so that a zip bomb stays harmless.
 */
const PIECE_BYTES = 16 * 1024;

/** zlib hands text over in blocks of this size; those that a fault spoils are lost with what is in them. */
const BLOCK_BYTES = 16 * 1024;

/** Up to these sizes deflate data is kept, to be unpacked once more up to the very byte that is damaged. */
const KEEP_PACKED_BYTES = 512 * 1024;
const KEEP_TEXT_BYTES = 8 * 1024 * 1024;

/** How deflate data ended: `end` where it should, `cut` with the stream, `damaged` at a byte that zlib refuses. */
export type Inflated =
  | { readonly how: "end" | "cut" }
  | {
      readonly how: "damaged";
      readonly why: string;
      /** Bytes of text before the damage that could not be unpacked, at most. */
      readonly missing: number;
    };

/**
 * Unpacks deflate data and takes it, and no byte behind it, from `packed`. All that can be unpacked before a fault is
 * yielded, save {@link Inflated.missing} bytes where the data is too large to be unpacked twice.
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
      // Before the text is handed over: an error in it says how far the data was unpacked.
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

/** Deflate data from its beginning on, as long as it is small. */
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
    // A copy: the producer may use its buffer again.
    if (this.complete) this.#pieces.push(Buffer.from(piece));
  }

  /**
   * Unpacks up to the damage, which is behind the first `sound` bytes. Halves the distance to it, since zlib, when it
   * refuses, does not say how far it came.
   * @param text bytes of text that were unpacked before
   * @returns the text behind those, and how many bytes behind `sound` are good
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
