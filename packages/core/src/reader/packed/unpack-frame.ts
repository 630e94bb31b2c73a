import { createZstdDecompress } from "node:zlib";
import { messageOf } from "../../errors.ts";
import { Decoder } from "./decoder.ts";
import { grouped } from "../../grouped.ts";
import type { PackedBytes } from "./packed-bytes.ts";
import type { PartFault } from "./packed-format.ts";
import { type FrameHeader, takeFrameHeader } from "./zstd-header.ts";

/** The most bytes of text in a block, and the largest block of a frame (RFC 8878, section 3.1.1.2.4). */
const BLOCK_BYTES = 128 * 1024;

const RUN_LENGTH = 1;
const RESERVED = 3;

/**
 * Unpacks one frame of zstd data (RFC 8878), block by block. So the text of the blocks before a fault is not lost. A
 * block is unpacked only after the text of the previous one was read, since four bytes can stand for 128 KiB of text.
 */
export async function* unpackFrame(packed: PackedBytes): AsyncGenerator<Uint8Array, PartFault | undefined, undefined> {
  const header = await takeFrameHeader(packed);
  if (header === undefined || header === "cut" || "what" in header) return header;
  const decoder = new Decoder(createZstdDecompress({ chunkSize: BLOCK_BYTES }));
  try {
    await decoder.unpack(header.plain);
    let text = 0;
    for (let isLast = false; !isLast;) {
      if (!(await packed.more(3))) return "cut";
      const [first = 0, second = 0, third = 0] = packed.ahead;
      const block = first | (second << 8) | (third << 16);
      const kind = (block >> 1) & 3;
      const size = block >> 3;
      isLast = (block & 1) === 1;
      if (kind === RESERVED) return broken("incorrect block type", packed.at);
      if (size > BLOCK_BYTES) return broken("incorrect block size", packed.at);
      const length = 3 + (kind === RUN_LENGTH ? 1 : size);
      if (!(await packed.more(length))) return "cut";
      const texts = await decoder.unpack(packed.ahead.subarray(0, length));
      if (decoder.failure !== undefined) return broken(messageOf(decoder.failure), packed.at);
      // Before the text is yielded: an error in the text reports how much of the data was unpacked.
      packed.take(length);
      for (const data of texts) text += data.length;
      yield* texts;
    }
    return await checkEnd(packed, decoder, header, text);
  } finally {
    decoder.close();
  }
}

/** Compares the text of a frame with the frame's checksum and size. */
async function checkEnd(
  packed: PackedBytes,
  decoder: Decoder,
  { size, hasChecksum }: FrameHeader,
  text: number,
): Promise<PartFault | undefined> {
  if (hasChecksum) {
    if (!(await packed.more(4))) return "cut";
    await decoder.unpack(packed.ahead.subarray(0, 4));
    if (decoder.failure !== undefined) {
      const why = "the checksum of a frame does not match its text";
      return { what: "incorrect data check", at: packed.at, why, isLate: true };
    }
    packed.take(4);
  }
  if (size === undefined || size === BigInt(text)) return undefined;
  const why = `a frame ends with ${grouped(text)} bytes of text, but its header says ${grouped(size)}`;
  return { what: "incorrect length check", at: packed.at, why, isLate: true };
}

function broken(what: string, at: number): PartFault {
  return { what, at, why: "the data cannot be unpacked", isLate: true };
}
