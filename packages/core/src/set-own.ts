/** Sets an own member, whatever its name: an assignment to `__proto__` would change the prototype instead. */
export function setOwn(target: unknown, key: string | number, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}
