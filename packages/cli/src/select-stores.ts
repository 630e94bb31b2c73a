import { basename, extname } from "node:path";
import { WrittenScalar } from "@cloudmarker/core";
import { isMap } from "./is-map.ts";
import { usageError } from "./errors.ts";
import type { StoreOptions } from "./options.ts";

/** The place of a param from the command line. */
const MOST_LEVELS = 100;

type Values = Record<string, unknown>;

/** Rewrites the configuration, before it is checked, as `--store` and `--param` say. */
export type ConfigRewrite = (config: Values) => Values;

/**
 * Turns `--store NAME --param k=v` into a rewrite of the configuration: one audit with only these stores. The rest of
 * their configuration stays. NAME is a key under `plugins` of the configuration, whose params `--param` then changes,
 * or else a plugin: a short name, a package, a path.
 * @returns undefined if there is no `--store`
 * @throws UsageError
 */
export function selectStores(options: StoreOptions): ConfigRewrite | undefined {
  const { store = [], param = [], audit = "default" } = options;
  if (store.length === 0) {
    if (param.length === 0) return undefined;
    throw usageError("paramWithoutStore", {});
  }
  const keys = store.map(keyOf);
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) throw usageError("storeTwice", { store: twice });
  const params = new Map<string, Values>(keys.map((key) => [key, {}]));
  assertParams(param);
  for (const text of param) addParam(text, params);

  return (config) => {
    const plugins = { ...(isMap(config.plugins) ? config.plugins : undefined) };
    for (const [index, key] of keys.entries()) {
      const known = Object.hasOwn(plugins, key) ? plugins[key] : undefined;
      const entry: Values = isMap(known) ? known : { plugin: store[index] };
      const base = isMap(entry.params) ? entry.params : {};
      plugins[key] = { ...entry, params: mergeDeep(base, params.get(key) ?? {}) };
    }
    const own = isMap(config.audits) && Object.hasOwn(config.audits, audit) ? config.audits[audit] : undefined;
    return { ...config, plugins, audits: { [audit]: { ...(isMap(own) ? own : {}), stores: keys } }, run: [audit] };
  };
}

/** `./stores/my-store.ts` is called `my-store` in the receipt; any other name stays. */
function keyOf(ref: string): string {
  return /^\.{0,2}[/\\]|^file:/u.test(ref) ? basename(ref, extname(ref)) : ref;
}

/** One `--param`, read. */
export interface GivenParam {
  /** Key of the store. */
  readonly store: string;
  /** As it is written, without the store. */
  readonly name: string;
  /** The params that it alone makes. */
  readonly params: Values;
}

/** Reads each `--param` by itself. @throws UsageError */
export function readParams({ store = [], param = [] }: Pick<StoreOptions, "store" | "param">): GivenParam[] {
  assertParams(param);
  return param.map((text) => {
    const params = new Map<string, Values>(store.map((ref) => [keyOf(ref), {}]));
    const { store: key, name } = addParam(text, params);
    return { store: key, name, params: params.get(key) ?? {} };
  });
}

/** @throws UsageError for one that is not `key=value` */
export function assertParams(param: readonly string[] = []): void {
  const wrong = param.findIndex((text) => text.indexOf("=") < 1);
  if (wrong !== -1) throw usageError("paramForm", { number: wrong + 1 });
}

/** Reads `STORE.key=value`, or `key=value` if there is one store; dots in the key go into nested params. */
function addParam(text: string, params: Map<string, Values>): Omit<GivenParam, "params"> {
  const equals = text.indexOf("=");
  let name = text.slice(0, equals);
  let store = [...params.keys()].find((key) => name.startsWith(`${key}.`));
  if (store !== undefined) name = name.slice(store.length + 1);
  else if (params.size === 1) [store] = params.keys();
  if (store === undefined || name === "") throw usageError("paramStore", { name, store: [...params.keys()][0] });
  const path = name.split(".");
  const last = path.pop() ?? name;
  const value = valueOf(text.slice(equals + 1));
  if (nestsTooDeep(value, path.length)) throw usageError("paramDepth", { name, most: MOST_LEVELS });
  let target = params.get(store) ?? {};
  for (const step of path) target = child(target, step);
  define(target, last, value);
  return { store, name };
}

/**
 * The depth is limited: code that walks a configuration calls itself for each level, and the stack holds only some
 * thousands.
 */
function nestsTooDeep(value: unknown, levels: number): boolean {
  let members = [value];
  for (let level = levels; members.length > 0; level++) {
    if (level > MOST_LEVELS) return true;
    members = members.flatMap((member) => (typeof member === "object" && member !== null ? Object.values(member) : []));
  }
  return false;
}

/**
 * JSON if it parses (`5`, `true`, `["a"]`, `"5"`), else the text itself. Numbers, true and false keep their text, for
 * params that want a text (L-46).
 */
function valueOf(text: string): unknown {
  let plain: unknown;
  try {
    plain = JSON.parse(text);
  } catch {
    // Its place differs from that of the same text in a file, where a relative path would start at the file.
    return new WrittenScalar(text, text);
  }
  if (typeof plain !== "object") return isScalar(plain) ? new WrittenScalar(plain, text) : plain;
  try {
    return JSON.parse(text, keepText);
  } catch {
    // It nests too deeply for a reviver, and so for a param.
    return plain;
  }
}

function isScalar(value: unknown): value is number | boolean {
  return typeof value === "number" || typeof value === "boolean";
}

/** For `JSON.parse`, which passes the source of a scalar. */
function keepText(this: unknown, _key: string, value: unknown, context?: { readonly source?: string }): unknown {
  return isScalar(value) && context?.source !== undefined ? new WrittenScalar(value, context.source) : value;
}

function child(target: Values, key: string): Values {
  const found = Object.hasOwn(target, key) ? target[key] : undefined;
  if (isMap(found)) return found;
  const made: Values = {};
  define(target, key, made);
  return made;
}

/** `__proto__` is a name like any other. */
function define(target: Values, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}

function mergeDeep(base: Values, over: Values): Values {
  const merged = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const old = Object.hasOwn(base, key) ? base[key] : undefined;
    define(merged, key, isMap(value) && isMap(old) ? mergeDeep(old, value) : value);
  }
  return merged;
}
