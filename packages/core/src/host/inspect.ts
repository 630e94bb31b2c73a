import { type HostHooks, valueAt } from "@cloudmarker/store-api";
import { loadConfig } from "../config/load-config.ts";
import { writeProblem } from "../config/problems.ts";
import { shownPath } from "../config/slips.ts";
import type { AuditEntry, ConfigPath, LoadedConfig } from "../config/types.ts";
import type { ConfigProblem } from "../errors.ts";
import type { TapableHooks } from "../hooks.ts";
import { maskError } from "../masking/mask-error.ts";
import { createMask, type Mask } from "../masking/mask.ts";
import { SecretFinder } from "../masking/secret-finder.ts";
import { findCopies } from "../plugins/find-copies.ts";
import { isPlainObject } from "../realms.ts";
import { type StateSettings, stateSettings } from "../state/settings.ts";
import { suggest } from "../validation/suggest.ts";
import type { World } from "../world.ts";
import { settingsOf, sourceOf } from "./config-source.ts";
import type { InspectedStore, InspectedTap, Inspection } from "./inspection.ts";
import { type EntryContext, EntryLoader } from "./load-entry.ts";
import type { HostOptions } from "./options.ts";
import { configuredOrigin } from "./origin-of-run.ts";
import { ProblemList } from "./problem-list.ts";
import { checkTargets } from "./same-target.ts";
import { defaultStateDir, stateDirOf } from "./state-dir.ts";
import { deliveryOf } from "./store-delivery.ts";

/** Says which stores are wanted, once it is known where the state folder is. */
export type ConcernedBy = (stateDir: string, settings: StateSettings) => Promise<readonly Concerned[]>;

/** A store of an audit. */
export interface Concerned {
  readonly audit: string;
  readonly key: string;
}

/**
 * Reads the configuration, finds the plugins and checks their params, in the way that {@link createHost} does.
 * @param concerned says which stores are wanted. @default those of the audits that are to run
 * @param learned told a mask for the secrets found so far, before a plugin is given any of them
 */
export async function inspectWith(
  options: HostOptions,
  world: World,
  hooks: TapableHooks<HostHooks>,
  learned: (mask: Mask) => void,
  concerned?: ConcernedBy,
): Promise<Inspection> {
  const config = await loadConfig({
    cwd: world.cwd,
    home: world.home,
    env: world.env,
    clock: world.clock,
    ...sourceOf(options),
    over: settingsOf(options),
    transform: (value) => hooks.config.promise(value),
  });
  const list = new ProblemList(config);
  const secrets = new SecretFinder(config);
  try {
    return await new Inspector({ options, world, hooks, config, list, secrets, learned }).run(concerned);
  } catch (error) {
    throw maskError(error, secrets.mask);
  }
}

/**
 * What there is to say of options that are wrong: their problems, and nothing of the configuration that they may have
 * meant.
 */
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
    stateDir: defaultStateDir(world),
    ...stateSettings({}),
    mask: createMask([]),
    schemaOf: async () => undefined,
  };
}

class Inspector {
  readonly #context: EntryContext;
  readonly #config: LoadedConfig;
  readonly #list: ProblemList;
  readonly #loader: EntryLoader;
  readonly #stores: InspectedStore[] = [];
  readonly #taps: InspectedTap[] = [];

  constructor(context: EntryContext) {
    this.#context = context;
    this.#config = context.config;
    this.#list = context.list;
    this.#loader = new EntryLoader(context);
  }

