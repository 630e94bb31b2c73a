import { MASK, valueAt } from "@cloudmarker/store-api";
import { setOwn } from "../set-own.ts";
import { escapeReferences, maskDefaults, maskLiterals, maskWrittenUserInfo } from "../config/references.ts";
import type { LoadedConfig } from "../config/types.ts";
import { WrittenScalar } from "../config/written-scalar.ts";
import { mayHaveUserInfo, withoutUserInfo } from "../user-info.ts";
import { copyValue, isPlain } from "../validation/plain-value.ts";
import { type Path, propertiesOf, type Schema } from "../validation/schema-walk.ts";
import { type Secrecy, visitParams } from "../validation/secrets.ts";
import { shownKey } from "../validation/show.ts";

type Values = Readonly<Record<string, unknown>>;

/** The params of a plugin and their schema. */
export interface GivenParams {
  /** Key of the plugin. */
  readonly key: string;
  /** Schema of its params, normalised and closed; undefined where the plugin is not known. */
  readonly root: Schema | undefined;
  /** As configured. */
  readonly given: Values;
  /** What stands beside `plugin`; a param of the plugin is taken as one. */
  readonly strays: Values;
  /** The params with defaults, where they were checked. */
  readonly complete: Values | undefined;
  readonly config: LoadedConfig;
  /** Something is wrong with the configuration. */
  readonly isBroken: boolean;
}

/** Params of a plugin as they may be shown. */
export interface ShownParams {
  /** Undefined where none are given. */
  readonly params: unknown;
  /** Keys beside `plugin` that are not params. */
  readonly strays: Values;
  /** All was masked since the plugin is not known. */
  readonly isGuarded: boolean;
  /** Folders at which relative paths in the texts of the params start. */
  readonly folders: readonly string[];
  /** The text before interpolation of the param at a path, without what may be a secret. */
  writtenAs(path: Path): string | undefined;
}

/** True and false of YAML 1.1. */
const FLAG = /^(?:yes|no|on|off)$/i;

/** The schema of an unknown plugin: it names no param. */
const NO_SCHEMA: Schema = { additionalProperties: false };

/**
 * Params in which everything that is a secret, or may be one, is masked. A reference such as `${NAME}` stays: it is not
 * a secret, and the printed configuration can be used again.
 */
export function showParams({
  key,
  root = NO_SCHEMA,
  given,
  strays,
  complete,
  config,
  isBroken,
}: GivenParams): ShownParams {
  const known = propertiesOf(root, [root]);
  const isParam = ([name]: [string, unknown]): boolean => known.has(name) && !Object.hasOwn(given, name);
  const params = complete ?? { ...given, ...Object.fromEntries(Object.entries(strays).filter(isParam)) };
  // If it is given under `params` too, this one is ignored.
  const rest = Object.fromEntries(Object.entries(strays).filter(([name]) => !known.has(name)));
  const kinds = new Map<string, Secrecy>();
  const folders: string[] = [];
  const placeOf = (path: Path): Path => ["plugins", key, "params", ...path];
  const writtenAs = (path: Path): string | undefined => {
    const written = reading.writtenAs(path);
    return written === undefined ? undefined : shownWritten(written, kinds.get(JSON.stringify(path)) ?? "secret");
  };
  // Only in params that were checked a text was read as the number that the plugin wants.
  const reading: Reading = {
    isTyped: complete !== undefined,
    writtenAs: (path) => config.writtenAs(placeOf(path)),
    textOf: (path) => config.textOf(placeOf(path)),
  };
  const show = (values: Values, schema: Schema): unknown => {
    const copy = copyValue(values);
    visitParams(schema, values, (path, node, kind) => {
      kinds.set(JSON.stringify(path), kind);
      if (typeof node === "string" && (valueAt(given, path) ?? valueAt(strays, path)) !== undefined)
        folders.push(config.directoryOf(placeOf(path)));
      const name = path.at(-1);
      if (name === undefined) return;
      const parent = valueAt(copy, path.slice(0, -1));
      // Where nothing is wrong a key is what it was meant to be.
      const shown = kind !== "public" && isBroken && typeof name === "string" ? shownKey(name, node) : name;
      if (shown !== name) delete (parent as Record<string, unknown>)[name];
      setOwn(parent, shown, shownValue(node, kind, path, reading));
    });
    return copy;
  };
  const isEmpty = complete === undefined && Object.keys(params).length === 0;
  const isGuarded = root === NO_SCHEMA && Object.keys({ ...given, ...strays }).length > 0;
  // First, so that those of the params replace them.
  const shownStrays = show(rest, NO_SCHEMA) as Values;
  return { params: isEmpty ? undefined : show(params, root), strays: shownStrays, isGuarded, folders, writtenAs };
}

/** How a value came to be. */
interface Reading {
  readonly isTyped: boolean;
  writtenAs(path: Path): string | undefined;
  /** As it is written without quotes. */
  textOf(path: Path): string | undefined;
}

function shownValue(node: unknown, kind: Secrecy, path: Path, { isTyped, writtenAs, textOf }: Reading): unknown {
  if (kind === "secret") return shownSecret(node, path, writtenAs) ?? MASK;
  const written = writtenAs(path);
  // A variable that is not set leaves the text as it is.
  const isOpen = written !== undefined && node === written;
  if (written !== undefined && (isOpen || !isTyped || kind !== "public" || hasUserInfo(written, node)))
    return shownWritten(written, kind);
  if (kind === "unknown" && (typeof node === "string" || typeof node === "number")) return MASK;
  const text = isTyped ? undefined : textOf(path);
  // What it is depends on what the plugin wants: `0123` may be a text, `yes` may be true.
  if (text !== undefined && (typeof node === "number" || typeof node === "boolean" || FLAG.test(text)))
    return new WrittenScalar(node as string | number | boolean, text);
  return typeof node === "string" ? escapeReferences(withoutUserInfo(node)) : node;
}

/** Whether a URL has user info: what was put in may be such that it no longer looks like that. */
function hasUserInfo(written: string, node: unknown): boolean {
  return mayHaveUserInfo(written) || (typeof node === "string" && mayHaveUserInfo(node));
}

/** A secret in which references are written; undefined if there are none. All else in it is masked. */
function shownSecret(node: unknown, path: Path, writtenAs: (path: Path) => string | undefined): unknown {
  if (!isPlain(node)) {
    const written = writtenAs(path);
    return written === undefined ? undefined : maskLiterals(written);
  }
  const names = Object.keys(node);
  const copy = (Array.isArray(node) ? [] : {}) as Record<string, unknown>;
  let isShown = names.length === 0;
  for (const name of names) {
    const step = Array.isArray(node) ? Number(name) : name;
    const value = valueAt(node, [step]);
    const shown = shownSecret(value, [...path, step], writtenAs);
    if (shown !== undefined) isShown = true;
    setOwn(copy, typeof step === "string" ? shownKey(step, value) : step, shown ?? MASK);
  }
  return isShown ? copy : undefined;
}

function shownWritten(written: string, kind: Secrecy): string {
  if (kind === "secret") return maskLiterals(written);
  return maskWrittenUserInfo(kind === "public" ? written : maskDefaults(written));
}
