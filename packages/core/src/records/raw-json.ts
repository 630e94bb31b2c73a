import { isExactNumber, type RawJson } from "@cloudmarker/store-api";

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
 * `JSON.parse` that loses no digit: a number that a JavaScript number cannot hold becomes a {@link RawJson}. A text
 * without a number that could lose any is parsed natively, since a reviver costs ten times as much.
 */
export function parseLossless(text: string): unknown {
  return mayLose(text) ? json.parse(text, keepDigits) : JSON.parse(text);
}

function keepDigits(_key: string, value: unknown, context: { readonly source?: string }): unknown {
  return typeof value === "number" && context.source !== undefined && !isExactNumber(context.source, value)
    ? rawJson(context.source)
    : value;
}

/** The value of a number literal: a {@link RawJson} where a JavaScript number cannot hold it. */
export function exactNumber(literal: string): number | RawJson {
  const value = Number(literal);
  // Fewer than 16 characters without an exponent are at most 15 digits.
  const isShort = literal.length < 16 && !literal.includes("e") && !literal.includes("E");
  return isShort || isExactNumber(literal, value) ? value : rawJson(literal);
}

/**
 * Whether some number of the text might be no exact JavaScript number: 16 digits or more, or an exponent. What looks
 * like one inside a string costs time, not digits.
 */
function mayLose(text: string): boolean {
  return /[:,[]\s*-?(?:[\d.]{16}|[\d.]+[eE])/.test(text);
}
