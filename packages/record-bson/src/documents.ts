import { isExactNumber, isRawJson, RejectError, type StoreRecord } from "@cloudmarker/store-api";
import { valueOf } from "@cloudmarker/store-kit/batches";
import { Decimal128, Double, Long } from "bson";

/** Levels of nesting that a server stores, the document itself included. */
export const MOST_LEVELS = 180;
/**
 * Longest text of a number that is stored as a number: enough for 34 digits and any usual number of zeros around them.
 */
const LONGEST_NUMBER = 200;
/** Characters that `keys: escape` escapes; `$` only at the beginning. */
const SPECIAL = /[%.\0]|^\$/gu;

/**
 * How keys with a dot, a leading `$` or NUL are written, since some servers do not take them. `keep`: as they are; a
 * record with NUL in a key is rejected. `escape`: as `%2E`, `%24` and `%00`, and `%` as `%25`.
 */
export type KeyRule = "keep" | "escape";

/**
 * A record as a document, with the record's id as `_id`.
 * @throws RejectError `nesting`, `nul_in_key` or `surrogate_in_key`: BSON or the server would refuse it, or lose a
 * value
 */
export function documentOf(record: StoreRecord, keys: KeyRule): ReadonlyMap<string, unknown> {
  return convertObject({ _id: record.id, ...valueIn(record) }, keys, 1);
}

/** A number that is not written as a whole one, or may not be one. */
const FRACTION = /\d[.eE]/u;

/**
 * The record's value, with a Double for each number that is written with a point or an exponent: as JavaScript numbers,
 * 7.0 and 7 would be equal (L-62).
 */
function valueIn(record: StoreRecord): object {
  const { json } = record;
  if (!FRACTION.test(json)) return valueOf(record) ?? tooDeep();
  try {
    return parse(json, numberOf) as object;
  } catch {
    return tooDeep();
  }
}

/** Node 22 has it; TypeScript's library does not describe it yet. */
const { parse, rawJSON } = JSON as unknown as {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown;
  rawJSON(literal: string): unknown;
};

function numberOf(_key: string, value: unknown, { source }: { readonly source?: string }): unknown {
  if (typeof value !== "number" || source === undefined) return value;
  if (!isExactNumber(source, value)) return rawJSON(source);
  return FRACTION.test(source) ? new Double(value) : value;
}

function convert(value: unknown, keys: KeyRule, level: number): unknown {
  if (typeof value === "number") return convertNumber(value);
  if (typeof value !== "object" || value === null) return value;
  if (isRawJson(value)) return convertLiteral(value.rawJSON);
  if (value instanceof Double) return value;
  if (level > MOST_LEVELS) tooDeep();
  return Array.isArray(value)
    ? value.map((element) => convert(element, keys, level + 1))
    : convertObject(value, keys, level);
}

function tooDeep(): never {
  throw new RejectError("nesting", `The record nests deeper than ${MOST_LEVELS} levels.`);
}

/**
 * BSON's serializer writes whole numbers beyond 32 bits as doubles, and queries and other clients then show doubles
 * (MG-16). The digits are taken from the text of the number, since no double equals 1700000000123000000.
 */
function convertNumber(value: number): number | Long {
  // `| 0` cuts to 32 bits.
  if (!Number.isInteger(value) || value === (value | 0)) return value;
  return Math.abs(value) < 2 ** 63 ? Long.fromString(String(value)) : value;
}

/** A literal that a double cannot hold: a type that holds it exactly, else its text (MG-15). */
function convertLiteral(literal: string): Long | Decimal128 | string {
  // Without this limit it would take a quarter of a second to find out that thousands of digits are too many.
  if (literal.length > LONGEST_NUMBER) return literal;
  const whole = /^-?\d+$/u.test(literal) ? BigInt(literal) : undefined;
  if (whole !== undefined && whole === BigInt.asIntN(64, whole)) return Long.fromBigInt(whole);
  try {
    return Decimal128.fromString(literal);
  } catch {
    return literal;
  }
}

/** In a Map a key may have any name, also `__proto__` and `_bsontype`. */
function convertObject(object: object, keys: KeyRule, level: number): Map<string, unknown> {
  const members = Object.entries(object);
  const map = new Map(members.map(([key, value]) => [storedKey(key, keys), convert(value, keys, level + 1)]));
  // Two keys that differ only in this would become one, and a value would be lost (MG-15).
  if (map.size < members.length)
    throw new RejectError(
      "surrogate_in_key",
      "The record has keys that differ in lone surrogates only: in BSON, they are one.",
    );
  return map;
}

/** BSON has U+FFFD in place of a lone surrogate. The escapes are injective: no two keys become one (MG-17). */
function storedKey(key: string, keys: KeyRule): string {
  const stored = key.toWellFormed();
  if (keys === "escape")
    return stored.replaceAll(SPECIAL, (char) => `%${Buffer.from(char).toString("hex").toUpperCase()}`);
  if (stored.includes("\0"))
    throw new RejectError("nul_in_key", "The record has a key with NUL in it; `keys: escape` would store it.");
  return stored;
}
