import crypto from "node:crypto";
import type { Piece } from "./piece.ts";

/** Bytes of memory that is kept: longer texts get their own. */
const ROOM = 256 * 1024;

/** Bytes that a character takes at most. */
const WIDEST = 3;

/** Both come with the first text: a run whose stores need no ids does without. */
let hash: typeof crypto.hash | undefined;
let buffer: Buffer | undefined;

/** SHA-256 of a text. Each of the 32 characters is a byte. */
export function sha256(text: string | Uint8Array): string {
  return (hash ??= crypto.hash)("sha256", text, "binary");
}

/** The same of a text in pieces, which are not joined for it. */
export function sha256OfPieces(before: Piece, text: string, after: Piece): string {
  const bytes = text.length * WIDEST + before.bytes.length + after.bytes.length;
  if (bytes > ROOM) {
    // Joined, a huge text would be there once more.
    const sum = crypto.createHash("sha256").update(before.bytes).update(text);
    return sum.update(after.bytes).digest("binary");
  }
  buffer ??= Buffer.allocUnsafeSlow(ROOM);
  let end = before.writeTo(buffer, 0);
  end += buffer.write(text, end);
  return sha256(buffer.subarray(0, after.writeTo(buffer, end)));
}
