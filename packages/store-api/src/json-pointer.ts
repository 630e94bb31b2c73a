/** The keys of a JSON pointer (RFC 6901), such as `/raw/finding_info/uid`. */
export function parsePointer(pointer: string): readonly string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The JSON pointer of these keys; {@link parsePointer} reads it. */
export function formatPointer(keys: readonly (string | number)[]): string {
  return keys.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** The value at a path, or undefined. Only own members count, so `constructor` leads nowhere. */
export function valueAt(value: unknown, keys: readonly (string | number)[]): unknown {
  let found: unknown = value;
  for (const key of keys) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Record<string | number, unknown>)[key];
  }
  return found;
}

/** What is wrong with a pointer that cannot match any record, or undefined. */
export function pointerProblem(pointer: string): string | undefined {
  const [bucket = ""] = parsePointer(pointer);
  const isThere = bucket === "raw" || bucket === "ext" || bucket === "com";
  return isThere ? undefined : `${pointer} leads nowhere: a record has /raw, /ext and /com.`;
}
