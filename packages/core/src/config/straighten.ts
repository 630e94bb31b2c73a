import type { ConfigProblem } from "../errors.ts";
import { type ProblemText, writeProblem } from "./problems.ts";
import {
  type ConfigNode,
  type LeafNode,
  type ListNode,
  locationOf,
  type MapNode,
  pathText,
  plainOf,
  UNREAD,
} from "./tree.ts";
import type { ConfigPath } from "./types.ts";

/** A configuration in the right form, and what was wrong with its form. */
interface Straightened {
  readonly root: MapNode;
  readonly problems: readonly ConfigProblem[];
}

/**
 * Gives the parts that were written in another form the right one, such as a list of params in place of a map, and
 * reports each. Everything keeps its place, so the mistakes below it are found in the same round.
 */
export function straighten(root: MapNode): Straightened {
  const straightener = new Straightener(root);
  return { root: straightener.root(), problems: straightener.problems };
}

class Straightener {
  readonly #root: MapNode;
  readonly problems: ConfigProblem[] = [];

  constructor(root: MapNode) {
    this.#root = root;
  }

  root(): MapNode {
    let root = this.#root;
    root = change(root, "plugins", (node) => this.#plugins(node));
    root = change(root, "audits", (node) => this.#audits(node));
    return change(root, "delivery", (node) => this.#settings(node, ["delivery"]));
  }

  #plugins(node: ConfigNode): ConfigNode {
    const plugins = this.#keyed(node);
    if (plugins.kind !== "map") return plugins;
    return each(plugins, (entry, key) => this.#plugin(entry, ["plugins", key]));
  }

  /** `plugins` as a list of entries or of names becomes a map. */
  #keyed(node: ConfigNode): ConfigNode {
    if (node.kind !== "list" || node.items.length === 0) return node;
    const entries = new Map<string, ConfigNode>();
    for (const item of node.items) {
      const ref = item.kind === "map" ? item.entries.get("plugin") : item;
      const plugin = ref?.kind === "leaf" && typeof ref.value === "string" ? ref.value : undefined;
      if (plugin === undefined || entries.has(plugin)) return node;
      entries.set(plugin, item.kind === "map" ? item : asEntry("plugin", item));
    }
    const [key = ""] = entries.keys();
    const example = `plugins: { ${key}: { plugin: ${key} } }`;
    this.#report(node, ["plugins"], { wanted: "a map of plugins by key", example });
    return { ...marksOf(node), kind: "map", entries };
  }

  #plugin(entry: ConfigNode, path: ConfigPath): ConfigNode {
    const key = String(path.at(-1));
    if (isText(entry)) {
      const ref = /^plugin\s*[:=]\s*(\S+)$/u.exec(entry.value)?.[1] ?? entry.value;
      this.#report(entry, path, {
        wanted: "a map such as { plugin: filestore }",
        example: `${key}: { plugin: ${ref} }`,
        isShown: /^[\w@./-]+$/u.test(ref),
      });
      return asEntry("plugin", { ...entry, value: ref });
    }
    if (entry.kind !== "map") return entry;
    const params = change(entry, "params", (node) => this.#params(node, [...path, "params"]));
    return change(params, "delivery", (node) => this.#settings(node, [...path, "delivery"]));
  }

  #params(node: ConfigNode, path: ConfigPath): ConfigNode {
    if (isText(node)) {
      // What follows may be a secret.
      const [, name, sign] = /^([\w-]+)\s*([:=])/u.exec(node.value) ?? [];
      const blank = sign === ":" ? "with a blank behind the colon: " : "";
      const example = name === undefined ? "params: { path: ./out }, for example" : `${blank}${name}: …`;
      this.#report(node, path, { wanted: "a map of params", example });
      return { ...marksOf(node), kind: "map", entries: new Map() };
    }
    return this.#merged(node, path, "a map of params");
  }

