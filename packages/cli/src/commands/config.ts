import {
  ConfigError,
  EXIT,
  type DeliverySettings,
  type ExitCode,
  type InspectedStore,
  type InspectedTap,
  type LoadedConfig,
  formatProblem,
  maskSecrets,
} from "@cloudmarker/core";
import { renderYaml } from "../render/yaml.ts";
import type { Session } from "../session.ts";

type Values = Record<string, unknown>;

/**
 * `cloudmarker config`: what the configuration comes to, every value with the place that it is from, as YAML that may be used
 * again. Params show only where the plugin's schema is known, since only that tells which are secrets.
 */
export async function config(session: Session): Promise<ExitCode> {
  const { config: loaded, stores, taps, problems, warnings } = await session.host().inspect();
  const effective = effectiveConfig(loaded, [...stores, ...taps]);
  const origin = (path: readonly string[]): string => originOf(loaded, path);
  for (const warning of warnings) session.reporter.warn(warning);
  for (const problem of new ConfigError(problems).problems) session.reporter.error(formatProblem(problem));
  const exit = problems.length > 0 ? EXIT.CONFIG : EXIT.OK;
  const origins: Record<string, string> = {};
  const text = renderYaml(effective, (path) => (origins[path.join(".")] = origin(path)), session.colors);
  await session.result({ files: loaded.files, config: effective, origins, problems, warnings, exit }, () => text);
  return exit;
}

function effectiveConfig({ value }: LoadedConfig, used: readonly (InspectedStore | InspectedTap)[]): Values {
  const plugins: Values = {};
  for (const [key, { plugin }] of Object.entries(value.plugins)) {
    const ref = typeof plugin === "string" ? plugin : "(object)";
    const found = used.find((one) => one.key === key);
    const delivery = found && "delivery" in found ? { delivery: deliveryOf(found.delivery) } : {};
    plugins[key] = found
      ? { plugin: ref, params: maskSecrets(found.plugin.params, found.params), ...delivery }
      : { plugin: ref };
  }
  const audits: Values = {};
  for (const [name, { stores, taps, id, origin }] of Object.entries(value.audits)) {
    audits[name] = { stores, ...(taps && { taps }), ...(id !== undefined && { id }), ...(origin && { origin }) };
  }
  return {
    plugins,
    audits,
    run: value.run,
    markers: value.markers ?? false,
    ...(value.state_dir !== undefined && { state_dir: value.state_dir }),
  };
}

/** The settings in the shape of YAML. */
function deliveryOf(settings: DeliverySettings): Values {
  return {
    batch: { records: settings.batchRecords, bytes: settings.batchBytes, age: milliseconds(settings.batchAgeMs) },
    queue: { records: settings.queueRecords, bytes: settings.queueBytes },
    concurrency: settings.concurrency,
    ordered: settings.ordered,
    timeout: milliseconds(settings.timeoutMs),
    deadline: milliseconds(settings.deadlineMs),
    retry: { min: milliseconds(settings.retryMinMs), max: milliseconds(settings.retryMaxMs) },
  };
}

function milliseconds(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}

/** `file:line:col`, with the text before `${…}` was replaced; `default` where nobody set it. */
function originOf(loaded: LoadedConfig, path: readonly string[]): string {
  if (!has(loaded.plain, path)) {
    // `delivery` of the configuration is the default of every store's.
    const [top, , section, ...rest] = path;
    const common = ["delivery", ...rest];
    return top === "plugins" && section === "delivery" && has(loaded.plain, common)
      ? originOf(loaded, common)
      : "default";
  }
  const location = loaded.locate(path, "value");
  const from = loaded.originOf(path);
  // There is no other program here that could have put it in.
  const named = from === "the embedding program" ? "command line" : from;
  const place = location ? `${location.file}:${location.line}:${location.column}` : named;
  const written = loaded.writtenAs(path);
  return written === undefined ? place : `${written}, ${place}`;
}

function has(value: unknown, path: readonly string[]): boolean {
  let at = value;
  for (const key of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return false;
    at = (at as Values)[key];
  }
  return true;
}
