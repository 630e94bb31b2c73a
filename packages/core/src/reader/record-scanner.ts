import { isAscii, isUtf8 } from "node:buffer";
import type { ByteWindow } from "./byte-source.ts";
import { SEPARATOR } from "./json-line.ts";
import { KEEP_BYTES, release, roomFor } from "./own-memory.ts";

/**
 * What {@link RecordScanner.scan} found: the end of the value (`done`), the end of the bytes (`more`), a wrong byte
 * (`fault`), or a line break while nothing is copied yet (`break`).
 */
export type Scan = "done" | "more" | "fault" | "break";

/** A value as text. */
export interface ScannedText {
  readonly text: string;
  /** Its length in UTF-8. */
  readonly bytes: number;
}

const OUTSIDE = 0;
const IN_STRING = 1;
const IN_ESCAPE = 2;
const IN_INDENT = 3;

/**
 * 1 for bytes of a number, `true`, `false` or `null`: everything except quotes, brackets, commas, colons and spaces.
 */
const LITERAL = new Uint8Array(256).fill(1);
for (const other of '"{}[],: \t') LITERAL[other.charCodeAt(0)] = 0;

/**
 * Finds the end of one JSON value in bytes that arrive in pieces. It keeps a copy without line breaks and the
 * indentation behind them; a value on one line needs no copy. It only counts brackets and follows strings; `JSON.parse`
 * checks the result. White space within a line is kept, so a value on one line gives the same text in each way of
 * reading.
 */
export class RecordScanner {
  #out: Buffer = Buffer.alloc(0);
  #length = 0;
  #copies = true;
  #depth = 0;
  #state: number = OUTSIDE;

  /**
   * Begins a value. The next byte of the window is its first byte: `{`, `[` or `"`.
   * @param copies - false: the caller keeps the value up to its first line break
   */
  begin(copies: boolean = true): void {
    this.#length = 0;
    this.#depth = 0;
    this.#state = OUTSIDE;
    this.#copies = copies;
  }

  /** Whether the value is copied. If not, the caller keeps it. */
  get copies(): boolean {
    return this.#copies;
  }

  /** Takes the part that the caller kept. The value continues behind a line break. */
  copy(before: Buffer): void {
    this.#copies = true;
    before.copy(this.#reserve(before.length));
    this.#length = before.length;
  }

  /** Drops the copy so far, for a value that is only skipped. */
  forget(): void {
    // The last byte is kept: it decides whether a following line break separates two literals.
    if (this.#length > 1) this.#out[0] = this.#out[this.#length - 1] as number;
    this.#length = Math.min(this.#length, 1);
  }

  /** Continues at `window.pos`. If it returns `more`, call it again with more bytes. */
  scan(window: ByteWindow): Scan {
    return this.#copies ? this.#scanAndCopy(window) : this.#scanLine(window);
  }

  #scanLine(window: ByteWindow): Scan {
    const { buffer, end } = window;
    let pos = window.pos;
    let depth = this.#depth;
    let state = this.#state;
    let result: Scan = "more";
    while (pos < end) {
      const byte = buffer[pos] as number;
      if (state === IN_STRING) {
        pos++;
        if (byte > 0x5c) continue;
        if (byte === 0x22) state = OUTSIDE;
        else if (byte === 0x5c) state = IN_ESCAPE;
        else if (byte < 0x20) {
          result = "fault";
          break;
        }
      } else if (state === IN_ESCAPE) {
        pos++;
        state = IN_STRING;
      } else if (byte === 0x0a || byte === 0x0d) {
        result = "break";
        break;
      } else {
        pos++;
        if (byte === 0x22) state = IN_STRING;
        else if (byte === 0x7b || byte === 0x5b) depth++;
        else if (byte === 0x7d || byte === 0x5d) {
          if (--depth > 0) continue;
          result = "done";
          break;
        } else if (byte === SEPARATOR) {
          pos--;
          result = "fault";
          break;
        }
      }
    }
    window.pos = pos;
    this.#depth = depth;
    this.#state = state;
    return result;
  }

  #scanAndCopy(window: ByteWindow): Scan {
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
          // A line break in a string: the line was cut off here. Reading on would lose the next records.
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
          // A space stays between two literals, so that the parser finds the fault: `1` and `2` on two lines must not
          // become `12`.
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
        else if (byte === 0x7d || byte === 0x5d) {
          if (--depth > 0) continue;
          result = "done";
          break;
        } else if (byte === SEPARATOR) {
          pos--;
          result = "fault";
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

  /** The copied value; undefined if it is not UTF-8. */
  take(): ScannedText | undefined {
    const found = textOf(this.#out.subarray(0, this.#length));
    if (this.#out.length > KEEP_BYTES) this.#use(Buffer.alloc(0));
    return found;
  }

  #reserve(bytes: number): Buffer {
    const need = this.#length + bytes;
    if (need > this.#out.length) {
      const grown = roomFor(need);
      this.#out.copy(grown, 0, 0, this.#length);
      this.#use(grown);
    }
    return this.#out;
  }

  #use(out: Buffer): void {
    release(this.#out);
    this.#out = out;
  }
}

/** Bytes as text; undefined if they are not UTF-8. */
export function textOf(bytes: Buffer): ScannedText | undefined {
  const { length } = bytes;
  if (isAscii(bytes)) return { text: bytes.toString("latin1", 0, length), bytes: length };
  return isUtf8(bytes) ? { text: bytes.toString("utf8", 0, length), bytes: length } : undefined;
}
