import { COMMA, NEWLINE, OPEN_ARRAY, OPEN_OBJECT } from "./json-bytes.ts";
import { parseObject } from "./json-line.ts";

/**
 * Whether a line that opens a document without closing it is a record that was cut off, as a killed writer leaves it.
 * The other possibility is the first line of a document of several lines. The caller knows that the document is faulty;
 * the lines that follow tell the two apart.
 * @param bytes the line and what follows it
 * @param documentAt where the document begins
 * @param lineBytes where the next line begins
 * @param faultAt where the fault of the document is
 */
export function isOwnLine(bytes: Buffer, documentAt: number, lineBytes: number, faultAt: number): boolean {
  if (faultAt < lineBytes) return true;
  if (bytes[documentAt] === OPEN_ARRAY && isListOfLines(bytes, documentAt, lineBytes)) return false;
  const next = afterSpace(bytes, lineBytes);
  // Nothing follows, or not what may follow there: the fault is at the line break.
  if (next === bytes.length || next === faultAt) return true;
  const newline = bytes.indexOf(NEWLINE, next);
  const end = newline === -1 ? bytes.length : newline;
  if (bytes[next] !== OPEN_OBJECT) return false;
  const line = bytes.toString("utf8", next, end).trimEnd();
  const isWhole = parseObject(line) !== undefined;
  // Objects within others are indented, save in lists that have one a line: there commas follow, and `[` is before the
  // first.
  const isAtMargin = bytes[next - 1] === NEWLINE && !line.endsWith(",");
  if (isAtMargin && !(isWhole && bytes[lastBefore(bytes, lineBytes)] === OPEN_ARRAY)) return true;
  return isWhole && faultAt === afterSpace(bytes, end);
}

/**
 * Whether an array has one element a line, by the line that it begins on and the next: a comma ends one of them, or `]`
 * the next. To pass over its first line would cost it the good elements, since in NDJSON a line that ends with a comma
 * is none.
 */
function isListOfLines(bytes: Buffer, documentAt: number, lineBytes: number): boolean {
  const last = lastBefore(bytes, lineBytes);
  if (bytes[last] === COMMA) return true;
  const next = afterSpace(bytes, lineBytes);
  if (next === bytes.length) return false;
  const newline = bytes.indexOf(NEWLINE, next);
  const line = bytes.toString("utf8", next, newline === -1 ? bytes.length : newline).trimEnd();
  if (/[,\]]$/u.test(line) && parseObject(line.slice(0, -1).trimEnd()) !== undefined) return true;
  // A bracket alone begins a list, save in front of NDJSON.
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
