import { isPlainObject } from "../realms.ts";
import { type ConfigNode, type LeafNode, type MapNode, nodeAt, nodeOf, plainOf, type Source } from "./tree.ts";
import { mergeNodes } from "./merge.ts";

/** Top-level keys of the predecessor that are not about stores. */
export const LEGACY_KEYS: readonly string[] = ["logger", "schedule", "email"];

/** Keys of an audit of the predecessor that are not about stores. */
export const LEGACY_LISTS: readonly string[] = ["clouds", "events", "alerts"];

/** Short names of the stores of the predecessor, by class path. */
export const LEGACY_STORES: ReadonlyMap<string, string> = new Map([
  ["cloudmarker.stores.filestore.FileStore", "filestore"],
  ["cloudmarker.stores.esstore.EsStore", "esstore"],
  ["cloudmarker.stores.mongodbstore.MongoDBStore", "mongodbstore"],
  ["cloudmarker.stores.splunkhecstore.SplunkHECStore", "splunkhecstore"],
]);

const CLASS_PATH = /^[A-Za-z_]\w*(?:\.\w+)*\.[A-Z]\w*$/;

/** Whether a reference is the path of a Python class that has no successor here. */
export function isForeignClass(ref: string): boolean {
  return CLASS_PATH.test(ref) && !LEGACY_STORES.has(ref);
}

/** The part about stores of the one audit in the predecessor's base configuration. */
const MOCK_AUDIT = { audits: { mockaudit: { stores: ["filestore"] } } };

/** Adds the parts of the predecessor's base configuration that ours does not have, if `over` uses them. */
export function withLegacyBase(base: MapNode, over: MapNode, source: Source): MapNode {
  const run = nodeAt(over, ["run"]);
  const isRun = run?.kind === "list" && run.items.some((item) => plainOf(item) === "mockaudit");
  if (!isRun && !nodeAt(over, ["audits", "mockaudit"])) return base;
  const extra = nodeOf(MOCK_AUDIT, source);
  return extra.kind === "map" ? mergeNodes(base, extra) : base;
}

/**
 * Translates what the predecessor's configuration says about stores. One warning names the rest, which is left alone.
 * If several audits run, an audit without a list of stores is skipped.
 */
export function translateLegacy(root: MapNode): { readonly root: MapNode; readonly warnings: readonly string[] } {
  const { root: translated, foreign } = translatePlugins(root);
  const audits = plainOf(nodeAt(root, ["audits"]) ?? { ...root, entries: new Map() });
  const lists: string[] = [];
  const idle = new Set<string>();
  for (const [name, audit] of Object.entries(isPlainObject(audits) ? audits : {})) {
    if (!isPlainObject(audit)) continue;
    const left = LEGACY_LISTS.filter((list) => Object.hasOwn(audit, list));
    if (left.length > 0) lists.push(`${join(left)} of audit ${name}`);
    if (left.length > 0 && !Object.hasOwn(audit, "stores")) idle.add(name);
  }
  const keys = LEGACY_KEYS.filter((key) => root.entries.has(key));
  const { root: result, skipped } = skipAudits(translated, idle);
  const parts = [
    ...(foreign.length > 0 ? [`${foreign.length === 1 ? "plugin" : "plugins"} ${join(foreign)}`] : []),
    ...lists,
    ...(skipped.length > 0 ? [`${skipped.length === 1 ? "audit" : "audits"} ${join(skipped)} (no stores)`] : []),
    ...(keys.length > 0 ? [`top-level ${join(keys)}`] : []),
  ];
  const warnings = parts.length === 0 ? [] : [`Left alone, since this program only runs stores: ${parts.join("; ")}.`];
  return { root: result, warnings };
}

function translatePlugins(root: MapNode): { root: MapNode; foreign: string[] } {
  const plugins = root.entries.get("plugins");
  const foreign: string[] = [];
  if (plugins?.kind !== "map") return { root, foreign };
  const entries = new Map(plugins.entries);
  for (const [key, entry] of plugins.entries) {
    const ref = nodeAt(entry, ["plugin"]);
    if (entry.kind !== "map" || ref?.kind !== "leaf" || typeof ref.value !== "string") continue;
    if (isForeignClass(ref.value)) foreign.push(key);
    const name = LEGACY_STORES.get(ref.value);
    if (name === undefined) continue;
    const leaf: LeafNode = { ...ref, value: name };
    entries.set(key, { ...entry, entries: new Map(entry.entries).set("plugin", leaf) });
  }
  return { root: withEntry(root, "plugins", { ...plugins, entries }), foreign };
}

function skipAudits(root: MapNode, idle: ReadonlySet<string>): { root: MapNode; skipped: string[] } {
  const run = root.entries.get("run");
  if (run?.kind !== "list") return { root, skipped: [] };
  const items = run.items.filter((item) => !idle.has(String(plainOf(item))));
  // If no other audit runs, an audit without stores is a problem.
  if (items.length === 0) return { root, skipped: [] };
  const skipped = run.items.map((item) => String(plainOf(item))).filter((name) => idle.has(name));
  return { root: withEntry(root, "run", { ...run, items }), skipped };
}

function withEntry(root: MapNode, key: string, node: ConfigNode): MapNode {
  return { ...root, entries: new Map(root.entries).set(key, node) };
}

/** "a", "a and b", "a, b and c". */
function join(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
