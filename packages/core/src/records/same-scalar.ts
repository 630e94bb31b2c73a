import { isRawJson } from "@cloudmarker/store-api";
import { stringOf } from "./json-scan.ts";

/** Whether the literal from `start` to `end` of a text has this value; `false` for every object and array. */
export function sameScalar(text: string, start: number, end: number, value: unknown): boolean {
  const code = text.charCodeAt(start);
  if (code === 0x22) return typeof value === "string" && sameString(text, start, end, value);
  if (code === 0x7b || code === 0x5b) return false;
  const literal = text.slice(start, end);
  // In an array, JSON has `null` for `undefined`.
  if (code === 0x6e) return value === null || value === undefined;
  if (code === 0x74 || code === 0x66) return literal === String(value) && typeof value === "boolean";
  // A copy of a record through JSON loses the sign of -0 and the digits of a long number.
  return typeof value === "number" ? Number(literal) === value : digits(value) === literal;
}

function sameString(text: string, start: number, end: number, value: string): boolean {
  // Without an escape on either side, both must be equal character by character.
  if (end - start - 2 === value.length && !value.includes("\\")) {
    if (text.startsWith(value, start + 1)) return true;
  }
  return stringOf(text.slice(start, end)) === value;
}

/** The literal of a number that kept its digits, or of its copy. */
function digits(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  const isCopy = Object.keys(value).length === 1;
  return isRawJson(value) || isCopy ? (value as { rawJSON?: unknown }).rawJSON : undefined;
}
