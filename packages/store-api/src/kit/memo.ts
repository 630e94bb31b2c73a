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
/** Characters of a name at most: a longer one is no name, and a record may have one of megabytes. */
const LONGEST_REMEMBERED = 255;

/** Makes something once for each name, such as that of an index. */
export function remember<T>(make: (name: string) => T): (name: string) => T {
  const made = new Map<string, T>();
  return (name) => {
    const known = made.get(name);
    if (known !== undefined || made.has(name)) return known as T;
    const value = make(name);
    if (name.length > LONGEST_REMEMBERED) return value;
    if (made.size >= NAMES_REMEMBERED) made.clear();
    made.set(name, value);
    return value;
  };
}
