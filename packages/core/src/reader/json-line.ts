/** Begins each text of a sequence (RFC 7464). */
export const SEPARATOR = 0x1e;

/** The part of a line without the white space that JSON allows, and without separators of RFC 7464 in front. */
export function trimLine(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  while (start < end && (isSpace(text.charCodeAt(start)) || text.charCodeAt(start) === SEPARATOR)) start++;
  return text.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/** Parses a whole line as an object; undefined if it is not one. */
export function parseObject(line: string): object | undefined {
  if (line.charCodeAt(0) !== 0x7b || line.charCodeAt(line.length - 1) !== 0x7d) return undefined;
  try {
    return JSON.parse(line) as object;
  } catch {
    return undefined;
  }
}
