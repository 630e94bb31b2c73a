import { isError } from "@cloudmarker/store-api";
import type { ConfigProblem } from "../errors.ts";
import { quote } from "../validation/show.ts";
import { suggest } from "../validation/suggest.ts";
import { expandPath } from "./expand-path.ts";
import { whyUnreadable } from "./load-file.ts";
import { readBoundedNow } from "./read-bounded.ts";
import { isForeignClass, LEGACY_LISTS } from "./legacy.ts";
import { REFERENCE, VARIABLE } from "./references.ts";
import {
  type ConfigNode,
  type LeafNode,
  locationOf,
  type MapNode,
  mapLeaves,
  nodeAt,
  pathText,
  plainOf,
} from "./tree.ts";
import type { ConfigPath, FilledValue } from "./types.ts";

/** What `${…}` is resolved from. */
export interface InterpolationWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}

/** A configuration with all `${…}` resolved, the texts that replaced them, and the problems. */
export interface Interpolated {
  readonly root: MapNode;
  readonly filled: readonly FilledValue[];
  readonly problems: readonly ConfigProblem[];
}

/** The keys in which `${…}` means something; those of the predecessor are left alone. Audits first: they say which plugins are used. */
const OURS = ["audits", "run", "delivery", "state_dir", "markers", "plugins"];

/**
 * Replaces `${VAR}`, `${VAR:-default}` and `${file:/path}` in values, never in keys; `$${` stands for `${`. It runs after parsing, and
 * what it put in is not looked at again, so no variable can add a key or another reference. An unset variable and an
 * unreadable file are problems, except in a plugin that no audit uses: the environment is often made for one audit.
 */
export function interpolate(root: MapNode, world: InterpolationWorld): Interpolated {
  const interpolator = new Interpolator(world);
  const entries = new Map(root.entries);
  for (const key of OURS) {
    const node = entries.get(key);
    if (!node) continue;
    if (key === "plugins" && node.kind === "map")
      entries.set(key, interpolator.plugins(node, usedBy(entries.get("audits"))));
    else entries.set(key, interpolator.node(node, [key]));
  }
  return { root: { ...root, entries }, filled: interpolator.filled, problems: interpolator.problems };
}

class Interpolator {
  readonly #world: InterpolationWorld;
  readonly filled: FilledValue[] = [];
  readonly problems: ConfigProblem[] = [];

  constructor(world: InterpolationWorld) {
    this.#world = world;
  }

  plugins(node: MapNode, used: ReadonlySet<unknown>): MapNode {
    const entries = new Map<string, ConfigNode>();
    for (const [key, entry] of node.entries) {
      const ref = nodeAt(entry, ["plugin"]);
      const isForeign = ref?.kind === "leaf" && typeof ref.value === "string" && isForeignClass(ref.value);
      entries.set(key, isForeign ? entry : this.node(entry, ["plugins", key], !used.has(key)));
    }
    return { ...node, entries };
  }

  node(node: ConfigNode, path: ConfigPath, isLenient = false): ConfigNode {
    return mapLeaves(node, path, (leaf, at) => this.#leaf(leaf, at, isLenient));
  }

  #leaf(leaf: LeafNode, path: ConfigPath, isLenient: boolean): LeafNode {
    const { value } = leaf;
    if (typeof value !== "string" || !value.includes("${")) return leaf;
    if (path[0] === "audits" && LEGACY_LISTS.includes(String(path[2]))) return leaf;
    const faults: { code: string; message: string }[] = [];
    const texts: string[] = [];
    const text = value.replace(REFERENCE, (whole, inner: string | undefined, end: string) => {
      if (inner === undefined) return "${";
      const answer = end === "" ? NOT_CLOSED : this.#resolve(inner, leaf);
      if (typeof answer === "string") texts.push(answer);
      else faults.push(answer);
      return typeof answer === "string" ? answer : whole;
    });
    if (texts.length > 0) this.filled.push({ path, written: value, texts });
    if (faults.length === 0) return { ...leaf, value: typed(text, path), written: value };
    const location = locationOf(leaf, "value");
    for (const { code, message } of isLenient ? faults.filter((one) => one.code === "interpolation_syntax") : faults) {
      this.problems.push({ code, message: `${pathText(path)} ${message}`, path, ...(location && { location }) });
    }
    return { ...leaf, written: value };
  }

  #resolve(inner: string, leaf: LeafNode): string | { code: string; message: string } {
    if (inner.startsWith("file:")) return this.#file(inner.slice("file:".length), leaf);
    const match = VARIABLE.exec(inner);
    const name = match?.[1];
    if (name === undefined || inner.includes("${")) {
      // What is in it may be a part of a secret that has such characters by chance.
      const forms = "${NAME}, ${NAME:-default} and ${file:/path}; $${ stands for a plain ${";
      const message = `has a \${…} of an unknown form. Known: ${forms}.`;
      return { code: "interpolation_syntax", message };
    }
    const value = Object.hasOwn(this.#world.env, name) ? this.#world.env[name] : undefined;
    const fallback = match?.[2];
    if (fallback !== undefined) return value === undefined || value === "" ? fallback : value;
    if (value !== undefined) return value;
    const hint = suggest(name, Object.keys(this.#world.env));
    const advice = hint === undefined ? `Set it, or write \${${name}:-default}.` : `Did you mean ${quote(hint)}?`;
    const literal = `For the text itself write $\${${name}}.`;
    const message = `needs the environment variable ${name}, which is not set. ${advice} ${literal}`;
    return { code: "unset_variable", message };
  }

  /** One line break at the end is cut, as editors and `echo` add it. */
  #file(path: string, leaf: LeafNode): string | { code: string; message: string } {
    const file = expandPath(path, leaf.source.directory, this.#world.home);
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(readBoundedNow(file)).replace(/\r?\n$/, "");
    } catch (error) {
      const why = isError(error, "TypeError") ? "it is not UTF-8" : whyUnreadable(error);
      return { code: "unreadable_file", message: `needs the file ${quote(file)}, which cannot be read: ${why}.` };
    }
  }
}

const NOT_CLOSED = {
  code: "interpolation_syntax",
  message: "has a ${ without its }. Close it, or write $${ for a plain ${.",
};

/** A variable is a text; where only a number or true or false can stand, it becomes one. Params are the schema's business. */
function typed(text: string, path: ConfigPath): unknown {
  const isOurs = path[0] === "delivery" || path[0] === "markers" || (path[0] === "plugins" && path[2] === "delivery");
  if (!isOurs) return text;
  if (text === "true" || text === "false") return text === "true";
  return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
}

function usedBy(audits: ConfigNode | undefined): ReadonlySet<unknown> {
  const used = new Set<unknown>();
  if (audits?.kind !== "map") return used;
  for (const audit of audits.entries.values()) {
    for (const key of ["stores", "taps"]) {
      const list = nodeAt(audit, [key]);
      if (list?.kind === "list") for (const item of list.items) used.add(plainOf(item));
      // A single name without a list is a problem of its own; its plugin is meant to be used.
      else if (list?.kind === "leaf") used.add(list.value);
    }
  }
  return used;
}
