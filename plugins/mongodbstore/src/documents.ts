import { isRawJson, RejectError, type StoreRecord } from "@cloudmarker/store-api";
import { remember, valueOf } from "@cloudmarker/store-api/kit";
import { Decimal128, Long } from "bson";

/** Levels of nesting that a server stores, the document itself included. */
const MOST_LEVELS = 180;
/** What `keys: escape` writes in another way; `$` only where it leads. */
const SPECIAL = /[%.\0]|^\$/gu;

/** Whether a key needs a second look; answered once, for the same keys come with every record. */
const isOdd = remember((key) => key === "_bsontype" || !key.isWellFormed() || key.search(SPECIAL) >= 0);

/** What becomes of keys that some servers do not take. */
export type KeyRule = "keep" | "escape";

/** A record for the driver. */
export interface RecordDocument {
  readonly _id: string;
  /**
   * The document, with the record's id as `_id` (MG-01).
   * @throws RejectError `nesting`, `nul_in_key` or `surrogate_in_key`: the driver or the server would refuse the whole batch, or lose a value
   *   (MG-08, MG-15, MG-19)
   */
  toBSON(): unknown;
}

/**
 * A record as a document that is made when the driver writes it as BSON: made before, the values of whole batches would live until the server has
 * answered, and the garbage collector would copy them meanwhile.
 */
export function documentOf(record: StoreRecord, keys: KeyRule): RecordDocument {
  const { id: _id } = record;
  return {
    _id,
    toBSON() {
      // The value is ours, and is changed in place.
      return convertObject({ _id, ...(valueOf(record) ?? tooDeep()) }, keys, 1);
    },
  };
}

/** One line of Extended JSON: canonical for what plain JSON cannot tell apart. */
export function toExtendedJson(document: RecordDocument): string {
  return JSON.stringify(document.toBSON(), (_key, value: unknown) => {
    if (value instanceof Long) return { $numberLong: value.toString() };
    if (value instanceof Decimal128) return { $numberDecimal: value.toString() };
    if (Object.is(value, -0)) return { $numberDouble: "-0.0" };
    return value instanceof Map ? Object.fromEntries(value as Map<string, unknown>) : value;
  });
}

function convert(value: unknown, keys: KeyRule, level: number): unknown {
  if (typeof value === "number") return convertNumber(value);
  if (typeof value !== "object" || value === null) return value;
  if (level > MOST_LEVELS) tooDeep();
  if (!Array.isArray(value))
    return isRawJson(value)
      ? convertLiteral(value.rawJSON)
      : convertObject(value as Record<string, unknown>, keys, level);
  for (let index = 0; index < value.length; index++) value[index] = convert(value[index], keys, level + 1);
  return value;
}

function tooDeep(): never {
  throw new RejectError("nesting", `The record nests deeper than ${MOST_LEVELS} levels.`);
}

/**
 * The driver writes whole numbers beyond 32 bits as doubles, which queries and other clients show as such (MG-16). Of the digits that JSON had,
 * the text of the number still knows: no double is 1700000000123000000.
 */
function convertNumber(value: number): number | Long {
  // `| 0` cuts to 32 bits.
  if (!Number.isInteger(value) || value === (value | 0)) return value;
  return Math.abs(value) < 2 ** 63 ? Long.fromString(String(value)) : value;
}

/** A literal that a double cannot hold: what holds it exactly, at last its text (MG-15). */
function convertLiteral(literal: string): Long | Decimal128 | string {
  const whole = /^-?\d+$/u.test(literal) ? BigInt(literal) : undefined;
  if (whole !== undefined && whole === BigInt.asIntN(64, whole)) return Long.fromBigInt(whole);
  try {
    return Decimal128.fromString(literal);
  } catch {
    return literal;
  }
}

/** Becomes a Map for keys of other names, or where the driver would take it for a value of its own. */
function convertObject(object: Record<string, unknown>, keys: KeyRule, level: number): unknown {
  let needsMap = false;
  const names = Object.keys(object);
  for (const key of names) {
    const value = object[key];
    const converted = convert(value, keys, level + 1);
    // The key is there already, so that even `__proto__` is an ordinary member.
    if (converted !== value) object[key] = converted;
    if (isOdd(key) && isNoPlainKey(key, names, keys)) needsMap = true;
  }
  if (!needsMap) return object;
  return new Map(Object.entries(object).map(([key, member]) => [keys === "escape" ? escapeKey(key) : key, member]));
}

function isNoPlainKey(key: string, names: readonly string[], keys: KeyRule): boolean {
  if (!key.isWellFormed()) refuseMerged(names);
  if (keys === "keep" && key.includes("\0"))
    throw new RejectError("nul_in_key", "The record has a key with NUL in it; `keys: escape` would store it.");
  return key === "_bsontype" || (keys === "escape" && key.search(SPECIAL) >= 0);
}

/** BSON has U+FFFD in place of a lone surrogate: of two keys that differ in nothing else, one value would be lost (MG-15). */
function refuseMerged(names: readonly string[]): void {
  if (new Set(names.map((name) => name.toWellFormed())).size < names.length)
    throw new RejectError(
      "surrogate_in_key",
      "The record has keys that differ in lone surrogates only: in BSON, they are one.",
    );
}

/** Injective, so that no two keys become one (MG-17). */
function escapeKey(key: string): string {
  return key.replaceAll(SPECIAL, (char) => `%${Buffer.from(char).toString("hex").toUpperCase()}`);
}
