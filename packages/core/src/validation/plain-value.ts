import { isPlainObject } from "../realms.ts";
import { setOwn } from "../set-own.ts";

/**
 * The type of a value in the words of JSON Schema. NaN, infinite numbers and values that do not exist in JSON get other
 * names.
 */
export function typeOf(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  return typeof value;
}

/** Whether a schema's `type` (a name, a list, or absent) accepts the value. */
export function takes(type: unknown, value: unknown): boolean {
  if (type === undefined) return true;
  if (Array.isArray(type)) return type.some((one) => takes(one, value));
  return type === "integer" ? Number.isInteger(value) : type === typeOf(value);
}

/**
 * A deep copy of plain objects and arrays. Anything else, such as a class instance of an embedding program, is shared.
 * Keys such as `__proto__` stay ordinary keys, so that validation refuses them.
 */
export function copyValue(value: unknown, seen: Map<unknown, unknown> = new Map()): unknown {
  if (!isPlain(value)) return value;
  const known = seen.get(value);
  if (known !== undefined) return known;
  const copy: object = Array.isArray(value) ? [] : {};
  seen.set(value, copy);
  for (const [key, item] of Object.entries(value)) setOwn(copy, key, copyValue(item, seen));
  return copy;
}

/** Whether a value is a list or a plain object. */
export function isPlain(value: unknown): value is Record<string, unknown> | unknown[] {
  return Array.isArray(value) || isPlainObject(value);
}
