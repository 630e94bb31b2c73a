import { eachMap } from "../each-map.ts";
import { isMap } from "../is-map.ts";
import type { WriteOptions } from "../options.ts";
import type { ConfigRewrite } from "../select-stores.ts";
import { type Preset, PRESETS } from "./table.ts";

/** Our own stores with a param `time`: a short name, a package, or a class path of the predecessor. */
const TIMED = /^(?:(?:npm:)?@cloudmarker\/|cloudmarker\.stores\.)?(?:esstore|mongodbstore|splunkhecstore)(?:\.\w+)?$/u;

/** The preset that `--from` names. */
export function presetOf(from: string | undefined): Preset | undefined {
  return from === undefined ? undefined : PRESETS.get(from);
}

/** The options with what `--from` says of reading, where they do not say it themselves. */
export function withPreset<Options extends Pick<WriteOptions, "from" | "select">>(options: Options): Options {
  const { select = [] } = presetOf(options.from) ?? {};
  return options.select !== undefined || select.length === 0 ? options : { ...options, select };
}

/** The inputs with the worker of the preset, in place of the names of their files. */
export function withWorker<Source extends { readonly worker: string }>(
  sources: readonly Source[],
  { from }: Pick<WriteOptions, "from">,
): readonly Source[] {
  return from === undefined ? sources : sources.map((source) => ({ ...source, worker: from }));
}

/** Whether the records are read from the places that the preset names. */
export function readsPreset({ from, select }: Pick<WriteOptions, "from" | "select">): boolean {
  const preset = presetOf(from);
  return preset !== undefined && select !== undefined && String(select) === String(preset.select);
}

/**
 * Adds what `--from` says of records to the configuration, where that does not say it: what identifies them, and for
 * our own stores across a network where their time is.
 */
export function rewriteByPreset(options: Pick<WriteOptions, "from">): ConfigRewrite | undefined {
  const { id = [], time = [] } = presetOf(options.from) ?? {};
  if (id.length === 0 && time.length === 0) return undefined;
  return (config) => ({
    ...config,
    ...(id.length > 0 && { audits: eachMap(config["audits"], (audit) => withDefault(audit, "id", id)) }),
    ...(time.length > 0 && { plugins: eachMap(config["plugins"], (entry) => withTime(entry, time)) }),
  });
}

function withTime(entry: Values, time: Preset["time"]): Values {
  const { plugin, params = {} } = entry;
  return typeof plugin === "string" && TIMED.test(plugin) && (params === null || isMap(params))
    ? { ...entry, params: withDefault(params ?? {}, "time", time) }
    : entry;
}

type Values = Record<string, unknown>;

/** An empty text means that it is not set, as in the rest of the configuration. */
function withDefault(values: Values, key: string, value: unknown): Values {
  const own = Object.hasOwn(values, key) ? values[key] : undefined;
  return own === undefined || own === null || own === "" ? { ...values, [key]: value } : values;
}
