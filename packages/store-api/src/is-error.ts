import { types } from "node:util";

/**
 * Whether a value is an error of any realm: under jest and in vm contexts `instanceof Error` is false for the errors of
 * Node.
 * @param name only an error with this name, such as `"RangeError"`
 */
export function isError(value: unknown, name?: string): value is Error {
  const is = types.isNativeError(value) || value instanceof Error;
  return is && (name === undefined || value.name === name);
}
