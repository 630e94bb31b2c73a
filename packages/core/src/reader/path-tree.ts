import { formatPath, parsePath } from "./json-path.ts";

/** A place on the way to records. The root is the document itself. */
export class PathNode {
  /** The keys that lead here. */
  readonly keys: readonly string[];
  /** The places that follow, by their key. */
  readonly next: Map<string, PathNode> = new Map();
  /** The places that follow in a list, by the number of the element; undefined if no key is a number. */
  picks: Map<number, PathNode> | undefined;
  /** The records are here. */
  isEnd = false;

  constructor(keys: readonly string[]) {
    this.keys = keys;
  }

  /** Whether a key here leads to records. */
  get holdsRecords(): boolean {
    return [...this.next.values()].some(({ isEnd }) => isEnd);
  }

  /** Whether every element of a list here is read, and not only those that have a number. */
  get takesAll(): boolean {
    return this.next.size > (this.picks?.size ?? 0);
  }

  /** The paths that go through here. */
  get paths(): readonly string[] {
    return this.isEnd ? [formatPath(this.keys)] : [...this.next.values()].flatMap(({ paths }) => paths);
  }
}

/** Joins paths, of which none leads into another, at their common beginnings. */
export function joinPaths(paths: readonly string[]): PathNode {
  const root = new PathNode([]);
  for (const path of paths) {
    let node = root;
    for (const key of parsePath(path)) {
      let next = node.next.get(key);
      if (!next) {
        next = new PathNode([...node.keys, key]);
        node.next.set(key, next);
        if (/^\d+$/.test(key)) (node.picks ??= new Map()).set(Number(key), next);
      }
      node = next;
    }
    node.isEnd = true;
  }
  return root;
}
