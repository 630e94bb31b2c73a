import type { RawJson } from "@cloudmarker/store-api";

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

/** Parts of the global JSON object that Node 22 has and TypeScript's library does not describe yet. */
interface SourceAwareJson {
  rawJSON(text: string): RawJson;
  parse(text: string, reviver: Reviver): unknown;
}

const json: SourceAwareJson = JSON as unknown as SourceAwareJson;

/** A value that `JSON.stringify` writes as exactly this number literal. */
export function rawJson(literal: string): RawJson {
  return json.rawJSON(literal);
}

/**
 * `JSON.parse` that loses no digit: a number that a JavaScript number cannot hold becomes a {@link RawJson}. A text without
 * a number that could lose any is parsed natively, since a reviver costs ten times as much.
 */
export function parseLossless(text: string): unknown {
  return mayLose(text) ? json.parse(text, keepDigits) : JSON.parse(text);
}

function keepDigits(_key: string, value: unknown, context: { readonly source?: string }): unknown {
  return typeof value === "number" && context.source !== undefined && !isExact(context.source, value)
    ? rawJson(context.source)
    : value;
}

/** The value of a number literal: a {@link RawJson} where a JavaScript number cannot hold it. */
export function exactNumber(literal: string): number | RawJson {
  const value = Number(literal);
  // Fewer than 16 characters without an exponent are at most 15 digits.
  const isShort = literal.length < 16 && !literal.includes("e") && !literal.includes("E");
  return isShort || isExact(literal, value) ? value : rawJson(literal);
}

/**
 * Whether some number of the text might be no exact JavaScript number: 16 digits or more, or an exponent. What looks like one
 * inside a string costs time, not digits.
 */
function mayLose(text: string): boolean {
  return /[:,[]\s*-?(?:[\d.]{16}|[\d.]+[eE])/.test(text);
}

/** Whether the number is the literal's value: up to 15 significant digits always are, within the range of normal numbers. */
function isExact(literal: string, value: number): boolean {
  const own = String(value);
  // JavaScript writes `1e+21`; JSON may have `1E+21` and `1e21` as well.
  if (own === literal || own === literal.toLowerCase().replace(/e(?=\d)/, "e+")) return true;
  if (/[.]\d*$/.test(literal) && own === withoutZeros(literal).replace(/[.]$/, "")) return true;
  const digits = withoutZeros(
    literal
      .replace(/[eE].*$/, "")
      .replace(/[-.]/g, "")
      .replace(/^0+/, ""),
  );
  const size = Math.abs(value);
  return digits === "" || (digits.length <= 15 && size >= 2.2250738585072014e-308 && size < Number.POSITIVE_INFINITY);
}

/** Without the zeros at its end. A pattern would begin anew at each zero in the middle: minutes for a megabyte of them. */
function withoutZeros(text: string): string {
  let end = text.length;
  while (text[end - 1] === "0") end--;
  return text.slice(0, end);
}
