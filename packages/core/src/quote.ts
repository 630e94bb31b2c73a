/** Characters of a text that a message shows. */
export const MAX_SHOWN: number = 60;

/** Control and direction characters that JSON does not escape but that a terminal obeys. */
export const UNSAFE: RegExp = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/**
 * A text in quotes, safe to print: the content of a file must not control a terminal. @param most characters that are
 * shown
 */
export function quote(text: string, most: number = MAX_SHOWN): string {
  const json = JSON.stringify(text.slice(0, most * 2).toWellFormed());
  const safe = json.replaceAll(UNSAFE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return safe.length > most ? `${safe.slice(0, most - 2)}…"` : safe;
}
