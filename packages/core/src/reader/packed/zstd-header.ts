import { grouped } from "../../grouped.ts";
import type { PackedBytes } from "./packed-bytes.ts";
import type { PartFault } from "./packed-format.ts";

const MAGIC = [0x28, 0xb5, 0x2f, 0xfd] as const;
const SKIPPABLE = 0x2a;

/** Bits of the descriptor (RFC 8878, section 3.1.1.1.1). */
const CHECKSUM = 4;
const RESERVED = 8;
const SINGLE_SEGMENT = 32;
const DICTIONARY = 3;

/**
 * Limit of the window, the text that a frame may refer back to and that is kept in memory. It is the default limit of
 * the zstd tools.
 */
const MOST_WINDOW_LOG = 27;
/** The smallest window that every block fits into. */
const LEAST_WINDOW_LOG = 17;

/** The facts in the header of a frame. */
export interface FrameHeader {
  /** Bytes of the text, if the header has them. */
  readonly size: bigint | undefined;
  readonly hasChecksum: boolean;
  /** The same header without the size: if the size is wrong, zstd does not return the text of the last block. */
  readonly plain: Uint8Array;
}

/** Takes the header of a frame. If the frame is to be skipped, takes the whole frame and returns undefined. */
export async function takeFrameHeader(packed: PackedBytes): Promise<FrameHeader | PartFault | undefined> {
  const start = packed.at;
  if (packed.ahead[1] === SKIPPABLE) return skipFrame(packed);
  if (!(await packed.more(5))) return "cut";
  const descriptor = packed.ahead[4] as number;
  const isSingle = (descriptor & SINGLE_SEGMENT) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & DICTIONARY] as number;
  const sizeBytes = [isSingle ? 1 : 0, 2, 4, 8][descriptor >> 6] as number;
  const sizeAt = 5 + (isSingle ? 0 : 1) + dictionaryBytes;
  if (!(await packed.more(sizeAt + sizeBytes))) return "cut";
  const bytes = Buffer.from(packed.take(sizeAt + sizeBytes));
  if ((descriptor & RESERVED) !== 0) return wrong(start, "a zstd header with a reserved flag");
  if (dictionaryBytes > 0 && bytes.subarray(sizeAt - dictionaryBytes, sizeAt).some((byte) => byte !== 0)) {
    return cannot(start, "zstd data that needs a dictionary", "Unpack it first with `zstd -dc -D DICTIONARY`.");
  }
  const size = sizeOf(bytes.subarray(sizeAt));
  const window = isSingle ? (size as bigint) : windowOf(bytes[5] as number);
  if (window > 2n ** BigInt(MOST_WINDOW_LOG)) {
    const what = `zstd data that needs ${grouped(window)} bytes of memory to unpack; at most ${grouped(2 ** MOST_WINDOW_LOG)} are allowed`;
    return cannot(start, what, "Unpack it first with `zstd -dc --long=31`, or pack it without `--long`.");
  }
  const windowLog = Math.max(LEAST_WINDOW_LOG, (window - 1n).toString(2).length);
  const hasChecksum = (descriptor & CHECKSUM) !== 0;
  return { size, hasChecksum, plain: Uint8Array.of(...MAGIC, descriptor & CHECKSUM, (windowLog - 10) << 3) };
}

async function skipFrame(packed: PackedBytes): Promise<PartFault | undefined> {
  if (!(await packed.more(8))) return "cut";
  for (let left = 8 + Buffer.from(packed.ahead).readUInt32LE(4); left > 0;) {
    if (!(await packed.more())) return "cut";
    left -= packed.take(left).length;
  }
  return undefined;
}

/** A size in two bytes begins at 256, since smaller sizes have a shorter form. */
function sizeOf(bytes: Buffer): bigint | undefined {
  if (bytes.length === 0) return undefined;
  if (bytes.length === 8) return bytes.readBigUInt64LE();
  return BigInt(bytes.readUIntLE(0, bytes.length) + (bytes.length === 2 ? 256 : 0));
}

function windowOf(descriptor: number): bigint {
  const base = 2n ** BigInt(10 + (descriptor >> 3));
  return base + (base / 8n) * BigInt(descriptor & 7);
}

function wrong(at: number, why: string): PartFault {
  return { what: "incorrect header check", at, why: `there is ${why}` };
}

function cannot(at: number, what: string, advice: string): PartFault {
  return { what, at, why: "its frame begins", advice };
}
