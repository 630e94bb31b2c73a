import { formatPath } from "./json-path.ts";

/** A place inside one object that looks like many records. */
export interface SelectHint {
  /** What to give `select`. */
  readonly path: string;
  /** How many objects are there. */
  readonly count: number;
}

/** How deep, and at how many keys, records are looked for. */
const MAX_DEPTH = 4;
const MAX_KEYS = 2_000;
const MAX_HINTS = 10;

/**
 * Where an object holds arrays of objects, or maps of like objects, that look like the real records: five or more, or two or more that make up a
 * quarter of the text. The largest first.
 * @param size characters of the object's JSON text
 */
export function findHints(value: unknown, size: number): readonly SelectHint[] {
  const found = new Map<string, { count: number; size: number }>();
  let keys = 0;
  const visit = (node: unknown, path: readonly string[]): void => {
    if (typeof node !== "object" || node === null || path.length > MAX_DEPTH) return;
    if (Array.isArray(node)) {
      if (path.length > 0 && isAllObjects(node)) add(path, node.length, node);
      for (const element of node.slice(0, 100)) visit(element, path);
      return;
    }
    const members = Object.entries(node);
    if (path.length > 0 && members.length > 1 && isAlike(Object.values(node))) {
      add(path, members.length, node);
      return;
    }
    for (const [key, member] of members) {
      if (++keys > MAX_KEYS) return;
      visit(member, [...path, key]);
    }
  };
  const add = (path: readonly string[], count: number, node: object): void => {
    const name = formatPath(path);
    const seen = found.get(name) ?? { count: 0, size: 0 };
    found.set(name, { count: seen.count + count, size: seen.size + JSON.stringify(node).length });
  };
  visit(value, []);
  return [...found]
    .filter(([, hint]) => hint.count >= 5 || (hint.count >= 2 && hint.size * 4 >= size))
    .toSorted(([, a], [, b]) => b.size - a.size)
    .slice(0, MAX_HINTS)
    .map(([path, { count }]) => ({ path, count }));
}

function isAllObjects(values: readonly unknown[]): boolean {
  return (
    values.length > 0 && values.every((value) => typeof value === "object" && value !== null && !Array.isArray(value))
  );
}

/** Whether objects are entries of a map rather than members of one thing: the first two have the same keys. */
function isAlike(values: readonly unknown[]): boolean {
  if (!isAllObjects(values)) return false;
  const [first = [], second] = values.slice(0, 2).map((value) => Object.keys(value as object));
  return second !== undefined && first.length > 1 && first.join("\0") === second.join("\0");
}
