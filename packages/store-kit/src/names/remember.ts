/** More names than this exist only if every record has its own. */
const NAMES_REMEMBERED = 10_000;
/** Longest name: a longer text is not a name, and a record may have one of megabytes. */
const LONGEST_REMEMBERED = 255;

/** Makes something once for each name, such as that of an index. */
export function remember<T>(make: (name: string) => T): (name: string) => T {
  const made = new Map<string, { readonly name: string; readonly value: T }>();
  let last: { readonly name: string; readonly value: T } | undefined;
  return (name) => {
    // Mostly the name of the record before; without placeholders, always.
    if (last?.name === name) return last.value;
    let one = made.get(name);
    if (!one) {
      one = { name, value: make(name) };
      if (name.length > LONGEST_REMEMBERED) return one.value;
      if (made.size >= NAMES_REMEMBERED) made.clear();
      made.set(name, one);
    }
    last = one;
    return one.value;
  };
}
