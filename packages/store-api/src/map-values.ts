import { isRawJson } from "./json.ts";

/** A visitor of {@link mapValues} returns this to leave out a member of an object, or an element of an array. */
export const REMOVED: unique symbol = Symbol.for("cloudmarker.removed");

/**
 * On an object that came in as JSON text with a repeated key: the earlier values of such keys, as a list of `[key,
 * value]`. The object itself has the last one, as with `JSON.parse`. It is not enumerable, so that a copy of the object
 * does not have it.
 */
export const EARLIER: unique symbol = Symbol.for("cloudmarker.earlier");

/**
 * The place of a value: keys of objects and positions in arrays. It is the same list for every call; copy it to keep
 * it.
 */
export type ValuePath = readonly (string | number)[];

/**
 * Visits one value.
 * @returns nothing, or the value, to keep it; another value to put in its place; {@link REMOVED} to leave it out
 */
export type ValueVisitor = (value: unknown, path: ValuePath) => unknown;

/**
 * Visits all values below `value` and replaces some: objects and arrays first, then the values in those that are kept.
 * A number that kept its digits ({@link RawJson}) is one value. If an object has a key twice, every value of it is
 * visited. The values inside a replacement are not visited.
 *
 * `value` is not changed. A part in which nothing is replaced is returned as it is, so that a tap of
 * `host.hooks.record` keeps the text of that part to the byte.
 *
 * @throws RangeError if it nests deeper than the stack allows
 */
export function mapValues<T>(value: T, visit: ValueVisitor): T {
  return walk(value, visit, []) as T;
}

type Path = (string | number)[];

function walk(value: unknown, visit: ValueVisitor, path: Path): unknown {
  if (typeof value !== "object" || value === null || isRawJson(value)) return value;
  if (Array.isArray(value)) return walkArray(value, visit, path);
  // A Date, a Map and the like are not JSON: each is one value, and stays as it is.
  return isPlain(value) ? walkObject(value as Record<string, unknown>, visit, path) : value;
}

function step(value: unknown, key: string | number, visit: ValueVisitor, path: Path): unknown {
  path.push(key);
  const seen = visit(value, path);
  const result = seen === undefined || Object.is(seen, value) ? walk(value, visit, path) : seen;
  path.pop();
  return result;
}

function walkArray(value: readonly unknown[], visit: ValueVisitor, path: Path): readonly unknown[] {
  let copy: unknown[] | undefined;
  for (const [at, element] of value.entries()) {
    const result = step(element, at, visit, path);
    if (!copy && Object.is(result, element)) continue;
    copy ??= value.slice(0, at);
    if (result !== REMOVED) copy.push(result);
  }
  return copy ?? value;
}

function walkObject(value: Record<string, unknown>, visit: ValueVisitor, path: Path): object {
  const members: [string, unknown][] = [];
  let isChanged = false;
  for (const key of Object.keys(value)) {
    const member = value[key];
    const result = step(member, key, visit, path);
    if (!Object.is(result, member)) isChanged = true;
    if (result !== REMOVED) members.push([key, result]);
  }
  const earlier = earlierOf(value);
  let keepsEarlier = true;
  for (const [key, member] of earlier) if (!Object.is(step(member, key, visit, path), member)) keepsEarlier = false;
  if (!isChanged && keepsEarlier) return value;
  // fromEntries defines the member, so one named `__proto__` is data.
  const copy = Object.fromEntries(members);
  if (earlier.length > 0) setEarlier(copy, keepsEarlier ? earlier : []);
  return copy;
}

/** The value of {@link EARLIER} of an object; empty if no key is repeated. */
export function earlierOf(value: object): readonly (readonly [string, unknown])[] {
  return (value as { [EARLIER]?: readonly (readonly [string, unknown])[] })[EARLIER] ?? [];
}

/** Sets the earlier values of an object's keys; with an empty list, those of its text are left out. */
export function setEarlier(value: object, earlier: readonly (readonly [string, unknown])[]): void {
  Object.defineProperty(value, EARLIER, { value: earlier, configurable: true });
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}
