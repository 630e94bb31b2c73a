// gzip (RFC 1952) in the plainest way.
import { inflate } from "./inflate.ts";

/** The text of some bytes, and whether something is wrong with what holds it. */
export interface Unpacked {
  readonly text: Buffer;
  readonly isFaulty: boolean;
}

const TABLE = Array.from({ length: 256 }, (_value, byte) => {
  let sum = byte;
  for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? 0xedb88320 ^ (sum >>> 1) : sum >>> 1;
  return sum >>> 0;
});

export function crc(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of bytes) sum = (TABLE[(sum ^ byte) & 0xff] ?? 0) ^ (sum >>> 8);
  return ~sum >>> 0;
}

/** The bytes themselves, or the text of all members where they begin like gzip. */
export function gunzip(bytes: Buffer): Unpacked {
  if (!isMember(bytes, 0)) return { text: bytes, isFaulty: false };
  const texts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const { text, end } = member(bytes, at);
    texts.push(text);
    if (end === undefined) return { text: Buffer.concat(texts), isFaulty: true };
    at = end;
    while (bytes[at] === 0) at++;
    if (at === bytes.length) return { text: Buffer.concat(texts), isFaulty: false };
    if (!isMember(bytes, at)) return { text: Buffer.concat(texts), isFaulty: true };
  }
}

function isMember(bytes: Buffer, at: number): boolean {
  return bytes[at] === 0x1f && bytes[at + 1] === 0x8b;
}

/** The text of the member at `at`, and where it ends if it is sound. */
function member(bytes: Buffer, start: number): { readonly text: Buffer; readonly end?: number } {
  const none = { text: Buffer.alloc(0) };
  const flags = bytes[start + 3] ?? 0;
  if (bytes.length < start + 10 || bytes[start + 2] !== 8 || flags >= 32) return none;
  let at = start + 10;
  if (flags & 4) {
    if (bytes.length < at + 2) return none;
    at += 2 + bytes.readUInt16LE(at);
  }
  for (const flag of [8, 16]) {
    if ((flags & flag) === 0) continue;
    const end = bytes.indexOf(0, at);
    if (at > bytes.length || end === -1) return none;
    at = end + 1;
  }
  if (flags & 2) {
    if (bytes.length < at + 2 || bytes.readUInt16LE(at) !== (crc(bytes.subarray(start, at)) & 0xffff)) return none;
    at += 2;
  }
  if (at > bytes.length) return none;
  const { text, how, bytes: used } = inflate(bytes.subarray(at));
  at += used;
  if (how !== "whole" || bytes.length < at + 8) return { text };
  const isSound = bytes.readUInt32LE(at) === crc(text) && bytes.readUInt32LE(at + 4) === text.length;
  return isSound ? { text, end: at + 8 } : { text };
}
