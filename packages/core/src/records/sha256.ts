import crypto from "node:crypto";
import type { Piece } from "./piece.ts";

/** Bytes of memory that is kept: longer texts get their own. */
const ROOM = 256 * 1024;

/** Bytes that a character takes at most. */
const WIDEST = 3;

/** SHA-256 of texts that begin alike: their beginning is encoded once, and nothing is joined for each of them. */
export class Sha256 {
  readonly #buffer: Buffer = Buffer.allocUnsafeSlow(ROOM);
  #beginning = "";
  /** Where {@link Sha256.#beginning} ends. */
  #start = 0;
  /** Loaded with the first text: a run whose stores need no ids does without. */
  #hash: typeof crypto.hash | undefined;

  /** @returns 64 hex digits */
  hex(beginning: string, before: Piece, text: string, after: Piece): string {
    const bytes = (beginning.length + text.length) * WIDEST + before.bytes.length + after.bytes.length;
    if (bytes > ROOM) return hexOfParts(beginning, before, text, after);
    let end = before.writeTo(this.#buffer, this.#begin(beginning));
    end += this.#buffer.write(text, end);
    return this.#digest(this.#buffer.subarray(0, after.writeTo(this.#buffer, end)));
  }

  /** The same of a text that is UTF-8 already. */
  hexOfBytes(beginning: string, text: Uint8Array): string {
    if (beginning.length * WIDEST + text.length > ROOM)
      return this.#digest(Buffer.concat([Buffer.from(beginning), text]));
    const start = this.#begin(beginning);
    this.#buffer.set(text, start);
    return this.#digest(this.#buffer.subarray(0, start + text.length));
  }

  #digest(text: string | Uint8Array): string {
    return (this.#hash ??= crypto.hash)("sha256", text);
  }

  #begin(beginning: string): number {
    if (beginning !== this.#beginning) {
      this.#beginning = beginning;
      this.#start = this.#buffer.write(beginning);
    }
    return this.#start;
  }
}

/** Part by part: joined, a huge text would be there once more. */
function hexOfParts(beginning: string, before: Piece, text: string, after: Piece): string {
  const sum = crypto.createHash("sha256").update(beginning).update(before.bytes);
  return sum.update(text).update(after.bytes).digest("hex");
}
