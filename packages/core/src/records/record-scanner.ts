import { isAscii, isUtf8 } from "node:buffer";
import type { ByteWindow } from "./byte-source.ts";

/** What {@link RecordScanner.scan} found: the end of the value, the end of the bytes, or a byte that no string may hold. */
export type Scan = "done" | "more" | "fault";

const OUTSIDE = 0;
const IN_STRING = 1;
const IN_ESCAPE = 2;
const IN_INDENT = 3;

/** 1 for bytes that belong to a number, `true`, `false` or `null`: everything but quotes, brackets, commas, colons and spaces. */
const LITERAL = new Uint8Array(256).fill(1);
for (const other of '"{}[],: \t') LITERAL[other.charCodeAt(0)] = 0;

/**
 * Finds the end of one JSON value in bytes that arrive in pieces, and keeps a copy without its line breaks and the indentation
 * behind them. It counts brackets and follows strings, no more: the copy is for `JSON.parse` to check. White space within a line stays,
 * so that the copy of a value on one line is the same whichever way it was read.
 */
export class RecordScanner {
  #out: Buffer = Buffer.allocUnsafeSlow(64 * 1024);
  #length = 0;
  #depth = 0;
  #state: number = OUTSIDE;

  /** Begins a value; the window's next byte is its first: `{`, `[` or `"`. */
  begin(): void {
    this.#length = 0;
    this.#depth = 0;
    this.#state = OUTSIDE;
    if (this.#out.length > 4 * 1024 * 1024) this.#out = Buffer.allocUnsafeSlow(64 * 1024);
  }

  /** Drops what was copied so far, for a value that is only to be skipped. */
  forget(): void {
    // The last byte stays: it decides whether a line break that follows parts two literals.
    if (this.#length > 1) this.#out[0] = this.#out[this.#length - 1] as number;
    this.#length = Math.min(this.#length, 1);
  }

  /** Reads on from `window.pos`; call it again with more bytes while it says `more`. */
  scan(window: ByteWindow): Scan {
    const { buffer, end } = window;
    const out = this.#reserve(end - window.pos);
    let pos = window.pos;
    let length = this.#length;
    let depth = this.#depth;
    let state = this.#state;
    let result: Scan = "more";
    while (pos < end) {
      if (state === IN_STRING) {
        let byte = -1;
        while (pos < end) {
          byte = out[length++] = buffer[pos++] as number;
          if (byte <= 0x5c && (byte === 0x22 || byte === 0x5c || byte < 0x20)) break;
          byte = -1;
        }
        if (byte === -1) break;
        if (byte === 0x5c) state = IN_ESCAPE;
        else if (byte < 0x20) {
          // A line break in a string: the line was cut off here. Reading on would swallow what follows.
          result = "fault";
          break;
        } else {
          state = OUTSIDE;
          if (depth === 0) {
            result = "done";
            break;
          }
        }
      } else if (state === IN_ESCAPE) {
        out[length++] = buffer[pos++] as number;
        state = IN_STRING;
      } else if (state === IN_INDENT) {
        const byte = buffer[pos] as number;
        if (byte === 0x20 || byte === 0x0d || byte === 0x09) pos++;
        else if (byte === 0x0a) {
          window.line++;
          window.lineStart = window.base + ++pos;
        } else {
          // What parts two literals stays, for the check to find: `1` and `2` on two lines must not become `12`.
          if (LITERAL[byte] === 1 && LITERAL[out[length - 1] as number] === 1) out[length++] = 0x20;
          state = OUTSIDE;
        }
      } else {
        const byte = buffer[pos] as number;
        if (byte === 0x0a || byte === 0x0d) {
          state = IN_INDENT;
          continue;
        }
        out[length++] = byte;
        pos++;
        if (byte === 0x22) state = IN_STRING;
        else if (byte === 0x7b || byte === 0x5b) depth++;
        else if ((byte === 0x7d || byte === 0x5d) && --depth === 0) {
          result = "done";
          break;
        }
      }
    }
    window.pos = pos;
    this.#length = length;
    this.#depth = depth;
    this.#state = state;
    return result;
  }

  /** The value as text and its UTF-8 length, or undefined where the bytes are not UTF-8. */
  take(): { readonly text: string; readonly bytes: number } | undefined {
    const length = this.#length;
    const bytes = this.#out.subarray(0, length);
    if (isAscii(bytes)) return { text: bytes.toString("latin1", 0, length), bytes: length };
    return isUtf8(bytes) ? { text: bytes.toString("utf8", 0, length), bytes: length } : undefined;
  }

  #reserve(bytes: number): Buffer {
    const need = this.#length + bytes;
    if (need > this.#out.length) {
      const grown = Buffer.allocUnsafeSlow(need * 2);
      this.#out.copy(grown, 0, 0, this.#length);
      this.#out = grown;
    }
    return this.#out;
  }
}
