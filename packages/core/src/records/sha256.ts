import crypto from "node:crypto";
import type { Piece } from "./piece.ts";

/** Bytes of the buffer that is kept. A longer text gets its own buffer. */
const ROOM = 256 * 1024;

/** The most bytes of one character. */
const WIDEST = 3;

/** Both are loaded for the first text. A run whose stores need no ids never loads them. */
let hash: typeof crypto.hash | undefined;
let buffer: Buffer | undefined;

/** SHA-256 of a text. Each of the 32 characters is a byte. */
export function sha256(text: string | Uint8Array): string {
  return (hash ??= crypto.hash)("sha256", text, "binary");
}

/** The same for a text in pieces, without joining them. */
export function sha256OfPieces(before: Piece, text: string, after: Piece): string {
  const bytes = text.length * WIDEST + before.bytes.length + after.bytes.length;
  if (bytes > ROOM) {
    // Joining would make a second copy of a huge text.
    const sum = crypto.createHash("sha256").update(before.bytes).update(text);
    return sum.update(after.bytes).digest("binary");
  }
  buffer ??= Buffer.allocUnsafeSlow(ROOM);
  let end = before.writeTo(buffer, 0);
  end += buffer.write(text, end);
  return sha256(buffer.subarray(0, after.writeTo(buffer, end)));
}