  async run(concerned: ConcernedBy | undefined): Promise<Inspection> {
    const { options, world, secrets } = this.#context;
    const { run, audits } = this.#config.value;
    const settings = stateSettings(this.#config.value);
    const stateDir = stateDirOf(options, this.#config, world);
    if (concerned) await this.#only(await concerned(stateDir, settings.state));
    const wanted = concerned ? [] : options.audit !== undefined && !options.stores ? [options.audit] : run;
    const { origin, problem: conflict } = configuredOrigin(
      wanted.flatMap((name) => (audits[name] ? [[name, audits[name]]] : [])),
    );
    if (conflict) this.#list.add(conflict, conflict.path, "value");
    for (const name of wanted) {
      const audit = Object.hasOwn(audits, name) ? audits[name] : undefined;
      if (!audit) this.#unknownAudit(name);
      else await this.#audit(name, audit);
    }
    for (const [index, given] of (options.taps ?? []).entries())
      this.#taps.push(await this.#loader.loadTap(index, given));
    await this.#checkTargets();
    const loaded = [...this.#stores, ...this.#taps].map((one) => one.loaded);
    this.#list.warnings.push(...findCopies(loaded), ...new Set(loaded.flatMap((one) => one.warnings)));
    secrets.addStrangers((key) => this.#loader.has(key));
    const { mask } = secrets;
    return {
      config: this.#config,
      stores: this.#stores,
      taps: this.#taps,
      origin,
      problems: this.#list.problems.map((problem) => {
        const path = shownPath(this.#config.plain, problem.path);
        return { ...problem, message: mask(problem.message), path };
      }),
      warnings: this.#list.warnings.map(mask),
      defaultStateDir: defaultStateDir(world),
      stateDir,
      ...settings,
      mask,
      schemaOf: (key) => this.#loader.schemaOf(key),
    };
  }

  /** Those of them that the configuration has. A store that replaces the own ones need not be in their audit. */
  async #only(concerned: readonly Concerned[]): Promise<void> {
    const { audits, plugins } = this.#config.value;
    const { to } = this.#context.options.replay ?? {};
    const known = Object.keys(plugins);
    if (to !== undefined && !known.includes(to)) {
      const facts = { name: to, known, meant: suggest(to, known) };
      this.#list.addOption(writeProblem("undefined_plugin", "to", facts), ["replay", "to"]);
      return;
    }
    for (const [name, own] of Map.groupBy(concerned, ({ audit }) => audit)) {
      const audit: AuditEntry = Object.hasOwn(audits, name) && audits[name] ? audits[name] : { stores: [] };
      const has = stringsIn(audit.stores);
      const keys = own.map(({ key }) => key).filter((key) => key === to || has.includes(key));
      // oxlint-disable-next-line no-await-in-loop -- problems are told in order
      if (keys.length > 0) await this.#audit(name, audit, keys);
    }
  }

  async #audit(name: string, audit: AuditEntry, keys: readonly string[] = stringsIn(audit.stores)): Promise<void> {
    const ofAudit = await this.#listed(audit.taps, ["audits", name, "taps"]);
    const idPointers = typeof audit.id === "string" ? [audit.id] : (audit.id ?? []);
    for (const key of keys) {
      const entry = await this.#loader.load(key);
      if (!entry) continue;
      const { loaded, params } = entry;
      const { plugin } = loaded;
      const place = this.#placeOf(key, ["audits", name, "stores"]);
      if (plugin.kind !== "store") {
        this.#list.add(writeProblem("wrong_kind", "tap", { key }), place, "value");
        continue;
      }
      const delivery = deliveryOf(key, plugin, entry, this.#context);
      const ofPlugin = await this.#listed(this.#config.value.plugins[key]?.taps, ["plugins", key, "taps"]);
      const ofEntry = await this.#listed(audit.tapsOf?.[key], [...place, "taps"]);
      const taps = [...new Set([...ofAudit, ...ofPlugin, ...ofEntry])];
      this.#stores.push({ audit: name, key, plugin, loaded, params, delivery, idPointers, taps });
    }
  }

  /** The taps of a list. Each is loaded once, wherever it is listed. */
  async #listed(keys: unknown, path: ConfigPath): Promise<readonly InspectedTap[]> {
    const listed: InspectedTap[] = [];
    for (const key of stringsIn(keys)) {
      // oxlint-disable-next-line no-await-in-loop -- problems are told in order
      const entry = await this.#loader.load(key);
      if (!entry) continue;
      const { loaded, params } = entry;
      const { plugin } = loaded;
      if (plugin.kind !== "tap") {
        this.#list.add(writeProblem("wrong_kind", "store", { key }), this.#placeOf(key, path), "value");
        continue;
      }
      let tap = this.#taps.find((one) => one.isListed && one.key === key);
      if (!tap) this.#taps.push((tap = { key, plugin, loaded, params, isListed: true }));
      listed.push(tap);
    }
    return listed;
  }

  /** Where a list names a plugin. */
  #placeOf(key: string, path: ConfigPath): ConfigPath {
    const list = valueAt(this.#config.plain, path);
    const items: readonly unknown[] = Array.isArray(list) ? list : [];
    const index = items.findIndex((item) => item === key || (isPlainObject(item) && item["store"] === key));
    return index === -1 ? path : [...path, index];
  }

  /** Whether two stores would write to the same place, of those with nothing else wrong. */
  async #checkTargets(): Promise<void> {
    const { home, clock, around } = this.#context.world;
    const sound = this.#stores.filter(
      ({ key }) => !this.#list.problems.some(({ path }) => path[0] === "plugins" && path[1] === key),
    );
    const targets = await checkTargets(sound, { config: this.#config, home, clock, around });
    this.#list.problems.push(...targets.problems);
    this.#list.warnings.push(...targets.warnings);
  }

  #unknownAudit(name: string): void {
    if (this.#context.options.audit === undefined) return;
    const known = Object.keys(this.#config.value.audits);
    const facts = { name, known, meant: suggest(name, known) };
    this.#list.add(writeProblem("unknown_audit", "audit", facts), ["audits"], "key");
  }
}

function stringsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}
