// Finds positions in JSON text that the native parser has checked.

/** Index behind the value that begins at or after `start`. */
export function endOfValue(text: string, start: number): number {
  let depth = 0;
  for (let at = skipSpace(text, start); ; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) {
      at = endOfString(text, at);
      if (depth === 0) return at;
      at--;
    } else if (code === 0x7b || code === 0x5b) depth++;
    else if (code === 0x7d || code === 0x5d) {
      // A number or literal at depth 0 ends in front of the next character.
      if (depth === 0) return at;
      if (--depth === 0) return at + 1;
    } else if (depth === 0 && (code === 0x2c || isSpace(code) || at >= text.length)) return at;
  }
}

/** Index behind the string that begins at `start`. */
export function endOfString(text: string, start: number): number {
  let at = start + 1;
  for (let code = text.charCodeAt(at); code !== 0x22; code = text.charCodeAt(at)) at += code === 0x5c ? 2 : 1;
  return at + 1;
}

/** Index of the first character from `start` on that is not white space. */
export function skipSpace(text: string, start: number): number {
  let at = start;
  while (isSpace(text.charCodeAt(at))) at++;
  return at;
}

/** The string that a literal says. */
export function stringOf(literal: string): string {
  return literal.includes("\\") ? (JSON.parse(literal) as string) : literal.slice(1, -1);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;
}