  #settings(node: ConfigNode, path: ConfigPath): ConfigNode {
    return this.#merged(node, path, "a map with keys such as batch, queue, concurrency");
  }

  /** A list of maps becomes one map. */
  #merged(node: ConfigNode, path: ConfigPath, wanted: string): ConfigNode {
    if (node.kind !== "list" || node.items.length === 0) return node;
    const maps = node.items.flatMap((item) => (item.kind === "map" ? [item] : []));
    if (maps.length < node.items.length) return node;
    const entries = new Map(maps.flatMap((map) => [...map.entries]));
    const [key = "key"] = entries.keys();
    this.#report(node, path, { wanted, example: `${key}: … without the "-" in front` });
    return { ...marksOf(node), kind: "map", entries };
  }

  #audits(node: ConfigNode): ConfigNode {
    const audits = node.kind === "list" ? this.#named(node) : node;
    if (audits.kind !== "map") return audits;
    return each(audits, (audit, name) => this.#audit(audit, ["audits", name]));
  }

  /** `audits` as a list of names: each gets the stores of the file. */
  #named(node: ListNode): ConfigNode {
    const names = node.items.map(plainOf).filter((name) => typeof name === "string");
    const [name] = names;
    if (name === undefined || names.length < node.items.length) return node;
    const stores = this.#ownPlugins();
    const example = `audits: { ${name}: { stores: [${stores.join(", ")}] } }`;
    this.#report(node, ["audits"], { wanted: "a map of audits by name", example });
    const items = stores.map((value): LeafNode => ({ kind: "leaf", value, source: node.source }));
    const list: ConfigNode = { ...marksOf(node), kind: "list", items };
    const entries = new Map(names.map((one) => [one, asEntry("stores", list)]));
    return { ...marksOf(node), kind: "map", entries };
  }

  #audit(audit: ConfigNode, path: ConfigPath): ConfigNode {
    if (audit.kind === "map") return change(audit, "stores", (node) => this.#stores(node, [...path, "stores"]));
    const names = [plainOf(audit)].flat().filter((name) => typeof name === "string" && name !== "");
    if (names.length === 0 || (audit.kind === "leaf" && !isText(audit))) return audit;
    const example = `${path.at(-1)}: { stores: [${names.join(", ")}] }`;
    this.#report(audit, path, { wanted: "a map such as { stores: [filestore] }", example });
    const list: ConfigNode = audit.kind === "list" ? audit : { ...marksOf(audit), kind: "list", items: [audit] };
    return asEntry("stores", list);
  }

  /** Several names in one text, or names as the keys of a map. */
  #stores(node: ConfigNode, path: ConfigPath): ConfigNode {
    const names = namesIn(node);
    if (names.length === 0 || node.kind === "list") return node;
    const items = names.map((value): LeafNode => ({ ...marksOf(node), kind: "leaf", value }));
    const example = `stores: [${names.join(", ")}]`;
    this.#report(node, path, { wanted: "a list of keys of plugins", example });
    return { ...marksOf(node), kind: "list", items };
  }

  /** Keys of the plugins of the same file. */
  #ownPlugins(): readonly string[] {
    const plugins = this.#root.entries.get("plugins");
    if (plugins?.kind !== "map") return ["filestore"];
    return [...plugins.entries.keys()];
  }

  #report(
    node: ConfigNode,
    path: ConfigPath,
    { wanted, example, isShown = true }: { wanted: string; example: string; isShown?: boolean },
  ): void {
    const at = pathText(path);
    const value = plainOf(node);
    const text: ProblemText = isShown
      ? writeProblem("type", "shape", { at, wanted, value, example })
      : writeProblem("type", "kind", { at, wanted, value });
    const location = locationOf(node, node.kind === "map" ? "key" : "value");
    this.problems.push({ ...text, path, ...(location && { location }) });
  }
}

/** What a variable holds is not known yet. */
function isText(node: ConfigNode): node is LeafNode & { readonly value: string } {
  if (node.kind !== "leaf" || typeof node.value !== "string") return false;
  return node.value !== "" && node.value !== UNREAD && !node.value.includes("${");
}

function namesIn(node: ConfigNode): readonly string[] {
  if (node.kind === "map") return [...node.entries.keys()];
  // A single name is read as a list of one.
  return isText(node) && /[\s,;]/u.test(node.value.trim()) ? node.value.split(/[\s,;]+/u).filter(Boolean) : [];
}

function change(map: MapNode, key: string, by: (node: ConfigNode) => ConfigNode): MapNode {
  const node = map.entries.get(key);
  const changed = node && by(node);
  return changed === node || !changed ? map : { ...map, entries: new Map(map.entries).set(key, changed) };
}

function each(map: MapNode, by: (node: ConfigNode, key: string) => ConfigNode): MapNode {
  return { ...map, entries: new Map([...map.entries].map(([key, node]) => [key, by(node, key)])) };
}

function asEntry(key: string, node: ConfigNode): MapNode {
  return { ...marksOf(node), kind: "map", entries: new Map([[key, node]]) };
}

function marksOf({ source, key, at }: ConfigNode): Pick<ConfigNode, "source" | "key" | "at"> {
  return { source, ...(key && { key }), ...(at && { at }) };
}
