import { isError } from "@cloudmarker/store-api";
import type { ConfigProblem } from "../errors.ts";
import { suggest } from "../validation/suggest.ts";
import { expandPath } from "./expand-path.ts";
import { OWN_KEYS } from "./foreign-keys.ts";
import { whyUnreadable } from "./load-file.ts";
import { writeProblem, type ProblemText } from "./problems.ts";
import { readBoundedNow } from "./read-bounded.ts";
import { isForeignClass, LEGACY_LISTS } from "./legacy.ts";
import { FOREIGN_VARIABLE, REFERENCE, VARIABLE } from "./references.ts";
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

/**
 * The keys in which `${…}` has a meaning; the predecessor's keys are left alone. Audits come first: they say which
 * plugins are used.
 */
const OURS = [...OWN_KEYS.filter((key) => key !== "plugins"), "plugins"];

/**
 * Replaces `${VAR}`, `${VAR:-default}` and `${file:/path}` in values, never in keys; `$${` stands for `${`. It runs
 * after parsing and does not look again at what it put in, so a variable can add neither a key nor another reference.
 * An unset variable and an unreadable file are problems, except in a plugin that no audit uses: an environment often
 * has the variables of one audit only.
 */
export function interpolate(root: MapNode, world: InterpolationWorld): Interpolated {
  const interpolator = new Interpolator(world);
  const entries = new Map(root.entries);
  for (const key of OURS) {
    const node = entries.get(key);
    if (!node) continue;
    if (key === "plugins" && node.kind === "map")
      entries.set(key, interpolator.plugins(node, usedBy(entries.get("audits"), node)));
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
    const faults: ProblemText[] = [];
    const texts: string[] = [];
    const text = value.replace(REFERENCE, (whole, inner: string | undefined, end: string) => {
      if (inner === undefined) return "${";
      const at = pathText(path);
      const answer = end === "" ? writeProblem("interpolation_syntax", "open", { at }) : this.#resolve(inner, leaf, at);
      if (typeof answer === "string") texts.push(answer);
      else faults.push(answer);
      return typeof answer === "string" ? answer : whole;
    });
    if (texts.length > 0) this.filled.push({ path, written: value, texts });
    if (faults.length === 0) return { ...leaf, value: typed(text, path), written: value };
    const location = locationOf(leaf, "value");
    for (const fault of isLenient ? faults.filter(({ code }) => code === "interpolation_syntax") : faults) {
      this.problems.push({ ...fault, path, ...(location && { location }) });
    }
    return { ...leaf, written: value };
  }

  #resolve(inner: string, leaf: LeafNode, at: string): string | ProblemText {
    if (inner.startsWith("file:")) return this.#file(inner.slice("file:".length), leaf, at);
    const match = VARIABLE.exec(inner);
    const name = match?.[1];
    if (name === undefined || inner.includes("${")) {
      // The text inside may be part of a secret that has these characters by chance, so no more than a name is shown.
      return writeProblem("interpolation_syntax", "form", { at, write: formOf(inner, leaf.value === `\${${inner}}`) });
    }
    const value = Object.hasOwn(this.#world.env, name) ? this.#world.env[name] : undefined;
    const fallback = match?.[2];
    if (fallback !== undefined) return value === undefined || value === "" ? fallback : value;
    if (value !== undefined) return value;
    return writeProblem("unset_variable", "variable", { at, name, meant: suggest(name, Object.keys(this.#world.env)) });
  }

  /** One line break at the end is cut, as editors and `echo` add it. */
  #file(path: string, leaf: LeafNode, at: string): string | ProblemText {
    const file = expandPath(path, leaf.source.directory, this.#world.home);
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(readBoundedNow(file)).replace(/\r?\n$/, "");
    } catch (error) {
      const why = isError(error, "TypeError") ? "it is not UTF-8" : whyUnreadable(error);
      return writeProblem("unreadable_file", "file", { at, file, why });
    }
  }
}

/**
 * The form here of `${env:NAME}`, `${env.NAME}`, `${NAME:default}` and `${NAME-default}`, without the default. The last
 * two are common among other text by chance, so they must be alone.
 */
function formOf(inner: string, isAlone: boolean): string | undefined {
  const [, name] = FOREIGN_VARIABLE.exec(inner) ?? [];
  if (name !== undefined) return `\${${name}}`;
  if (!isAlone) return undefined;
  const [, before] = /^([A-Z_][A-Z0-9_]*):?[-=:]/u.exec(inner) ?? [];
  return before === undefined ? undefined : `\${${before}:-…}`;
}

/** Top-level keys whose values are numbers, true, false or words. */
const TYPED: ReadonlySet<unknown> = new Set(["delivery", "spool", "state", "state_dir_unsafe", "markers"]);

/**
 * The value of a variable is a text. It becomes a number, true or false where the configuration takes only that. Params
 * are converted by their schema.
 */
function typed(text: string, path: ConfigPath): unknown {
  const isOurs = TYPED.has(path[0]) || (path[0] === "plugins" && path[2] === "delivery");
  if (!isOurs) return text;
  if (text === "true" || text === "false") return text === "true";
  return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
}

/** Keys of the plugins that audits name, and those of the taps that these list. */
function usedBy(audits: ConfigNode | undefined, plugins: ConfigNode): ReadonlySet<unknown> {
  const used = new Set<unknown>();
  // A single name in place of a list is reported elsewhere; its plugin counts as used.
  const add = (list: ConfigNode | undefined): void => {
    if (list?.kind === "leaf") used.add(list.value);
    if (list?.kind !== "list") return;
    for (const item of list.items) {
      used.add(plainOf(nodeAt(item, ["store"]) ?? item));
      add(nodeAt(item, ["taps"]));
    }
  };
  if (audits?.kind !== "map") return used;
  for (const audit of audits.entries.values()) for (const key of ["stores", "taps"]) add(nodeAt(audit, [key]));
  const named = [...used];
  for (const key of named) if (typeof key === "string") add(nodeAt(plugins, [key, "taps"]));
  return used;
}
