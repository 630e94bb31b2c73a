import { types } from "node:util";
import { CloudmarkerError, messageOf } from "../errors.ts";
import { isPlainObject, normalise } from "./normalise.ts";

/**
 * The JSON text of an object, by the rule that {@link normalise} describes (FS-14). One native `JSON.stringify` is all it takes, unless the
 * result shows a trace of something that JSON does not hold.
 * @throws CloudmarkerError `RECORD_INVALID`, with the path of what cannot be kept
 */
export function stringify(value: object): string {
  try {
    const text = tryStringify(value);
    if (text !== undefined && (!hasTrace(text) || isPlain(value))) return text;
    return JSON.stringify(normalise(value));
  } catch (error) {
    if (error instanceof CloudmarkerError) throw error;
    const deep = error instanceof RangeError ? "It nests too deeply or is too long" : messageOf(error);
    throw new CloudmarkerError("RECORD_INVALID", `The record cannot be written as JSON: ${deep}`, { cause: error });
  }
}

/** Undefined where the native writer fails or finds nothing to write; the normaliser says why. */
function tryStringify(value: object): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

/**
 * Whether the text may have lost something: NaN and invalid dates leave `null`, Map, Set, RegExp and Error `{}`, typed arrays an index map, Buffer its own
 * form. Searching is cheaper than walking the value, all the more for words that begin with a rare letter.
 */
function hasTrace(text: string): boolean {
  return text.includes("ull") || text.includes("{}") || text.includes('{"0":') || text.includes("Buffer");
}

/** Whether a value is made of what JSON holds: plain objects, arrays, strings, finite numbers, booleans, null and valid dates. */
function isPlain(value: object): boolean {
  if (Array.isArray(value)) {
    for (const element of value as unknown[]) if (!isPlainMember(element)) return false;
    return true;
  }
  if (!isPlainObject(value)) return types.isDate(value) && !Number.isNaN(value.getTime());
  for (const key in value) if (!isPlainMember((value as Record<string, unknown>)[key])) return false;
  return true;
}

function isPlainMember(value: unknown): boolean {
  switch (typeof value) {
    case "object":
      return value === null || isPlain(value);
    case "number":
      return Number.isFinite(value);
    case "bigint":
    case "function":
    case "symbol":
      return false;
    default:
      return true;
  }
}
