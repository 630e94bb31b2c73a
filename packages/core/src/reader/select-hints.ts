import { isMap, isObject } from "../realms.ts";
import { formatPath, pathProblem } from "./json-path.ts";
import { textSize } from "./text-size.ts";

/** A place inside one object that looks like many records. */
export interface SelectHint {
  /** What to give `select`. */
  readonly path: string;
  /** How many objects are there. */
  readonly count: number;
}

/** How deep, and among how many values, records are looked for. */
const MAX_DEPTH = 4;
const MAX_NODES = 10_000;
const MAX_HINTS = 10;

interface Candidate {
  readonly keys: readonly string[];
  count: number;
  /** Characters of JSON text. */
  size: number;
}

/**
 * Where an object holds arrays of objects, or maps of like objects, that look like the real records: five or more, or
 * two or more that make up a quarter of the text; inside other such records only if they make up that quarter. Nearest
 * the top first, then the largest.
 * @param size characters of the object's JSON text
 */
export function findHints(value: object, size: number): readonly SelectHint[] {
  const found = new Map<string, Candidate>();
  const add = (keys: readonly string[], count: number, node: object): void => {
    const path = formatPath(keys);
    const candidate = found.get(path) ?? { keys, count: 0, size: 0 };
    candidate.count += count;
    candidate.size += textSize(node);
    found.set(path, candidate);
  };
  // Level by level, so that the limit cuts off what lies deep, not what comes late. The list grows while it is gone
  // through.
  const nodes: [node: unknown, keys: readonly string[]][] = [[value, []]];
  for (const [node, keys] of nodes) {
    if (!isObject(node) || keys.length > MAX_DEPTH) continue;
    const isTop = keys.length === 0;
    if (Array.isArray(node)) {
      if (!isTop && isAllObjects(node)) add(keys, node.length, node);
      if (nodes.length < MAX_NODES) for (const element of node.slice(0, 100) as unknown[]) nodes.push([element, keys]);
    } else if (!isTop && isAlike(Object.values(node))) add(keys, Object.keys(node).length, node);
    else if (nodes.length < MAX_NODES)
      for (const [key, member] of Object.entries(node)) nodes.push([member, [...keys, key]]);
  }
  const isInside = ({ keys }: Candidate): boolean =>
    keys.some((_key, index) => found.has(formatPath(keys.slice(0, index))));
  return (
    [...found]
      // A key that no path can name is left out.
      .filter(([path]) => pathProblem(path) === undefined)
      .filter(([, hint]) => (hint.count >= 2 && hint.size * 4 >= size) || (hint.count >= 5 && !isInside(hint)))
      .toSorted(([, a], [, b]) => a.keys.length - b.keys.length || b.size - a.size)
      .slice(0, MAX_HINTS)
      .map(([path, { count }]) => ({ path, count }))
  );
}

function isAllObjects(values: readonly unknown[]): boolean {
  return values.length > 0 && values.every((value) => isMap(value));
}

/** Whether objects are entries of a map rather than members of one thing: the first two have the same keys. */
function isAlike(values: readonly unknown[]): boolean {
  if (!isAllObjects(values)) return false;
  const [first = [], second] = values.slice(0, 2).map((value) => Object.keys(value as object));
  return second !== undefined && first.length > 1 && first.join("\0") === second.join("\0");
}
