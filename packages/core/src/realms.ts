/**
 * Checks of values without `instanceof`. A program may have several realms (vm contexts, jest), each with its own
 * `Object`, `Error` and `Uint8Array`, and several copies of a package, each with its own classes. `instanceof`
 * recognises only one of them.
 */

/** Whether a value is an object or a list. */
export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Whether a value is an object but not a list, as a map of YAML or an object of JSON is. */
export function isMap(value: unknown): value is Record<string, unknown> {
  return isObject(value) && !Array.isArray(value);
}

/** The same for a value from a program. A promise does not count as a map, since nothing awaits it. */
export function isGivenMap(value: unknown): value is Record<string, unknown> {
  return isMap(value) && !isThenable(value);
}

/** Whether an object is plain (not an instance of a class), in any realm. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (!isObject(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}

/** Whether a value is a promise or has a `then` method. False if reading it throws. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  try {
    return isObject(value) && "then" in value && typeof value.then === "function";
  } catch {
    return false;
  }
}

/** Marks the objects of one of our classes, so that every copy of this package recognises them. */
export function putBrand(prototype: object, brand: symbol): void {
  Object.defineProperty(prototype, brand, { value: true });
}

/** Whether an object has that mark. Its content has yet to be checked. */
export function hasBrand(value: object, brand: symbol): boolean {
  return brand in value;
}

/** Whether a value is a list. `Array.isArray` alone throws for a revoked proxy. */
export function isList(value: unknown): value is readonly unknown[] {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}
