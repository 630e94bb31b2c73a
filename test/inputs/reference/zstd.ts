// zstd (RFC 8878): frames and blocks in the plainest way. What is in a block is left to zstd itself, which is given one
// more of them each time.
import { zstdDecompressSync } from "node:zlib";
import type { Unpacked } from "./gunzip.ts";

const BLOCK_BYTES = 128 * 1024;
const WINDOW_BYTES = 128 * 1024 * 1024;

/** Whether a frame begins there, be it one to be skipped. */
export function isZstd(bytes: Buffer, at: number): boolean {
  return bytes.length >= at + 4 && (bytes.readUInt32LE(at) === 0xfd2fb528 || isSkippable(bytes, at));
}

function isSkippable(bytes: Buffer, at: number): boolean {
  return (bytes.readUInt32LE(at) & 0xfffffff0) >>> 0 === 0x184d2a50;
}

/** The text of all frames. */
export function unpackZstd(bytes: Buffer): Unpacked {
  const texts: Buffer[] = [];
  for (let at = 0; ;) {
    const { text, end } = frame(bytes, at);
    texts.push(text);
    if (end === undefined) return { text: Buffer.concat(texts), isFaulty: true };
    at = end;
    while (bytes[at] === 0) at++;
    if (at === bytes.length) return { text: Buffer.concat(texts), isFaulty: false };
    if (!isZstd(bytes, at)) return { text: Buffer.concat(texts), isFaulty: true };
  }
}

/** The text of a frame, and where it ends if it is sound. */
function frame(bytes: Buffer, start: number): { readonly text: Buffer; readonly end?: number } {
  const none = { text: Buffer.alloc(0) };
  if (isSkippable(bytes, start)) {
    const end = bytes.length < start + 8 ? Infinity : start + 8 + bytes.readUInt32LE(start + 4);
    return end > bytes.length ? none : { ...none, end };
  }
  const descriptor = bytes[start + 4] ?? 8;
  const isSingle = (descriptor & 32) !== 0;
  const dictionaryAt = start + (isSingle ? 5 : 6);
  const sizeAt = dictionaryAt + ([0, 1, 2, 4][descriptor & 3] ?? 0);
  const sizeBytes = [isSingle ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  let at = sizeAt + sizeBytes;
  if ((descriptor & 8) !== 0 || at > bytes.length) return none;
  if (bytes.subarray(dictionaryAt, sizeAt).some((byte) => byte !== 0)) return none;
  let size = 0;
  for (let index = sizeBytes - 1; index >= 0; index--) size = size * 256 + (bytes[sizeAt + index] ?? 0);
  if (sizeBytes === 2) size += 256;
  const exponent = bytes[start + 5] ?? 0;
  const window = isSingle ? size : 2 ** (10 + (exponent >> 3)) * (1 + (exponent & 7) / 8);
  if (window > WINDOW_BYTES) return none;
  let text: Buffer = none.text;
  const blocks: Buffer[] = [];
  for (let isLast = false; !isLast;) {
    if (bytes.length < at + 3) return { text };
    const header = bytes.readUIntLE(at, 3);
    isLast = (header & 1) === 1;
    const kind = (header >> 1) & 3;
    const end = at + 3 + (kind === 1 ? 1 : header >> 3);
    if (kind === 3 || header >> 3 > BLOCK_BYTES || bytes.length < end) return { text };
    blocks.push(bytes.subarray(at, end));
    const longer = textOf(blocks);
    if (longer === undefined || longer.length > text.length + BLOCK_BYTES) return { text };
    text = longer;
    at = end;
  }
  if ((descriptor & 4) !== 0) {
    const sum = bytes.subarray(at, at + 4);
    if (sum.length < 4 || textOf(blocks, sum) === undefined) return { text };
    at += 4;
  }
  return sizeBytes > 0 && size !== text.length ? { text } : { text, end: at };
}

/**
 * What blocks say, in a frame of their own, whose window has room for all that they can say; undefined where they say
 * nothing.
 */
function textOf(blocks: readonly Buffer[], sum: Buffer = Buffer.alloc(0)): Buffer | undefined {
  const copies = blocks.map((block) => Buffer.from(block));
  for (const [index, copy] of copies.entries())
    copy[0] = ((copy[0] ?? 0) & 0xfe) | (index === copies.length - 1 ? 1 : 0);
  const exponent = Math.min(Math.ceil(Math.log2((blocks.length * BLOCK_BYTES) / 1024)), 17);
  const header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, sum.length > 0 ? 4 : 0, exponent << 3]);
  try {
    return zstdDecompressSync(Buffer.concat([header, ...copies, sum]));
  } catch {
    return undefined;
  }
}
