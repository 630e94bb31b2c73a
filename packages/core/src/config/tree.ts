import type { Location } from "../errors.ts";
import { isPlainObject } from "../realms.ts";
import { setOwn } from "../set-own.ts";
import { quote } from "../validation/show.ts";
import type { ConfigPath } from "./types.ts";
import { WrittenScalar } from "./written-scalar.ts";

/** What a part of the configuration was read from. */
export interface Source {
  /** Path of the file, or another name for messages. */
  readonly name: string;
  readonly isFile: boolean;
  /** Folder that relative paths in it start from. */
  readonly directory: string;
}

/** A place in a source; lines and columns count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Where a node stands. */
export interface Marks {
  readonly source: Source;
  readonly key?: Place;
  readonly at?: Place;
}

/** A map; as a `Map`, since keys such as `__proto__` are data. */
export interface MapNode extends Marks {
  readonly kind: "map";
  readonly entries: ReadonlyMap<string, ConfigNode>;
}

/** A list. */
export interface ListNode extends Marks {
  readonly kind: "list";
  readonly items: readonly ConfigNode[];
}

/** A scalar, or an object of an embedding program, whose content is not read. */
export interface LeafNode extends Marks {
  readonly kind: "leaf";
  readonly value: unknown;
  /** The text before interpolation. */
  readonly written?: string;
  /** The characters of a scalar that was written without quotes: `0123`, `yes`. */
  readonly text?: string;
  /** A `#` without a blank behind it follows, which may be a part of the text. */
  readonly isCut?: boolean;
}

/** Stands for a value that could not be read and was reported, so that nobody reports it as missing. */
export const UNREAD = "unread";

/** A value of the configuration together with its place. */
export type ConfigNode = MapNode | ListNode | LeafNode;

/**
 * Makes a node of a value that was not read from a file. Plugin objects and instances of classes are kept as they are.
 */
export function nodeOf(value: unknown, source: Source, path: ConfigPath = []): ConfigNode {
  if (WrittenScalar.is(value)) return { kind: "leaf", value: value.value, text: value.text, source };
  if (isPluginPlace(path)) return { kind: "leaf", value, source };
  if (Array.isArray(value)) {
    return { kind: "list", items: value.map((item, index) => nodeOf(item, source, [...path, index])), source };
  }
  if (!isPlainObject(value)) return { kind: "leaf", value, source };
  const entries = Object.entries(value).filter(([, child]) => child !== undefined);
  return {
    kind: "map",
    entries: new Map(entries.map(([key, child]) => [key, nodeOf(child, source, [...path, key])])),
    source,
  };
}

/** An empty map. */
export function emptyMap(source: Source): MapNode {
  return { kind: "map", entries: new Map(), source };
}

/** The plain value of a node, a fresh copy. */
export function plainOf(node: ConfigNode): unknown {
  if (node.kind === "leaf") return node.value;
  if (node.kind === "list") return node.items.map(plainOf);
  const object: Record<string, unknown> = {};
  for (const [key, child] of node.entries) setOwn(object, key, plainOf(child));
  return object;
}

/** Makes a node of a changed value of `node`. What is unchanged keeps its place; the rest is from `source`. */
export function adopt(node: ConfigNode, value: unknown, source: Source, path: ConfigPath = []): ConfigNode {
  if (node.kind === "leaf") return Object.is(node.value, value) ? node : nodeOf(value, source, path);
  if (node.kind === "list") {
    if (!Array.isArray(value)) return nodeOf(value, source, path);
    return { ...node, items: value.map((item, i) => adoptChild(node.items[i], item, source, [...path, i])) };
  }
  if (!isPlainObject(value)) return nodeOf(value, source, path);
  const entries = Object.entries(value).filter(([, child]) => child !== undefined);
  return {
    ...node,
    entries: new Map(
      entries.map(([key, child]) => [key, adoptChild(node.entries.get(key), child, source, [...path, key])]),
    ),
  };
}

/** The nodes from the top down to `path`, as far as it exists. */
export function nodesAlong(root: ConfigNode, path: ConfigPath): readonly ConfigNode[] {
  const nodes = [root];
  let node: ConfigNode | undefined = root;
  for (const step of path) {
    node = childOf(node, step);
    if (!node) break;
    nodes.push(node);
  }
  return nodes;
}

/** The node at `path`. */
export function nodeAt(root: ConfigNode, path: ConfigPath): ConfigNode | undefined {
  const nodes = nodesAlong(root, path);
  return nodes.length > path.length ? nodes.at(-1) : undefined;
}

/** Every leaf below `node` replaced by what `change` makes of it. */
export function mapLeaves(
  node: ConfigNode,
  path: ConfigPath,
  change: (leaf: LeafNode, path: ConfigPath) => LeafNode,
): ConfigNode {
  if (node.kind === "leaf") return change(node, path);
  if (node.kind === "list")
    return { ...node, items: node.items.map((item, i) => mapLeaves(item, [...path, i], change)) };
  const entries = [...node.entries].map(([key, child]) => [key, mapLeaves(child, [...path, key], change)] as const);
  return { ...node, entries: new Map(entries) };
}

/** Location of the key or value of a node; undefined if it was not read from a file. */
export function locationOf(node: ConfigNode, at: "key" | "value" = "key"): Location | undefined {
  const place = at === "key" ? (node.key ?? node.at) : (node.at ?? node.key);
  return node.source.isFile && place ? { file: node.source.name, ...place } : undefined;
}

/** A path for messages: `audits.nightly.stores[1]`. */
export function pathText(path: ConfigPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    if (!/^[\w-]+$/.test(step)) return `${text}[${quote(step)}]`;
    return text === "" ? step : `${text}.${step}`;
  }, "");
}

function adoptChild(node: ConfigNode | undefined, value: unknown, source: Source, path: ConfigPath): ConfigNode {
  return node ? adopt(node, value, source, path) : nodeOf(value, source, path);
}

function childOf(node: ConfigNode, step: string | number): ConfigNode | undefined {
  if (node.kind === "map") return node.entries.get(String(step));
  return node.kind === "list" && typeof step === "number" ? node.items[step] : undefined;
}

function isPluginPlace(path: ConfigPath): boolean {
  return path.length === 3 && path[0] === "plugins" && path[2] === "plugin";
}

/**
 * Whether a value is set. Null means "not set", as a YAML key without a value does. So does the empty text of
 * `${VAR:-}`.
 */
export function isGiven<T>(value: T | null | undefined): value is T {
  return value !== undefined && value !== null && value !== "";
}
