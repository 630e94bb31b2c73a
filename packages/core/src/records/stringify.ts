import { types } from "node:util";
import { errorOf } from "../errors/error-of.ts";
import { isCloudmarkerError } from "../errors.ts";
import { isPlainObject } from "../realms.ts";
import { toJsonValue } from "./json-value.ts";

/**
 * The JSON text of an object, by the rule that {@link toJsonValue} describes. One native `JSON.stringify` is
 * enough, unless the result shows a trace of a value that JSON cannot represent.
 * @param empty number of empty objects that the value is known to have: their `{}` is not a trace
 * @throws CloudmarkerError `RECORD_INVALID`, with the path of what cannot be kept
 */
export function stringify(value: object, empty: number = 0): string {
  try {
    const text = tryStringify(value);
    if (text?.startsWith("{") && (!hasTrace(text, empty) || isPlain(value))) return text;
    return JSON.stringify(toJsonValue(value));
  } catch (error) {
    if (isCloudmarkerError(error)) throw error;
    throw errorOf("RECORD_INVALID", "unwritable", { cause: error }, { cause: error });
  }
}

/** Undefined if the native writer fails or has nothing to write; {@link toJsonValue} says why. */
function tryStringify(value: object): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

/**
 * Whether the text may have lost something: NaN and invalid dates become `null`; Map, Set, RegExp and Error become
 * `{}`; typed arrays become a map of indexes; Buffer has its own form. Searching the text is faster than walking the
 * value, above all for words that begin with a rare letter.
 */
function hasTrace(text: string, empty: number): boolean {
  if (text.includes("ull") || text.includes('{"0":') || text.includes("Buffer")) return true;
  let found = text.indexOf("{}");
  for (let expected = empty; found !== -1 && expected > 0; expected--) found = text.indexOf("{}", found + 2);
  return found !== -1;
}

/**
 * Whether JSON can represent every part of a value: plain objects, arrays, strings, finite numbers, booleans, null and
 * valid dates.
 */
function isPlain(value: object): boolean {
  if (Array.isArray(value)) {
    // An index loop for speed: this walk takes most of the time for a record that has a null.
    for (let i = 0; i < value.length; i++) if (!isPlainMember(value[i] as unknown)) return false;
    return true;
  }
  if (!isPlainObject(value)) return types.isDate(value) && !Number.isNaN(value.getTime());
  for (const key in value) if (!isPlainMember((value as Record<string, unknown>)[key])) return false;
  return true;
}

function isPlainMember(value: unknown): boolean {
  if (typeof value === "string" || typeof value === "boolean" || value === undefined || value === null) return true;
  if (typeof value === "object") return isPlain(value);
  return typeof value === "number" && Number.isFinite(value);
}
