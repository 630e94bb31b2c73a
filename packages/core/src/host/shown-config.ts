import { join, relative, resolve, sep } from "node:path";
import { expandPath } from "../config/expand-path.ts";
import { isPublicPlace } from "../config/public-places.ts";
import { escapeReferences, maskDefaults, maskWrittenUserInfo } from "../config/references.ts";
import type { ConfigPath, LoadedConfig, PluginEntry } from "../config/types.ts";
import type { DeliverySettings } from "../delivery/settings.ts";
import type { Inspection } from "./inspection.ts";
import type { SpoolSettings, StateSettings } from "../state/settings.ts";
import { isPathRef } from "../plugins/parse-ref.ts";
import { isPlain } from "../validation/plain-value.ts";
import { type ShownParams, showParams } from "./shown-params.ts";

const DAY_MS = 86_400_000;

type Values = Record<string, unknown>;

/** A configuration as it may be shown to anyone, and used again. */
export interface ShownConfig {
  /**
   * In the shape of YAML. A secret is the reference that it is written as, or masked; a plain `${` is written as `$${`.
   */
  readonly config: Values;
  /**
   * The text before interpolation of the value at a path, without what may be a secret; undefined where nothing was
   * interpolated.
   */
  writtenAs(path: ConfigPath): string | undefined;
  /** Folder in which the configuration means the same: relative paths and names of plugins start there. */
  readonly folder: string;
  /**
   * Values that would mean something else in that folder, and params that are masked because their plugin is unknown.
   */
  readonly warnings: readonly string[];
}

/** Options of {@link showConfig}. */
export interface ShowOptions {
  readonly cwd: string;
  readonly home: string;
  /** The only audit to run, if one was asked for. */
  readonly audit?: string;
  /** The state folder, if one was asked for. */
  readonly stateDir?: string;
}

/**
 * The whole effective configuration, with the plugins and audits that this run does not use. A param is shown only if
 * the schema of the plugin says that it is not a secret; a plugin that this run does not use is loaded to get its
 * schema.
 */
export async function showConfig(inspection: Inspection, options: ShowOptions): Promise<ShownConfig> {
  const { config: loaded, mask } = inspection;
  const { value } = loaded;
  // That of the last file, or the current one where there is none.
  const folder = loaded.directoryOf([]);
  const warnings: string[] = [];
  const shown = new Map<string, ShownParams>();
  const plugins: [string, Values][] = [];
  for (const [key, entry] of Object.entries(value.plugins)) {
    const params = await paramsOf(key, entry, inspection);
    shown.set(key, params);
    if (params.isGuarded) warnings.push(`The plugin of plugins.${key} cannot be loaded: its params are masked.`);
    if (params.folders.some((one) => one !== folder))
      warnings.push(
        `plugins.${key} has params from ${[...new Set(params.folders)].join(" and ")}: a relative path in them starts there, and not in ${folder}.`,
      );
    plugins.push([key, pluginOf(key, entry, params, inspection, folder)]);
  }
  const stateDir = stateDirOf(inspection, options, folder);
  const config: Values = {
    plugins: Object.fromEntries(plugins),
    audits: auditsOf(loaded),
    run: options.audit === undefined ? value.run : [options.audit],
    ...(value.delivery && { delivery: value.delivery }),
    spool: spoolOf(inspection.spool),
    state: stateOf(inspection.state),
    markers: value.markers ?? false,
    state_dir: stateDir,
    state_dir_unsafe: inspection.state.unsafe,
  };
  const writtenAs = (path: ConfigPath): string | undefined => {
    const [top, key = "", section, ...rest] = path;
    if (top === "plugins" && section === "params") return shown.get(String(key))?.writtenAs(rest);
    const written = loaded.writtenAs(path);
    return written === undefined || isPublicPlace(path) ? written : maskWrittenUserInfo(maskDefaults(written));
  };
  // A default may be the secret.
  const maskedAs = (path: ConfigPath): string | undefined => {
    const written = writtenAs(path);
    return written === undefined || mask(written) === written ? written : maskDefaults(written);
  };
  const usable = { ...escapedIn(config), plugins: config.plugins };
  return {
    config: mapTexts(usable, (text, path) => (mask(text) === text ? text : (maskedAs(path) ?? text))) as Values,
    writtenAs: maskedAs,
    folder,
    warnings,
  };
}

