/**
 * The keys of a path into a JSON document: a JSON pointer (RFC 6901) where it begins with `/`, else keys joined by dots.
 * A key that has a dot in it can only be written as a pointer.
 */
export function parsePath(text: string): readonly string[] {
  return text.startsWith("/") ? parsePointer(text) : text.split(".");
}

/** The keys of a JSON pointer (RFC 6901), such as `/raw/finding_info/uid`. */
export function parsePointer(pointer: string): readonly string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** Writes keys so that {@link parsePath} reads them: dotted where that is unambiguous. */
export function formatPath(keys: readonly string[]): string {
  if (keys.every((key) => key !== "" && !key.includes(".") && !key.includes("/"))) return keys.join(".");
  return keys.map((key) => `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** The value that a path leads to, or undefined; own members only, so that `constructor` leads nowhere. */
export function valueAt(value: unknown, keys: readonly string[]): unknown {
  let found: unknown = value;
  for (const key of keys) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Record<string, unknown>)[key];
  }
  return found;
}
