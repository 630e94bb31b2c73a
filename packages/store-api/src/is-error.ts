import { types } from "node:util";

/**
 * Whether a value is an error, in whatever realm it was made: under jest and in vm contexts `instanceof Error` is false for the errors of Node.
 * @param name only one of this name, such as `"RangeError"`
 */
export function isError(value: unknown, name?: string): value is Error {
  const is = types.isNativeError(value) || value instanceof Error;
  return is && (name === undefined || value.name === name);
}