async function paramsOf(
  key: string,
  entry: PluginEntry,
  { config, stores, taps, problems, schemaOf }: Inspection,
): Promise<ShownParams> {
  const found = [...stores, ...taps].find((one) => one.key === key);
  const { plugin: _plugin, params = {}, delivery: _delivery, taps: _taps, ...strays } = entry;
  const isEmpty = Object.keys({ ...params, ...strays }).length === 0;
  // Only if needed, since loading a plugin runs its code.
  const root = found || !isEmpty ? await schemaOf(key) : undefined;
  return showParams({
    key,
    root,
    given: params,
    strays,
    complete: found?.params,
    config,
    isBroken: problems.length > 0,
  });
}

function pluginOf(
  key: string,
  entry: PluginEntry,
  shown: ShownParams,
  { config, stores }: Inspection,
  folder: string,
): Values {
  const { plugin: ref, delivery, taps } = entry;
  const store = stores.find((one) => one.key === key);
  const directory = config.directoryOf(["plugins", key, "plugin"]);
  const name =
    typeof ref !== "string" ? "(object)" : isPathRef(ref) && directory !== folder ? resolve(directory, ref) : ref;
  const settings = store ? deliveryOf(store.delivery) : delivery;
  return {
    plugin: escapeReferences(name),
    ...(shown.params !== undefined && { params: shown.params }),
    ...(settings && { delivery: escapedIn(settings) }),
    ...(taps && { taps }),
    ...shown.strays,
  };
}

/** Those that can be run; an audit of the predecessor that has no stores is left out. */
function auditsOf({ value }: LoadedConfig): Values {
  const audits = Object.entries(value.audits).filter(
    ([name, { stores }]) => stores.length > 0 || value.run.includes(name),
  );
  return Object.fromEntries(
    audits.map(([name, { stores, taps, tapsOf = {}, id, origin }]) => [
      name,
      {
        stores: stores.map((store) => (Object.hasOwn(tapsOf, store) ? { store, taps: tapsOf[store] } : store)),
        ...(taps && { taps }),
        ...(id !== undefined && { id }),
        ...(origin && { origin }),
      },
    ]),
  );
}

/**
 * As written, where it means the same in the folder; absolute otherwise. That of the platform is shown below the home
 * folder, which others have too.
 */
function stateDirOf(
  { config, defaultStateDir }: Pick<Inspection, "config" | "defaultStateDir">,
  { cwd, home, stateDir }: ShowOptions,
  folder: string,
): string {
  if (stateDir !== undefined) return resolve(cwd, stateDir);
  const given = config.value.state_dir;
  if (given === undefined)
    return defaultStateDir.startsWith(join(home, sep)) ? `~/${relative(home, defaultStateDir)}` : defaultStateDir;
  const directory = config.directoryOf(["state_dir"]);
  return directory === folder ? given : expandPath(given, directory, home);
}

/** The settings in the shape of YAML. */
function deliveryOf(settings: DeliverySettings): Values {
  return {
    batch: { records: settings.batchRecords, bytes: settings.batchBytes, age: milliseconds(settings.batchAgeMs) },
    queue: { records: settings.queueRecords, bytes: settings.queueBytes },
    concurrency: settings.concurrency,
    ordered: settings.ordered,
    guarantee: settings.guarantee,
    isolation: settings.isolation,
    spool: settings.spool,
    timeout: milliseconds(settings.timeoutMs),
    deadline: milliseconds(settings.deadlineMs),
    fail_fast: settings.failFast,
    retry: { min: milliseconds(settings.retryMinMs), max: milliseconds(settings.retryMaxMs) },
  };
}

function spoolOf({ commitMs, maxBytes, reserveBytes, whenFull }: SpoolSettings): Values {
  return { commit: milliseconds(commitMs), max_bytes: maxBytes, reserve_bytes: reserveBytes, when_full: whenFull };
}

function stateOf({ keepMs, maxBytes }: StateSettings): Values {
  return { keep: keepMs % DAY_MS === 0 ? `${keepMs / DAY_MS}d` : milliseconds(keepMs), max_bytes: maxBytes };
}

/** A fraction stays a number: with a unit it would be rounded. */
function milliseconds(ms: number): string | number {
  if (!Number.isInteger(ms)) return ms;
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}

/** A copy in which every `${` is escaped. */
function escapedIn(values: object): Values {
  return mapTexts(values, escapeReferences) as Values;
}

/** A copy in which each text is changed. */
function mapTexts(value: unknown, change: (text: string, path: ConfigPath) => string, path: ConfigPath = []): unknown {
  if (typeof value === "string") return change(value, path);
  if (Array.isArray(value)) return value.map((child, index) => mapTexts(child, change, [...path, index]));
  if (!isPlain(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [key, mapTexts(child, change, [...path, key])]),
  );
}
