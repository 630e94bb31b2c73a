import { isPlainObject } from "../realms.ts";
import { setOwn } from "../set-own.ts";

/**
 * The type of a value in the words of JSON Schema. NaN, infinite numbers and values that JSON does not have get other
 * names.
 */
export function typeOf(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  return typeof value;
}

/** Whether a schema's `type` (a name, a list, or nothing) takes the value. */
export function takes(type: unknown, value: unknown): boolean {
  if (type === undefined) return true;
  if (Array.isArray(type)) return type.some((one) => takes(one, value));
  return type === "integer" ? Number.isInteger(value) : type === typeOf(value);
}

/**
 * A deep copy of plain objects and arrays; anything else (an embedding program may pass a class instance) is shared.
 * Keys such as `__proto__` stay ordinary keys, so that validation sees and refuses them.
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

/** A list, or an object made by a literal, `JSON.parse` or the like. */
export function isPlain(value: unknown): value is Record<string, unknown> | unknown[] {
  return Array.isArray(value) || isPlainObject(value);
}
