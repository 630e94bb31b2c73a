import { isRawJson, parsePointer, type RecordValue, valueAt } from "@cloudmarker/store-api";

/** A value without parts. */
export type Scalar = string | number | boolean | null;

/** What a record must be like. Where a pointer leads nowhere, only `exists: false` holds. */
export type Condition =
  | { readonly pointer: string; readonly equals: Scalar }
  | { readonly pointer: string; readonly in: readonly Scalar[] }
  | { readonly pointer: string; readonly at_least: number }
  | { readonly pointer: string; readonly at_least: string; readonly order: readonly string[] }
  | { readonly pointer: string; readonly matches: string }
  | { readonly pointer: string; readonly exists: boolean }
  | { readonly and: readonly Condition[] }
  | { readonly or: readonly Condition[] }
  | { readonly not: Condition };

/** Whether a condition holds for a record. */
type Test = (record: RecordValue) => boolean;

/** How often a pointer led to a value. */
export interface Hits {
  found: number;
  tried: number;
}

/**
 * Makes a test of a condition: what can be worked out before the first record is worked out here.
 * @param hits gets what each pointer leads to while the test runs
 */
export function compile(condition: Condition, hits: Map<string, Hits>): Test {
  if ("and" in condition) {
    const tests = condition.and.map((one) => compile(one, hits));
    return (record) => tests.every((test) => test(record));
  }
  if ("or" in condition) {
    const tests = condition.or.map((one) => compile(one, hits));
    return (record) => tests.some((test) => test(record));
  }
  if ("not" in condition) {
    const test = compile(condition.not, hits);
    return (record) => !test(record);
  }
  const { pointer } = condition;
  const path = parsePointer(pointer);
  const known = hits.get(pointer);
  const hit = known ?? { found: 0, tried: 0 };
  if (!known) hits.set(pointer, hit);
  const holds = valueTest(condition);
  return (record) => {
    const value = valueAt(record, path);
    hit.tried++;
    if (value !== undefined) hit.found++;
    return holds(value);
  };
}

function valueTest(condition: Extract<Condition, { readonly pointer: string }>): (value: unknown) => boolean {
  if ("exists" in condition) return (value) => (value !== undefined) === condition.exists;
  if ("equals" in condition) return (value) => isSame(value, condition.equals);
  if ("in" in condition) return (value) => condition.in.some((one) => isSame(value, one));
  if ("matches" in condition) {
    const pattern = patternOf(condition.matches);
    return (value) => typeof value === "string" && pattern.test(value);
  }
  if ("order" in condition) return orderTest(condition.at_least, condition.order);
  const least = condition.at_least;
  return (value) => isAtLeast(value, least);
}

/** @throws SyntaxError for a pattern that is none */
export function patternOf(text: string): RegExp {
  return new RegExp(text, "u");
}

function orderTest(least: string, order: readonly string[]): (value: unknown) => boolean {
  const enough = new Set(order.slice(order.indexOf(least)));
  return (value) => typeof value === "string" && enough.has(value);
}

/** A number that a JavaScript number cannot hold is the same as the text of its digits, and as no number. */
function isSame(value: unknown, wanted: Scalar): boolean {
  return isRawJson(value) ? value.rawJSON === wanted : value === wanted;
}

function isAtLeast(value: unknown, least: number): boolean {
  if (typeof value === "number") return value >= least;
  if (!isRawJson(value)) return false;
  const { rawJSON } = value;
  return /^-?\d+$/.test(rawJSON) ? BigInt(rawJSON) >= BigInt(Math.ceil(least)) : Number(rawJSON) >= least;
}
