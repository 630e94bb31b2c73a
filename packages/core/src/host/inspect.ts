import type { BatchLimits, HostHooks, Problem, StorePlugin, TapPlugin } from "@cloudmarker/store-api";
import { describe } from "../border/describe.ts";
import { limitsBy, problemOf, validateBy } from "../border/hints.ts";
import { fieldsOf } from "../border/read.ts";
import { checkConfig } from "../config/check-config.ts";
import { type LoadOptions, loadConfig } from "../config/load-config.ts";
import { maskedIn, shownPath } from "../config/slips.ts";
import { pathText } from "../config/tree.ts";
import type { AuditEntry, LoadedConfig, PluginEntry } from "../config/types.ts";
import { resolveSettings } from "../delivery/settings.ts";
import { ConfigError, type ConfigProblem, isCloudmarkerError, messageOf } from "../errors.ts";
import type { TapableHooks } from "../hooks.ts";
import type { HostOptions, StoreOption, TapOption } from "./options.ts";
import { findWorker } from "../isolation/find-worker.ts";
import type { InspectedStore, InspectedTap, Inspection } from "./inspection.ts";
import { configuredOrigin } from "./origin-of-run.ts";
import { maskError } from "../masking/mask-error.ts";
import { createMask, type Mask } from "../masking/mask.ts";
import { SecretFinder } from "../masking/secret-finder.ts";
import { findCopies } from "../plugins/find-copies.ts";
import { type LoadedPlugin, loadPlugin } from "../plugins/load-plugin.ts";
import { checkTargets } from "./same-target.ts";
import { defaultStateDir } from "./state-dir.ts";
import { closeSchema, normalizeSchema } from "../validation/normalize-schema.ts";
import type { Schema } from "../validation/schema-walk.ts";
import { quoteKey } from "../validation/show.ts";
import { suggest } from "../validation/suggest.ts";
import type { WrittenForms } from "../validation/read-texts.ts";
import { createParamsValidator } from "../validation/validate-params.ts";
import { mayStartThreads, type World } from "../world.ts";

type Path = readonly (string | number)[];
interface Found {
  readonly loaded: LoadedPlugin;
  readonly params: Record<string, unknown>;
  /** What the params make of the size of batches. */
  readonly limits: BatchLimits;
}

/**
 * Reads the configuration, finds the plugins and checks their params, in the way that {@link createHost} does.
 * @param learned told a mask for the secrets found so far, before a plugin is given any of them
 */
export async function inspectWith(
  options: HostOptions,
  world: World,
  hooks: TapableHooks<HostHooks>,
  learned: (mask: Mask) => void,
): Promise<Inspection> {
  const config = await loadConfig({
    cwd: world.cwd,
    home: world.home,
    env: world.env,
    clock: world.clock,
    ...sourceOf(options),
    transform: (value) => hooks.config.promise(value),
  });
  const inspector = new Inspector(options, world, hooks, config, learned);
  try {
    return await inspector.run();
  } catch (error) {
    throw maskError(error, inspector.secrets.mask);
  }
}

/** What there is to say of options that are wrong: their problems, and nothing of the configuration that they may have meant. */
export async function inspectNothing(world: World, problems: readonly ConfigProblem[]): Promise<Inspection> {
  const { cwd, home, env } = world;
  const config = await loadConfig({ cwd, home, env, files: [] });
  return {
    config,
    stores: [],
    taps: [],
    origin: {},
    problems,
    warnings: [],
    defaultStateDir: defaultStateDir(world),
    mask: createMask([]),
    schemaOf: async () => undefined,
  };
}

class Inspector {
  readonly #options: HostOptions;
  readonly #world: World;
  readonly #hooks: TapableHooks<HostHooks>;
  readonly #config: LoadedConfig;
  readonly #problems: ConfigProblem[];
  readonly #warnings: string[];
  /** A plugin key that two audits use is loaded and checked once. */
  readonly #found = new Map<string, Promise<Found | undefined>>();
  readonly secrets: SecretFinder;
  readonly #learned: (mask: Mask) => void;

