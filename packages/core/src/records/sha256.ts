import { hash } from "node:crypto";

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

  /** @returns 64 hex digits */
  hex(beginning: string, text: string, ending: string): string {
    if ((beginning.length + text.length + ending.length) * WIDEST > ROOM)
      return hash("sha256", beginning + text + ending);
    if (beginning !== this.#beginning) {
      this.#beginning = beginning;
      this.#start = this.#buffer.write(beginning);
    }
    let end = this.#start + this.#buffer.write(text, this.#start);
    end += this.#buffer.write(ending, end);
    return hash("sha256", this.#buffer.subarray(0, end));
  }
}
