import type { ConfigNode, MapNode } from "./tree.ts";
import type { ConfigPath } from "./types.ts";

/**
 * Lays `over` upon `under` by the predecessor's rule: maps are merged by key, lists and scalars are replaced. A key of
 * ours without a value (`params:` and nothing below it) changes nothing: it removes neither a map nor a list. Inside
 * `params`, null is a value.
 */
export function mergeNodes(under: MapNode, over: MapNode, path: ConfigPath = []): MapNode {
  const entries = new Map(under.entries);
  for (const [key, node] of over.entries) {
    const below = entries.get(key);
    entries.set(key, below ? mergeNode(below, node, [...path, key]) : node);
  }
  return { ...over, entries };
}

function mergeNode(under: ConfigNode, over: ConfigNode, path: ConfigPath): ConfigNode {
  if (under.kind === "map" && over.kind === "map") return mergeNodes(under, over, path);
  const isEmpty = over.kind === "leaf" && over.value === null && !isInParams(path);
  return isEmpty && under.kind !== "leaf" ? under : over;
}

function isInParams(path: ConfigPath): boolean {
  return path.length > 3 && path[0] === "plugins" && path[2] === "params";
}
