import { isObject } from "../realms.ts";
/** Characters of a code that are kept. */
export const MOST_CODE = 100;
/** Characters of a sentence for a person that are kept. */
export const MOST_TEXT = 2_000;
/** Characters of a location that are kept: the longest path. */
export const MOST_LOCATION = 4_096;

/**
 * Copies these properties of a value of a plugin. Each is read once, so that the value that was checked is the value
 * that is used. Undefined if it is not an object, or if reading it throws (a getter, a revoked proxy).
 */
export function fieldsOf<K extends string>(
  value: unknown,
  names: readonly K[],
): Readonly<Record<K, unknown>> | undefined {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return undefined;
  try {
    const object = value as Readonly<Record<string, unknown>>;
    return Object.fromEntries(names.map((name) => [name, object[name]])) as Record<K, unknown>;
  } catch {
    return undefined;
  }
}

/** Whether even reading its `then` throws. */
export function isBroken(value: unknown): boolean {
  return isObject(value) && fieldsOf(value, ["then"]) === undefined;
}

/** The first `most` items of a list of a plugin; undefined if it is not a list, or if reading it throws. */
export function itemsOf(value: unknown, most: number): unknown[] | undefined {
  try {
    // By index, since the list may have a wrong iterator or length.
    return Array.isArray(value) ? Array.from({ length: Math.min(value.length, most) }, (_, i) => value[i]) : undefined;
  } catch {
    return undefined;
  }
}
