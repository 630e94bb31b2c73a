import type { ConfigNode, MapNode } from "./tree.ts";

/** Whether no part of a configuration needs another form: nearly every one is so. */
export function isStraight({ entries }: MapNode): boolean {
  return (
    isMapOf(entries.get("plugins"), (entry) => hasMaps(entry, "params", "delivery")) &&
    isMapOf(
      entries.get("audits"),
      (audit) => audit.kind === "map" && (audit.entries.get("stores")?.kind ?? "list") === "list",
    ) &&
    isMapOrNone(entries.get("delivery"))
  );
}

function isMapOf(node: ConfigNode | undefined, isGood: (child: ConfigNode) => boolean): boolean {
  return node === undefined || (node.kind === "map" && [...node.entries.values()].every(isGood));
}

function hasMaps(node: ConfigNode, ...keys: readonly string[]): boolean {
  return node.kind === "map" && keys.every((key) => isMapOrNone(node.entries.get(key)));
}

function isMapOrNone(node: ConfigNode | undefined): boolean {
  return node === undefined || node.kind === "map";
}
