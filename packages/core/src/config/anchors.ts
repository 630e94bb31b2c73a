import { writeProblem, type ProblemText } from "./problems.ts";
import type { ConfigNode, MapNode } from "./tree.ts";

/** The most aliases of one file. */
const MOST_ALIASES = 1000;

/** The largest size of all aliases of one file: nodes, and characters of texts. */
const MOST_EXPANDED = 1_000_000;

/** The most levels below an alias. */
const MOST_LEVELS = 100;

interface Measure {
  /** Nodes, and characters of texts. */
  readonly size: number;
  readonly levels: number;
}

/**
 * The anchors of one file, in the order of the file. The size of their aliases is bounded, so that a small file cannot
 * become huge.
 */
export class Anchors {
  readonly #nodes = new Map<string, ConfigNode>();
  /** The anchors whose value is being read. */
  readonly #open = new Set<string>();
  readonly #measures = new WeakMap<ConfigNode, Measure>();
  #aliases = 0;
  #expanded = 0;

  /** The value of an anchor begins. */
  begin(name: string): void {
    this.#open.add(name);
  }

  /** The value of an anchor has been read; an anchor may be defined again. */
  end(name: string, node: ConfigNode): void {
    this.#open.delete(name);
    this.#nodes.set(name, node);
  }

  /**
   * The value of an alias, or what is wrong with the alias. The message does not show the alias: it may be a secret
   * that begins with an asterisk.
   */
  resolve(name: string): ConfigNode | ProblemText {
    if (this.#open.has(name)) return writeProblem("CONFIG_UNREADABLE", "aliasInside", {});
    const node = this.#nodes.get(name);
    if (!node) return writeProblem("CONFIG_UNREADABLE", "aliasMissing", {});
    const { size, levels } = this.#measure(node);
    this.#aliases += 1;
    this.#expanded += size;
    if (this.#aliases > MOST_ALIASES) return writeProblem("CONFIG_UNREADABLE", "aliasCount", { most: MOST_ALIASES });
    if (this.#expanded > MOST_EXPANDED || levels > MOST_LEVELS)
      return writeProblem("CONFIG_UNREADABLE", "aliasSize", {});
    return node;
  }

  #measure(node: ConfigNode): Measure {
    const known = this.#measures.get(node);
    if (known) return known;
    let size = 1;
    let levels = 0;
    const add = (child: ConfigNode): void => {
      const below = this.#measure(child);
      size += below.size;
      levels = Math.max(levels, below.levels + 1);
    };
    if (node.kind === "list") for (const item of node.items) add(item);
    else if (node.kind === "leaf") size += typeof node.value === "string" ? node.value.length : 0;
    else
      for (const [key, child] of node.entries) {
        size += key.length;
        add(child);
      }
    const measure = { size, levels };
    this.#measures.set(node, measure);
    return measure;
  }
}

/** The maps that `<<` merges; undefined if it has another value. */
export function mapsOf(value: ConfigNode): readonly MapNode[] | undefined {
  const items = value.kind === "list" ? value.items : [value];
  const maps = items.filter((item) => item.kind === "map");
  return maps.length === items.length ? maps : undefined;
}

/**
 * Adds what `<<` merges into a map. The map's own keys win; among several merged maps, the first one with the key wins.
 */
export function withMerged(
  own: ReadonlyMap<string, ConfigNode>,
  merged: readonly MapNode[],
): ReadonlyMap<string, ConfigNode> {
  if (merged.length === 0) return own;
  const entries = new Map<string, ConfigNode>();
  for (const map of merged.toReversed()) for (const [key, node] of map.entries) entries.set(key, node);
  for (const [key, node] of own) entries.set(key, node);
  return entries;
}
