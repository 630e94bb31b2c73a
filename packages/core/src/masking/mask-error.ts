import { isError } from "@cloudmarker/store-api";
import { NO_TEXT } from "../errors/message-of.ts";
import { isObject } from "../realms.ts";
import type { Mask } from "./mask.ts";

/** Levels of causes that are masked. */
const MOST_CAUSES = 10;

/**
 * Masks every secret in a thrown value: in its texts, its stack and its causes. An error without secrets is returned as
 * it is, unless it has objects as properties: these may contain a whole request. A copy has the same class but only the
 * texts and numbers. Never throws.
 */
export function maskError(thrown: unknown, mask: Mask): unknown {
  try {
    return masked(thrown, mask, MOST_CAUSES);
  } catch {
    return new Error(NO_TEXT);
  }
}

function masked(thrown: unknown, mask: Mask, depth: number): unknown {
  if (typeof thrown === "symbol") return mask(String(thrown));
  if (!isObject(thrown)) return textsOf(thrown, mask);
  const fields = new Map<string, unknown>();
  let changed = false;
  for (const key of keysOf(thrown)) {
    const value = read(thrown, key);
    const shown = key === "cause" && depth > 0 ? masked(value, mask, depth - 1) : textsOf(value, mask);
    if (!Object.is(shown, value) || value === NO_TEXT) changed = true;
    if (shown !== undefined) fields.set(key, shown);
  }
  return changed ? copyOf(thrown, fields) : thrown;
}

/** Own properties, and properties that classes of errors may have as getters. */
function keysOf(thrown: object): Set<string> {
  const keys = new Set(Object.getOwnPropertyNames(thrown));
  for (const key of ["name", "message", "code", "status"]) if (key in thrown) keys.add(key);
  return keys;
}

function read(thrown: object, key: string): unknown {
  try {
    return (thrown as Record<string, unknown>)[key];
  } catch {
    return NO_TEXT;
  }
}

/** Masks texts, keeps numbers and the like, leaves out objects. */
function textsOf(value: unknown, mask: Mask): unknown {
  if (typeof value === "string") return mask(value);
  return isObject(value) || typeof value === "function" ? undefined : value;
}

function copyOf(thrown: object, fields: ReadonlyMap<string, unknown>): object {
  const copy = isError(thrown) ? new Error(String(fields.get("message") ?? "")) : {};
  Object.setPrototypeOf(copy, Object.getPrototypeOf(thrown) as object | null);
  for (const key of Object.getOwnPropertyNames(copy)) delete (copy as Record<string, unknown>)[key];
  for (const [key, value] of fields) {
    const enumerable = Object.prototype.propertyIsEnumerable.call(thrown, key);
    Object.defineProperty(copy, key, { value, enumerable, configurable: true, writable: true });
  }
  return copy;
}
