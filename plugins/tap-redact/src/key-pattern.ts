/**
 * Makes a test of keys. In a pattern `*` stands for any characters, also for none; upper and lower case are the same.
 */
export function keyTest(patterns: readonly string[]): (key: string) => boolean {
  const exact = new Set<string>();
  const globs: (readonly string[])[] = [];
  for (const pattern of patterns) {
    const parts = pattern.toLowerCase().split("*");
    if (parts.length === 1) exact.add(pattern.toLowerCase());
    else globs.push(parts);
  }
  return remembered((key) => {
    const lower = key.toLowerCase();
    return exact.has(lower) || globs.some((parts) => hasParts(lower, parts));
  });
}

/** The same test of keys, which is made once for a key: keys come again in every record. */
export function remembered(test: (key: string) => boolean): (key: string) => boolean {
  const known = new Map<string, boolean>();
  return (key) => {
    let holds = known.get(key);
    if (holds === undefined) {
      holds = test(key);
      if (known.size < MOST_KNOWN) known.set(key, holds);
    }
    return holds;
  };
}

/** Where keys are data, there is no end of them. */
const MOST_KNOWN = 10_000;

/** Whether a text begins with the first part, ends with the last, and has the others between them in their order. */
function hasParts(text: string, parts: readonly string[]): boolean {
  const [first = "", ...others] = parts;
  const last = others.pop() ?? "";
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  for (const part of others) {
    const found = text.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return at <= text.length - last.length;
}
