import { isObject } from "../realms.ts";
/** Characters of a code that are kept. */
export const MOST_CODE = 100;
/** Characters of a sentence for a person that are kept. */
export const MOST_TEXT = 2_000;
/** Characters of the place where records are that are kept: as long as a path may be. */
export const MOST_LOCATION = 4_096;

/**
 * These properties of what a plugin gave, each read once, so that what was judged is what is used. Undefined where it is no object, or breaks when it
 * is read: a getter that throws, a revoked proxy.
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

/** Whether it breaks already when somebody looks whether it is a promise. */
export function isBroken(value: unknown): boolean {
  return isObject(value) && fieldsOf(value, ["then"]) === undefined;
}

/** The first `most` items of a list that a plugin gave; undefined where it is none, or breaks when it is read. */
export function itemsOf(value: unknown, most: number): unknown[] | undefined {
  try {
    // By index: neither an iterator of its own nor a length that is made up is trusted.
    return Array.isArray(value) ? Array.from({ length: Math.min(value.length, most) }, (_, i) => value[i]) : undefined;
  } catch {
    return undefined;
  }
}
