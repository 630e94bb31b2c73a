import type { ByteSource, ByteWindow } from "./byte-source.ts";
import { findFault, type JsonFault } from "./json-fault.ts";
import { NOT_CLOSED } from "./input-faults.ts";
import { RecordScanner } from "./record-scanner.ts";

/** A document of several lines. */
export interface LongRecord {
  readonly text: string;
  readonly value: object;
  /** UTF-8 bytes of the text. */
  readonly bytes: number;
  /** Its bytes in the input, with line breaks and indentation. */
  readonly length: number;
}

/**
 * Number of bytes behind the first line that are examined first. The next line mostly shows whether a line was cut off.
 */
const FIRST_BYTES = 4 * 1024;
const GROWTH = 16;

/**
 * Reads ahead over a document that does not end on its line. If the document is faulty, only its first line is bad, and
 * everything after that line is read again. So it examines a little more each time, instead of searching the whole
 * input for a missing bracket.
 * @param offset its beginning, relative to the source's `pos`
 * @param lineBytes bytes from there to the end of the line
 * @param mostBytes the most bytes that are examined
 */
export async function readLongRecord(
  source: ByteSource,
  offset: number,
  lineBytes: number,
  mostBytes: number,
): Promise<LongRecord | { readonly fault: JsonFault } | "too long"> {
  const scanner = new RecordScanner();
  let ended = false;
  for (let size = lineBytes + FIRST_BYTES; ; size *= GROWTH) {
    while (!ended && source.end - source.pos - offset < size) ended = !(await source.fill());
    const start = source.pos + offset;
    const bytes = source.buffer.subarray(start, Math.min(source.end, start + size));
    const fault = findFault(bytes);
    if (fault !== undefined) return { fault };
    const window: ByteWindow = { buffer: bytes, pos: 0, end: bytes.length, base: 0, line: 1, lineStart: 0 };
    scanner.begin();
    if (scanner.scan(window) === "done") {
      const found = scanner.take();
      const value = found && parse(found.text);
      if (found && value) return { ...found, value, length: window.pos };
      return { fault: { at: 0, what: "no valid JSON" } };
    }
    if (ended && bytes.length < size) return { fault: { at: bytes.length, what: NOT_CLOSED } };
    if (bytes.length > mostBytes) return "too long";
  }
}

function parse(text: string): object | undefined {
  try {
    return JSON.parse(text) as object;
  } catch {
    return undefined;
  }
}