  constructor(
    options: HostOptions,
    world: World,
    hooks: TapableHooks<HostHooks>,
    config: LoadedConfig,
    learned: (mask: Mask) => void,
  ) {
    this.#learned = learned;
    this.#options = options;
    this.#world = world;
    this.#hooks = hooks;
    this.#config = config;
    this.#problems = [...config.problems];
    this.#warnings = [...config.warnings];
    this.secrets = new SecretFinder(config);
  }

  async run(): Promise<Inspection> {
    this.#problems.push(...checkConfig(this.#config));
    const { run, audits } = this.#config.value;
    const wanted = this.#options.audit !== undefined && !this.#options.stores ? [this.#options.audit] : run;
    const { origin, problem: conflict } = configuredOrigin(
      wanted.flatMap((name) => (audits[name] ? [[name, audits[name]]] : [])),
    );
    if (conflict) this.#problem(conflict.code, conflict.message, conflict.path, "value");
    const stores: InspectedStore[] = [];
    const taps: InspectedTap[] = [];
    for (const name of wanted) {
      const audit = Object.hasOwn(audits, name) ? audits[name] : undefined;
      if (!audit) this.#unknownAudit(name);
      else await this.#audit(name, audit, stores, taps);
    }
    for (const [index, given] of (this.#options.taps ?? []).entries()) taps.push(await this.#givenTap(index, given));
    const { home, clock, around } = this.#world;
    const sound = stores.filter(
      ({ key }) => !this.#problems.some(({ path }) => path[0] === "plugins" && path[1] === key),
    );
    const targets = await checkTargets(sound, { config: this.#config, home, clock, around });
    this.#problems.push(...targets.problems);
    this.#warnings.push(...targets.warnings);
    const loaded = [...stores, ...taps].map((one) => one.loaded);
    this.#warnings.push(...findCopies(loaded), ...new Set(loaded.flatMap((one) => one.warnings)));
    this.secrets.addStrangers((key) => this.#found.has(key));
    const { mask } = this.secrets;
    const problems = this.#problems.map((problem) => {
      const path = shownPath(this.#config.plain, problem.path);
      return { ...problem, message: mask(problem.message), path };
    });
    const schemaOf = (key: string): Promise<Schema | undefined> => this.#schemaOf(key);
    return {
      config: this.#config,
      stores,
      taps,
      origin,
      problems,
      warnings: this.#warnings.map(mask),
      defaultStateDir: defaultStateDir(this.#world),
      mask,
      schemaOf,
    };
  }

  async #schemaOf(key: string): Promise<Schema | undefined> {
    const { plugins } = this.#config.value;
    const entry = Object.hasOwn(plugins, key) ? plugins[key] : undefined;
    if (!entry) return undefined;
    try {
      const found = await this.#found.get(key);
      const { plugin } = found?.loaded ?? (await this.#loadPlugin(entry.plugin, ["plugins", key, "plugin"]));
      const { root } = normalizeSchema(plugin.params, plugin.name);
      closeSchema(root);
      return root;
    } catch {
      return undefined;
    }
  }

  async #audit(name: string, audit: AuditEntry, stores: InspectedStore[], taps: InspectedTap[]): Promise<void> {
    const defaults = this.#config.value.delivery;
    const idPointers = typeof audit.id === "string" ? [audit.id] : (audit.id ?? []);
    for (const key of stringsIn(audit.stores)) {
      const found = await this.#find(key);
      if (!found) continue;
      const { loaded, params, limits } = found;
      if (loaded.plugin.kind !== "store") {
        this.#wrongKind(["audits", name, "stores"], key, "is a tap; list it under taps");
        continue;
      }
      const { plugin } = loaded;
      const batch = { ...plugin.batch, ...limits };
      const { supports } = plugin;
      const delivery = resolveSettings({ batch, supports }, defaults, this.#config.value.plugins[key]?.delivery);
      if (delivery.isolation === "thread" && loaded.path === undefined) {
        const message = `"${key}" cannot run in a thread of its own, since its plugin is given as an object; give its name or path.`;
        this.#problem("isolation", message, ["plugins", key, "plugin"], "value");
      }
      if (delivery.isolation === "thread") this.#needWorker(key);
      if (delivery.ordered && supports.ordered === false) this.#unordered(key);
      stores.push({ audit: name, key, plugin, loaded, params, delivery, idPointers });
    }
    for (const key of stringsIn(audit.taps)) {
      const found = await this.#find(key);
      if (!found) continue;
      if (found.loaded.plugin.kind !== "tap")
        this.#wrongKind(["audits", name, "taps"], key, "is a store; list it under stores");
      else if (!taps.some((tap) => tap.key === key))
        taps.push({ key, plugin: found.loaded.plugin, loaded: found.loaded, params: found.params });
    }
  }

  async #givenTap(index: number, given: TapPlugin | TapOption): Promise<InspectedTap> {
    const { plugin, params = {} } = "plugin" in given ? given : { plugin: given };
    const loaded = await loadPlugin({ ref: plugin, directory: this.#world.cwd });
    const path = ["taps", index];
    const tap = loaded.plugin;
    if (tap.kind !== "tap")
      throw new ConfigError([{ code: "wrong_kind", message: `"${tap.name}" is a store; list it under stores.`, path }]);
    return { key: tap.name, plugin: tap, loaded, params: await this.#checkParams(tap, params, path, path) };
  }

  #find(key: string): Promise<Found | undefined> {
    let found = this.#found.get(key);
    if (!found) {
      found = this.#load(key);
      this.#found.set(key, found);
    }
    return found;
  }

  async #load(key: string): Promise<Found | undefined> {
    const { plugins } = this.#config.value;
    const entry = Object.hasOwn(plugins, key) ? plugins[key] : undefined;
    // An undefined key and an entry without `plugin` are problems already.
    if (entry?.plugin === undefined || entry.plugin === null) return undefined;
    const path = ["plugins", key, "plugin"];
    let loaded: LoadedPlugin;
    try {
      loaded = await this.#loadPlugin(entry.plugin, path);
    } catch (error) {
      if (!isCloudmarkerError(error)) throw error;
      const lines = error.details === undefined ? "" : `\n${indent(error.details)}`;
      this.#problem(error.code, `${error.message}${lines}`, path, "value");
      return undefined;
    }
    return { loaded, ...(await this.#params(key, entry, loaded)) };
  }

  async #loadPlugin(ref: string | object, path: Path): Promise<LoadedPlugin> {
    const { plugins = {}, bundledFrom, allow, versions } = this.#options;
    const directory = this.#config.directoryOf(path);
    let answer: unknown = ref;
    if (typeof ref === "string") {
      answer = Object.hasOwn(plugins, ref) ? plugins[ref] : await this.#hooks.resolve.promise({ ref, from: directory });
    }
    const location = this.#config.locate(path, "value");
    const userAgent = this.#world.env["npm_config_user_agent"];
    const loaded = await loadPlugin({
      ref: isObject(answer) ? answer : ref,
      directory,
      ...(location && { location }),
      ...(bundledFrom && { bundledFrom: [...bundledFrom] }),
      ...(allow && { allow }),
      ...(versions && { versions }),
      ...(userAgent !== undefined && { userAgent }),
      clock: this.#world.clock,
      around: this.#world.around,
    });
    return typeof ref === "string" ? { ...loaded, ref } : loaded;
  }

  async #params(key: string, entry: PluginEntry, { plugin }: LoadedPlugin): Promise<Omit<Found, "loaded">> {
    const base = ["plugins", key];
    const { around } = this.#world;
    const given = this.#withStrays(key, entry, namesOf(plugin.params));
    const before = this.#problems.length;
    const params = await this.#checkParams(plugin, given, [...base, "params"], [...base, "plugin"]);
    if (plugin.kind === "store") {
      const valid = this.#problems.length === before;
      const found = valid ? (this.#ask(key, () => validateBy(plugin, params, around)) ?? []) : [];
      for (const { message, path } of found)
        this.#problem("invalid", message, this.#written([...base, "params", ...path]), "value");
      const more: Problem[] = [];
      await this.#hooks.validate.promise({ key, plugin, params }, more);
      for (const one of more) this.#tapped(key, one);
    }
    if (plugin.kind !== "store" || this.#problems.length > before) return { params, limits: {} };
    return { params, limits: this.#ask(key, () => limitsBy(plugin, params, around)) ?? {} };
  }

  /** Asks a plugin; that it answers wrongly is a problem at the place where it is named. */
  #ask<T>(key: string, question: () => T): T | undefined {
    try {
      return question();
    } catch (error) {
      if (!isCloudmarkerError(error)) throw error;
      this.#problem(error.code, error.message, ["plugins", key, "plugin"], "value");
      return undefined;
    }
  }

  /** What a tap of `host.hooks.validate` pushed. */
  #tapped(key: string, pushed: unknown): void {
    const problem = problemOf(pushed);
    if (problem) return this.#problem(problem.code ?? "invalid", problem.message, problem.path, "value");
    const message = `A tap of host.hooks.validate pushed ${describe(pushed)}; each must be { path, message }.`;
    this.#problem("PLUGIN_ANSWER_INVALID", message, ["plugins", key], "key");
  }

  async #checkParams(
    plugin: StorePlugin | TapPlugin,
    given: unknown,
    path: Path,
    blame: Path,
  ): Promise<Record<string, unknown>> {
    try {
      const validator = await createParamsValidator(plugin.params, plugin.name);
      this.secrets.addParams(validator.root, given, path);
      this.#learned(this.secrets.mask);
      const { params, problems } = await validator.check(given, path, writtenForms(this.#config));
      // A secret may be another text than the value that YAML makes of it.
      this.secrets.addParams(validator.root, params, path);
      const masked = maskedIn(given);
      for (const below of masked) this.#masked([...path, ...below]);
      const isMasked = (at: Path): boolean =>
        masked.some((below) => JSON.stringify([...path, ...below]) === JSON.stringify(at));
      for (const one of problems) if (!isMasked(one.path)) this.#problem(one.code, one.message, one.path, one.at);
      return params;
    } catch (error) {
      if (isCloudmarkerError(error))
        this.#problem(error.code, error.message + (error.details ? ` ${error.details}` : ""), blame, "value");
      else {
        const message = `The params schema of ${plugin.name} cannot be read: ${messageOf(error)}`;
        this.#problem("PLUGIN_SCHEMA_INVALID", message, blame, "value");
      }
      return {};
    }
  }

  /**
   * The predecessor's tutorial puts params directly under the plugin, where the predecessor silently ignored them. A key there that is
   * a param of the plugin is taken as one, with a warning; any other is a mistake.
   */
  #withStrays(key: string, entry: PluginEntry, known: readonly string[]): unknown {
    const { plugin: _plugin, params = {}, delivery: _delivery, ...strays } = entry;
    const names = Object.keys(strays);
    if (names.length === 0 || !isObject(params)) return params;
    const merged: Record<string, unknown> = { ...params };
    for (const name of names) {
      if (known.includes(name) && !Object.hasOwn(merged, name)) {
        merged[name] = strays[name];
        this.#warnings.push(`plugins.${key}.${name} is taken as a param; write it under plugins.${key}.params.`);
      } else if (known.includes(name)) {
        this.secrets.addBelow(["plugins", key, name]);
        this.#warnings.push(`plugins.${key}.${name} is passed over, since plugins.${key}.params has ${name} as well.`);
      } else {
        this.secrets.addBelow(["plugins", key, name]);
        const hint = suggest(name, ["plugin", "params", "delivery", ...known]);
        const advice = hint === undefined ? "Known: plugin, params, delivery." : `Did you mean "${hint}"?`;
        this.#problem(
          "unknown_key",
          `plugins.${key} has an unknown key ${quoteKey(name, strays[name])}. ${advice}`,
          ["plugins", key, name],
          "key",
        );
      }
    }
    return merged;
  }

  /** The part of a path that the configuration has: a default stands in no file. */
  #written(path: Path): Path {
    let end = path.length;
    while (end > 2 && !this.#config.locate(path.slice(0, end), "value")) end--;
    return end > 2 ? path.slice(0, end) : path;
  }

  #unknownAudit(name: string): void {
    if (this.#options.audit === undefined) return;
    const known = Object.keys(this.#config.value.audits);
    const hint = suggest(name, known);
    const advice = hint === undefined ? `Known: ${known.join(", ")}.` : `Did you mean "${hint}"?`;
    this.#problem("unknown_audit", `There is no audit called "${name}". ${advice}`, ["audits"], "key");
  }

  /** Without its code a thread would fail, and its store be tried again until the deadline. */
  #needWorker(key: string): void {
    const found = findWorker(this.#options.workerUrl, this.#world.cwd);
    const isOwn = this.#config.value.plugins[key]?.delivery?.isolation !== undefined;
    const path = [...(isOwn ? ["plugins", key] : []), "delivery", "isolation"];
    if (!mayStartThreads()) {
      const message = `"${key}" cannot run in a thread of its own, since Node was started with --permission. Start it with --allow-worker as well.`;
      return this.#problem("permission", message, path, "value");
    }
    if (!("problem" in found)) return;
    const advice =
      'Copy "@cloudmarker/core/worker" beside the bundle as worker.js, or give its place to createHost() as workerUrl.';
    const message = `"${key}" cannot run in a thread of its own, since the file that threads run is missing: ${found.problem}. ${advice}`;
    this.#problem("worker_missing", message, path, "value");
  }

  #unordered(key: string): void {
    const message = `"${key}" cannot keep records in their order; let delivery.ordered be false for it.`;
    const isOwn = this.#config.value.plugins[key]?.delivery?.ordered !== undefined;
    this.#problem("ordered", message, [...(isOwn ? ["plugins", key] : []), "delivery", "ordered"], "value");
  }

  /** Better not sent than sent as eight asterisks. */
  #masked(path: Path): void {
    const message = `${pathText(path)} is masked, as \`cloudmarker config\` prints a secret. Write the secret itself, or a reference such as \${NAME}.`;
    this.#problem("masked", message, path, "value");
  }

  #wrongKind(path: Path, key: string, what: string): void {
    this.#problem("wrong_kind", `"${key}" ${what}.`, path, "value");
  }

  #problem(code: string, message: string, path: Path, at: "key" | "value"): void {
    const location = this.#config.locate(path, at);
    this.#problems.push({ code, message, path, ...(location && { location }) });
  }
}

/** How params were written. */
function writtenForms(config: LoadedConfig): WrittenForms {
  return {
    isText: (path) => config.writtenAs(path) !== undefined,
    isInFile: (path) => config.locate(path, "value") !== undefined,
    textOf: (path) => config.textOf(path),
  };
}

function sourceOf(options: HostOptions): Pick<LoadOptions, "files" | "search" | "value"> {
  const { config, configFile, search, stores, audit = "default" } = options;
  if (stores) {
    const plugins: Record<string, StoreOption> = {};
    for (const [key, given] of Object.entries(stores)) plugins[key] = isOption(given) ? given : { plugin: given };
    return { value: { plugins, audits: { [audit]: { stores: Object.keys(stores) } }, run: [audit] } };
  }
  if (config) return { value: config };
  if (configFile === undefined) return { search };
  return { files: typeof configFile === "string" ? [configFile] : configFile };
}

function isOption(given: StorePlugin | StoreOption | string): given is StoreOption {
  return isObject(given) && "plugin" in given;
}

/** Names of the params in a schema; what cannot be read is told when the params are checked. */
function namesOf(schema: object): readonly string[] {
  const { properties } = fieldsOf(schema, ["properties"]) ?? {};
  try {
    return typeof properties === "object" && properties !== null ? Object.keys(properties) : [];
  } catch {
    return [];
  }
}

function stringsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function indent(text: string): string {
  return text
    .split("\n")
    .map((line) => `    ${line}`)
    .join("\n");
}
