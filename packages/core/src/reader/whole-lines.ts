import { isAscii, isUtf8 } from "node:buffer";
import type { ByteSource } from "./byte-source.ts";
import { CLOSE_OBJECT, NEWLINE } from "./json-bytes.ts";
import { parseObject, trimLine } from "./json-line.ts";
import type { RecordList } from "./record-list.ts";

/** The fast way for NDJSON: reads whole lines of the window. A line is a record if the native parser accepts it. */
export class WholeLines {
  /** Whether the next line is expected to be a record. */
  #areExpected = true;
  /** Whether some line was a record. Then reading waits for the end of each line. */
  #hadRecord = false;

  /** Notes that a record was read in another way. @param isLine the record was alone on its line */
  sawRecord(isLine: boolean): void {
    this.#hadRecord ||= isLine;
  }

  /** Whether the window ends inside a line of NDJSON. */
  isCut({ buffer, end }: ByteSource): boolean {
    const last = buffer[end - 1] as number;
    return this.#areExpected && this.#hadRecord && last !== CLOSE_OBJECT && last > 0x20;
  }

  /**
   * Reads lines that begin with `{` and end with `}`. It stops in front of any other line; the scanner then reads that
   * line or finds its fault.
   * @returns whether it read a line
   */
  read(source: ByteSource, records: RecordList): boolean {
    if (!this.#areExpected) return false;
    const last = source.buffer.lastIndexOf(NEWLINE, source.end - 1);
    if (last < source.pos) return false;
    const slab = source.buffer.subarray(source.pos, last + 1);
    const ascii = isAscii(slab);
    this.#areExpected = ascii || isUtf8(slab);
    if (!this.#areExpected) return false;
    const hasReturns = slab.includes(0x0d);
    const text = ascii ? slab.toString("latin1", 0, slab.length) : slab.toString("utf8", 0, slab.length);
    let at = 0;
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", at)) {
      const line = trimLine(text, at, end);
      if (line !== "") {
        const value = hasReturns && line.includes("\r") ? undefined : parseObject(line);
        if (value === undefined) {
          this.#areExpected = false;
          break;
        }
        records.add(line, value, ascii ? line.length : Buffer.byteLength(line));
      }
      source.line++;
      at = end + 1;
    }
    if (at === 0) return false;
    this.#hadRecord = true;
    source.pos += ascii ? at : Buffer.byteLength(text.slice(0, at));
    source.lineStart = source.base + source.pos;
    return true;
  }
}
