/**
 * What a value is, told by its kind and not by its class. A program may have several realms (vm contexts, jest), each with an `Object`, an
 * `Error` and a `Uint8Array` of its own, and several copies of a package, each with classes of its own. `instanceof` knows only one of them.
 */

/** Whether a value is an object or a list. */
export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Whether a value is an object, and no list: what a map of YAML or an object of JSON is. */
export function isMap(value: unknown): value is Record<string, unknown> {
  return isObject(value) && !Array.isArray(value);
}

/** The same of what a program gives: a promise of a map is none, since nobody waits for it. */
export function isGivenMap(value: unknown): value is Record<string, unknown> {
  return isMap(value) && !isThenable(value);
}

/** Whether an object is of no class, in whatever realm it was made. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (!isObject(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}

/** Whether a value is a promise, or behaves as one. Not one that breaks when it is looked at. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  try {
    return isObject(value) && "then" in value && typeof value.then === "function";
  } catch {
    return false;
  }
}

/** Marks all objects with this prototype as those of one class of ours, for every copy of this package to see. */
export function putBrand(prototype: object, brand: symbol): void {
  Object.defineProperty(prototype, brand, { value: true });
}

/** Whether an object has that mark. It says what an object means to be: what is in it has yet to be checked. */
export function hasBrand(value: object, brand: symbol): boolean {
  return brand in value;
}

/** Whether it is a list; `Array.isArray` throws for a revoked proxy. */
export function isList(value: unknown): value is readonly unknown[] {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}
