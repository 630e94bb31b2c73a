import { isMap, isObject } from "../realms.ts";
import { formatPath, pathProblem } from "./json-path.ts";
import { textSize } from "./text-size.ts";

/** A place inside one object that seems to contain many records. */
export interface SelectHint {
  /** The value for `select`. */
  readonly path: string;
  /** Number of objects at that place. */
  readonly count: number;
}

/** The most levels, and the most values, that are searched for records. */
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
 * Finds arrays of objects, and maps of similar objects, that are probably the real records. They have at least five
 * objects, or at least two that make up a quarter of the text. Inside another such place, only the quarter counts. The
 * places nearest to the top come first, then the largest.
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
  // Level by level, so that the limit cuts off deep values, not late ones. The list grows during the loop.
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
      // Leaves out places with a key that a path cannot name.
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

/** Whether objects are entries of a map: the first two have the same keys. */
function isAlike(values: readonly unknown[]): boolean {
  if (!isAllObjects(values)) return false;
  const [first = [], second] = values.slice(0, 2).map((value) => Object.keys(value as object));
  return second !== undefined && first.length > 1 && first.join("\0") === second.join("\0");
}
