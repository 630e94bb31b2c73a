import {
  type BatchLimits,
  type HostHooks,
  type ParamsProblem,
  type Problem,
  type TapPlugin,
  valueAt,
} from "@cloudmarker/store-api";
import { describe } from "../border/describe.ts";
import { limitsBy, problemOf, validateBy } from "../border/hints.ts";
import { fieldsOf } from "../border/read.ts";
import { writeProblem } from "../config/problems.ts";
import { isGiven, pathText } from "../config/tree.ts";
import type { ConfigPath, PluginEntry } from "../config/types.ts";
import { failureOf } from "../errors/write-error.ts";
import { ConfigError, isCloudmarkerError } from "../errors.ts";
import type { TapableHooks } from "../hooks.ts";
import { type LoadedPlugin, loadPlugin } from "../plugins/load-plugin.ts";
import { isObject } from "../realms.ts";
import { closeSchema, normalizeSchema } from "../validation/normalize-schema.ts";
import type { Schema } from "../validation/schema-walk.ts";
import type { World } from "../world.ts";
import type { Sound } from "../validation/full-check.ts";
import { checkParams, type ParamsContext } from "./check-params.ts";
import type { InspectedTap } from "./inspection.ts";
import type { Literal } from "./literals.ts";
import type { HostOptions, TapOption } from "./options.ts";
import { withStrays } from "./strays.ts";

/** The host's options and hooks, the configuration, and where problems are reported. */
export interface EntryContext extends ParamsContext {
  readonly options: HostOptions;
  readonly world: World;
  readonly hooks: TapableHooks<HostHooks>;
}

/** An entry of `plugins`: its plugin is loaded and its params are checked. */
export interface LoadedEntry {
  readonly loaded: LoadedPlugin;
  readonly params: Record<string, unknown>;
  /** The sizes of batches that the plugin derives from the params. */
  readonly limits: BatchLimits;
}

/** Loads the plugins of a configuration and checks their params. */
export class EntryLoader {
  readonly #context: EntryContext;
  /** A plugin key that two audits use is loaded and checked once. */
  readonly #entries = new Map<string, Promise<LoadedEntry | undefined>>();

  constructor(context: EntryContext) {
    this.#context = context;
  }

  /** The entry of this key; undefined where there is none, or its plugin cannot be loaded. */
  load(key: string): Promise<LoadedEntry | undefined> {
    let entry = this.#entries.get(key);
    if (!entry) this.#entries.set(key, (entry = this.#load(key)));
    return entry;
  }

  /** Whether {@link EntryLoader.load} was asked for this key. */
  has(key: string): boolean {
    return this.#entries.has(key);
  }

