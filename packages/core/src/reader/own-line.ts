import { COMMA, NEWLINE, OPEN_ARRAY, OPEN_OBJECT } from "./json-bytes.ts";
import { parseObject } from "./json-line.ts";

/**
 * Whether a line with an unclosed document is a record that was cut off, for example by a killed writer. It could also
 * be the first line of a document of several lines. The caller knows that the document is faulty; the next lines show
 * which of the two it is.
 * @param bytes the line and what follows it
 * @param documentAt where the document begins
 * @param lineBytes where the next line begins
 * @param faultAt place of the fault in the document
 * @param isNdjson the input had a record on a line of its own
 */
export function isOwnLine(
  bytes: Buffer,
  documentAt: number,
  lineBytes: number,
  faultAt: number,
  isNdjson: boolean,
): boolean {
  if (faultAt < lineBytes) return true;
  if (isNdjson && isBeforeRecords(bytes, lineBytes, faultAt)) return true;
  if (bytes[documentAt] === OPEN_ARRAY && isListOfLines(bytes, documentAt, lineBytes)) return false;
  const next = afterSpace(bytes, lineBytes);
  // Nothing follows, or something that may not follow: the fault is at the line break.
  if (next === bytes.length || next === faultAt) return true;
  const newline = bytes.indexOf(NEWLINE, next);
  const end = newline === -1 ? bytes.length : newline;
  if (bytes[next] !== OPEN_OBJECT) return false;
  const line = bytes.toString("utf8", next, end).trimEnd();
  const isWhole = parseObject(line) !== undefined;
  // Nested objects are indented, except in lists with one object per line. In such a list, commas follow the objects
  // and `[` precedes the first.
  const isAtMargin = bytes[next - 1] === NEWLINE && !line.endsWith(",");
  if (isAtMargin && !(isWhole && bytes[lastBefore(bytes, lineBytes)] === OPEN_ARRAY)) return true;
  return isWhole && faultAt === afterSpace(bytes, end);
}

/** Whether the next two lines are records, and the fault is that no comma is between them: no list has such lines. */
function isBeforeRecords(bytes: Buffer, lineBytes: number, faultAt: number): boolean {
  const newline = bytes.indexOf(NEWLINE, lineBytes);
  if (newline === -1 || faultAt !== newline + 1) return false;
  const end = bytes.indexOf(NEWLINE, faultAt);
  const lines = [bytes.subarray(lineBytes, newline), bytes.subarray(faultAt, end === -1 ? bytes.length : end)];
  return lines.every((line) => parseObject(line.toString("utf8").trimEnd()) !== undefined);
}

/**
 * Whether an array has one element per line, judged by its first line and the next. One of them ends with a comma, or
 * the next ends with `]`. Skipping the first line of such an array would lose the good elements, since in NDJSON a line
 * that ends with a comma is bad.
 */
function isListOfLines(bytes: Buffer, documentAt: number, lineBytes: number): boolean {
  const last = lastBefore(bytes, lineBytes);
  if (bytes[last] === COMMA) return true;
  const next = afterSpace(bytes, lineBytes);
  if (next === bytes.length) return false;
  const newline = bytes.indexOf(NEWLINE, next);
  const line = bytes.toString("utf8", next, newline === -1 ? bytes.length : newline).trimEnd();
  if (/[,\]]$/u.test(line) && parseObject(line.slice(0, -1).trimEnd()) !== undefined) return true;
  // A bracket alone on its line begins a list, unless NDJSON follows.
  return last === documentAt && bytes[next] !== OPEN_OBJECT && bytes[next] !== OPEN_ARRAY;
}

function afterSpace(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && isSpace(bytes[at])) at++;
  return at;
}

function lastBefore(bytes: Buffer, end: number): number {
  let at = end - 1;
  while (at > 0 && isSpace(bytes[at])) at--;
  return at;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === NEWLINE || byte === 0x0d || byte === 0x09;
}
