/** Makes something once, with what the first one gives, for all who ask. What failed is made again for the next one who does. */
export function once<T, A extends readonly unknown[]>(make: (...given: A) => Promise<T>): (...given: A) => Promise<T> {
  let made: Promise<T> | undefined;
  return (...given) => {
    made ??= make(...given).catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}

/** Nobody has so many names, unless somebody has one for every record. */
const NAMES_REMEMBERED = 10_000;

/** Makes something once for each name, such as that of an index. */
export function remember<T>(make: (name: string) => T): (name: string) => T {
  const made = new Map<string, T>();
  return (name) => {
    const known = made.get(name);
    if (known !== undefined || made.has(name)) return known as T;
    if (made.size >= NAMES_REMEMBERED) made.clear();
    const value = make(name);
    made.set(name, value);
    return value;
  };
}