  /**
   * A tap that the program gives beside the configuration.
   * @throws CloudmarkerError if it is not a tap
   */
  async loadTap(index: number, tapped: TapPlugin | TapOption): Promise<InspectedTap> {
    const { plugin, params = {} } = "plugin" in tapped ? tapped : { plugin: tapped };
    const loaded = await loadPlugin({ ref: plugin, directory: this.#context.world.cwd });
    const path = ["taps", index];
    const tap = loaded.plugin;
    if (tap.kind !== "tap")
      throw new ConfigError([{ ...writeProblem("wrong_kind", "store", { key: tap.name }), path }]);
    const given = await this.#checked(tap, params, path, path);
    return { key: tap.name, plugin: tap, loaded, params: given, isListed: false };
  }

  /** The schema of the params of this key, normalised and closed; undefined if it cannot be read. */
  async schemaOf(key: string): Promise<Schema | undefined> {
    const entry = this.#entryOf(key);
    if (!entry) return undefined;
    try {
      const known = await this.#entries.get(key);
      const { plugin } = known?.loaded ?? (await this.#loadPlugin(entry.plugin, ["plugins", key, "plugin"]));
      const { root } = normalizeSchema(plugin.params, plugin.name);
      closeSchema(root);
      return root;
    } catch {
      return undefined;
    }
  }

  #entryOf(key: string): PluginEntry | undefined {
    const { plugins } = this.#context.config.value;
    return Object.hasOwn(plugins, key) ? plugins[key] : undefined;
  }

  async #load(key: string): Promise<LoadedEntry | undefined> {
    const entry = this.#entryOf(key);
    // A key without an entry, and an entry without `plugin`, were reported before.
    if (entry?.plugin === undefined || entry.plugin === null) return undefined;
    const path = ["plugins", key, "plugin"];
    let loaded: LoadedPlugin;
    try {
      loaded = await this.#loadPlugin(entry.plugin, path);
    } catch (error) {
      if (!isCloudmarkerError(error)) throw error;
      const lines = error.details === undefined ? "" : `\n${indent(error.details)}`;
      this.#context.list.add({ code: error.code, message: `${error.message}${lines}` }, path, "value");
      return undefined;
    }
    if (loaded.plugin.kind === "tap" && entry.taps) {
      const at = ["plugins", key];
      const facts = {
        where: pathText(at),
        key: "taps",
        value: entry.taps,
        known: ["plugin", "params"],
        meant: undefined,
      };
      this.#context.list.add(writeProblem("unknown_key", "key", facts), [...at, "taps"], "key");
    }
    return { loaded, ...(await this.#params(key, entry, loaded)) };
  }

  async #loadPlugin(ref: string | object, path: ConfigPath): Promise<LoadedPlugin> {
    const { options, world, hooks, config } = this.#context;
    const { plugins = {}, bundledFrom, allow, versions } = options;
    const directory = config.directoryOf(path);
    let answer: unknown = ref;
    if (typeof ref === "string") {
      // A hook that is called compiles itself, at each start.
      if (Object.hasOwn(plugins, ref)) answer = plugins[ref];
      else if (hooks.resolve.isUsed()) answer = await hooks.resolve.promise({ ref, from: directory });
    }
    const location = config.locate(path, "value");
    const userAgent = world.env["npm_config_user_agent"];
    const loaded = await loadPlugin({
      ref: isObject(answer) ? answer : ref,
      directory,
      ...(location && { location }),
      ...(bundledFrom && { bundledFrom: [...bundledFrom] }),
      ...(allow && { allow }),
      ...(versions && { versions }),
      ...(userAgent !== undefined && { userAgent }),
      clock: world.clock,
      around: world.around,
    });
    return typeof ref === "string" ? { ...loaded, ref } : loaded;
  }

  async #params(key: string, entry: PluginEntry, { plugin }: LoadedPlugin): Promise<Omit<LoadedEntry, "loaded">> {
    const { world, hooks, list } = this.#context;
    const base = ["plugins", key];
    const given = withStrays(key, entry, namesOf(plugin.params), plugin.params, this.#context);
    const before = list.problems.length;
    const named = [...base, "plugin"];
    const params = await this.#checked(plugin, given, [...base, "params"], named);
    if (plugin.kind !== "store") return { params, limits: {} };
    const more: Problem[] = [];
    if (hooks.validate.isUsed()) await hooks.validate.promise({ key, plugin, params }, more);
    for (const one of more) this.#tapped(key, one);
    if (list.problems.length > before) return { params, limits: {} };
    return { params, limits: this.#ask(named, () => limitsBy(plugin, params, world.around)) ?? {} };
  }

  /**
   * The params with defaults, judged by the schema, and then by the plugin.
   * @param path where they stand
   * @param named where the plugin is named
   */
  async #checked(
    plugin: LoadedPlugin["plugin"],
    given: unknown,
    path: ConfigPath,
    named: ConfigPath,
  ): Promise<Record<string, unknown>> {
    const { config, list } = this.#context;
    const before = list.problems.length;
    const literals: Literal[] = [];
    const { params, sound } = await checkParams(plugin, given, path, named, this.#context, literals);
    const unread = new Set(config.problems.map((one) => pathText(one.path)));
    for (const { message, path: at, isWarning } of sound ? this.#validate(plugin, sound, given, named) : []) {
      const place = this.#written([...path, ...at], path.length);
      if (unread.has(pathText(place))) continue;
      if (isWarning) list.warn(message, place);
      else list.add({ code: "invalid", message }, place, "value");
    }
    const wrong = new Set(list.problems.slice(before).map((one) => pathText(one.path)));
    for (const { path: at, problem } of literals) if (!wrong.has(pathText(at))) list.warn(problem.message, at);
    return params;
  }

  /** What the plugin finds; its `validate` gets what is given without the defaults as well. */
  #validate(
    plugin: LoadedPlugin["plugin"],
    { params, without }: Sound,
    given: unknown,
    named: ConfigPath,
  ): readonly ParamsProblem[] {
    const isSet = ([name]: [string, unknown]): boolean => isObject(given) && isGiven(valueAt(given, [name]));
    const own = Object.fromEntries(Object.entries(params).filter(isSet));
    const found = this.#ask(named, () => validateBy(plugin, params, own, this.#context.world.around)) ?? [];
    // What is wrong with the params that were left out is told already: nothing may be told to be missing but for that.
    return found.filter(({ message }) => !without.some((name) => message.includes(name)));
  }

  /** Asks a plugin. A wrong answer is a problem at the place where the plugin is named. */
  #ask<T>(named: ConfigPath, question: () => T): T | undefined {
    try {
      return question();
    } catch (error) {
      if (!isCloudmarkerError(error)) throw error;
      this.#context.list.add(error, named, "value");
      return undefined;
    }
  }

  /** Adds a problem that a tap of `host.hooks.validate` pushed. */
  #tapped(key: string, pushed: unknown): void {
    const { list } = this.#context;
    const found = problemOf(pushed);
    if (found) return list.add({ code: found.code ?? "invalid", message: found.message }, found.path, "value");
    const wrong = failureOf("PLUGIN_ANSWER_INVALID", "pushed", { pushed: describe(pushed) });
    list.add(wrong, ["plugins", key], "key");
  }

  /**
   * The part of a path that is set: a default has no place.
   * @param least so many steps lead to the params
   */
  #written(path: ConfigPath, least: number): ConfigPath {
    const { config } = this.#context;
    let end = path.length;
    const isSet = (at: ConfigPath): boolean =>
      config.locate(at, "value") !== undefined || isGiven(valueAt(config.plain, at));
    while (end >= least && !isSet(path.slice(0, end))) end--;
    return end >= least ? path.slice(0, end) : path;
  }
}

/** Names of the params in a schema. A schema that cannot be read is reported when the params are checked. */
function namesOf(schema: object): readonly string[] {
  const { properties } = fieldsOf(schema, ["properties"]) ?? {};
  try {
    return isObject(properties) ? Object.keys(properties) : [];
  } catch {
    return [];
  }
}

function indent(text: string): string {
  return text
    .split("\n")
    .map((line) => `    ${line}`)
    .join("\n");
}
