import type { KeptLetter } from "@cloudmarker/core";
import type { DeadLetter } from "@cloudmarker/store-api";

const TEXT = String.raw`"(?:[^"\\]|\\.)*"`;

/** Members of an object as they are written here: nothing between them, and always in this order. */
function begins(members: readonly (readonly [name: string, value: string])[]): RegExp {
  return new RegExp(String.raw`^\s*\{${members.map(([name, value]) => `"${name}":${value}`).join(",")}`, "u");
}

/** A dead letter: of a file of earlier versions, or of `cloudmarker dead-letters export`. Its record follows. */
const LETTER: RegExp = begins([
  ...["time", "run", "audit", "store", "code", "reason"].map((name) => [name, TEXT] as const),
  ["attempts", String.raw`\d+`],
  ["id", TEXT],
  ["record", String.raw`(?=\{)`],
]);

/** A line of `dead-letters/input.ndjson`. */
const BAD_LINE: RegExp = begins([
  ...["time", "run", "input"].map((name) => [name, TEXT] as const),
  ...["line", "byte", "bytes"].map((name) => [name, String.raw`\d+`] as const),
  ["code", '"INPUT_MALFORMED"'],
]);

/** What the text of a line, or its beginning, is. */
export function kindOfLine(text: string): "dead letter" | "bad line" | "other" {
  if (LETTER.test(text)) return "dead letter";
  return BAD_LINE.test(text) ? "bad line" : "other";
}

/** A dead letter as a line; the record is put in as it is. */
export function formatLetter(letter: KeptLetter): string {
  const { lastTime: time, run, audit, store, code, reason, attempts, recordId: id, json } = letter;
  const head = JSON.stringify({ time, run, audit, store, code, reason, attempts, id });
  return `${head.slice(0, -1)},"record":${json}}\n`;
}

/**
 * Reads a line. The record keeps the text that it has there.
 * @param text valid JSON
 * @returns undefined if it is no dead letter
 */
export function parseLetter(text: string): DeadLetter | undefined {
  const [head] = LETTER.exec(text) ?? [];
  if (head === undefined) return undefined;
  const { record: _, ...letter } = JSON.parse(`${head}0}`) as Omit<DeadLetter, "json"> & { readonly record: 0 };
  const json = text.slice(head.length, text.lastIndexOf("}"));
  return isJson(json) && !Number.isNaN(Date.parse(letter.time)) ? { ...letter, json } : undefined;
}

/** Another member may follow the record. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
