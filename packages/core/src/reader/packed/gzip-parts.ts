import { crc32 } from "node:zlib";
import type { PackedBytes } from "./packed-bytes.ts";

const DEFLATE = 8;

/** Bits of the flags in a header (RFC 1952, section 2.3.1). */
const HEADER_CHECKSUM = 2;
const EXTRA = 4;
const NAME = 8;
const COMMENT = 16;
const RESERVED = 0xe0;

/**
 * Takes the header of a member (RFC 1952, section 2.3).
 * @returns what is wrong with it; `cut` if the stream ends inside it
 */
export async function takeHeader(packed: PackedBytes): Promise<"cut" | { readonly wrong: string } | undefined> {
  let checksum = 0;
  const take = async (count: number): Promise<Buffer | undefined> => {
    if (!(await packed.more(count))) return undefined;
    const bytes = Buffer.from(packed.take(count));
    checksum = crc32(bytes, checksum);
    return bytes;
  };
  /** Skips bytes up to and including the next zero byte. */
  const skipText = async (): Promise<boolean> => {
    while (await packed.more()) {
      const end = packed.ahead.indexOf(0) + 1;
      checksum = crc32(packed.take(end || packed.ahead.length), checksum);
      if (end > 0) return true;
    }
    return false;
  };
  const fixed = await take(10);
  if (fixed === undefined) return "cut";
  const flags = fixed.readUInt8(3);
  if (fixed.readUInt8(2) !== DEFLATE) return { wrong: "a gzip header with an unknown compression" };
  if ((flags & RESERVED) !== 0) return { wrong: "a gzip header with reserved flags" };
  if ((flags & EXTRA) !== 0) {
    const length = await take(2);
    if (length === undefined || (await take(length.readUInt16LE())) === undefined) return "cut";
  }
  if ((flags & NAME) !== 0 && !(await skipText())) return "cut";
  if ((flags & COMMENT) !== 0 && !(await skipText())) return "cut";
  if ((flags & HEADER_CHECKSUM) !== 0) {
    const expected = checksum & 0xffff;
    const found = await take(2);
    if (found === undefined) return "cut";
    if (found.readUInt16LE() !== expected) return { wrong: "a gzip header with a wrong checksum" };
  }
  return undefined;
}

/** Computes checksum and size of the text of one member, for the comparison with its trailer. */
export class TextSum {
  #checksum = 0;
  #bytes = 0;

  add(text: Uint8Array): void {
    this.#checksum = crc32(text, this.#checksum);
    this.#bytes += text.length;
  }

  /** Takes the trailer. @returns what is wrong; `cut` if the stream ends inside it */
  async takeTrailer(packed: PackedBytes): Promise<"cut" | { readonly wrong: string } | undefined> {
    if (!(await packed.more(8))) return "cut";
    const trailer = Buffer.from(packed.take(8));
    if (trailer.readUInt32LE(0) !== this.#checksum) return { wrong: "checksum" };
    return trailer.readUInt32LE(4) === this.#bytes % 2 ** 32 ? undefined : { wrong: "size" };
  }
}
