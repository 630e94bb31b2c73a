import { isExactNumber, type RawJson } from "@cloudmarker/store-api";

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

/** Parts of the global JSON object that Node 22 has but that TypeScript's library does not describe yet. */
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
 * `JSON.parse` that loses no digits: a number that a JavaScript number cannot represent becomes a {@link RawJson}. A
 * text without such numbers is parsed natively, since a reviver takes ten times as long.
 */
export function parseLossless(text: string): unknown {
  return mayLose(text) ? json.parse(text, keepDigits) : JSON.parse(text);
}

function keepDigits(_key: string, value: unknown, context: { readonly source?: string }): unknown {
  return typeof value === "number" && context.source !== undefined && !isExactNumber(context.source, value)
    ? rawJson(context.source)
    : value;
}

/** The value of a number literal: a {@link RawJson} if a JavaScript number cannot represent it. */
export function exactNumber(literal: string): number | RawJson {
  const value = Number(literal);
  // Fewer than 16 characters without an exponent are at most 15 digits.
  const isShort = literal.length < 16 && !literal.includes("e") && !literal.includes("E");
  return isShort || isExactNumber(literal, value) ? value : rawJson(literal);
}

/**
 * Whether a JavaScript number may be unable to represent some number of the text: one with 16 digits or more, or with
 * an exponent. A false match inside a string only takes time.
 */
function mayLose(text: string): boolean {
  return /[:,[]\s*-?(?:[\d.]{16}|[\d.]+[eE])/.test(text);
}
