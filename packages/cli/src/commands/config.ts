import { valueAt } from "@cloudmarker/store-api";
import {
  ConfigError,
  describeFiles,
  EXIT,
  type ExitCode,
  type LoadedConfig,
  formatProblem,
  showConfig,
} from "@cloudmarker/core";
import { PROGRAM } from "../blame.ts";
import type { StoreOptions } from "../options.ts";
import { plain } from "../render/text.ts";
import { renderYaml } from "../render/yaml.ts";
import type { Session } from "../session.ts";

type Values = Record<string, unknown>;
const COMMAND_LINE = "command line";

type WrittenAs = LoadedConfig["writtenAs"];

/**
 * `cloudmarker config`: prints the effective configuration as YAML that can be used again, with the place of every
 * value. Params are shown only where the plugin's schema is known, since the schema says which are secrets.
 */
export async function config(options: StoreOptions, session: Session): Promise<ExitCode> {
  const { world, reporter, colors } = session;
  const inspection = await session.host().inspect();
  const { config: loaded, problems } = inspection;
  const { cwd, home } = world;
  const shown = await showConfig(inspection, { cwd, home, ...options });
  const warnings = [...inspection.warnings, ...shown.warnings];
  for (const warning of warnings) reporter.warn(warning);
  for (const problem of new ConfigError(problems).problems) reporter.error(formatProblem(problem));
  const exit = problems.length > 0 ? EXIT.CONFIG : EXIT.OK;
  const origins: Record<string, string> = {};
  const asked: Values = { run: options.audit, state_dir: options.stateDir };
  const origin = (path: readonly string[]): string =>
    path.length === 1 && asked[path[0] ?? ""] !== undefined ? COMMAND_LINE : originOf(loaded, path, shown.writtenAs);
  const text = renderYaml(shown.config, (path) => (origins[path.join(".")] = origin(path)), colors);
  const used = describeFiles(
    loaded,
    inspection.stores.map(({ key }) => key),
  );
  const start = `# Relative paths and names of plugins start at the folder of this file: keep it in ${plain(shown.folder)}.`;
  const document = {
    files: loaded.files,
    folder: shown.folder,
    config: shown.config,
    origins,
    problems,
    warnings,
    exit,
  };
  await session.result(document, () => `${colors.dim(`# ${plain(used)}`)}\n${colors.dim(start)}\n${text}`, "verbatim");
  return exit;
}

/** `file:line:col`, with the text before `${…}` was replaced; `default` for a value that was not set. */
function originOf(loaded: LoadedConfig, path: readonly string[], writtenAs: WrittenAs): string {
  if (!has(loaded.plain, path)) {
    const [top = "", key = "", section, ...rest] = path;
    // `delivery` of the configuration is the default for every store; a param may stand beside `plugin`.
    const other = section === "delivery" ? ["delivery", ...rest] : section === "params" ? [top, key, ...rest] : [];
    return top === "plugins" && rest.length > 0 && has(loaded.plain, other)
      ? originOf(loaded, other, writtenAs)
      : "default";
  }
  const place = placeOf(loaded, path);
  const written = writtenAs(path);
  return written === undefined ? place : `${written}, ${place}`;
}

/** A list may have items of another origin: `--store` puts its own into the list of an audit. */
function placeOf(loaded: LoadedConfig, path: readonly string[]): string {
  const location = loaded.locate(path, "value");
  const from = loaded.originOf(path);
  const value = valueAt(loaded.plain, path);
  const items = Array.isArray(value) ? value.map((_item, index) => loaded.originOf([...path, index])) : [];
  if (from === PROGRAM || items.includes(PROGRAM)) return COMMAND_LINE;
  return location ? `${location.file}:${location.line}:${location.column}` : from;
}

function has(value: unknown, path: readonly string[]): boolean {
  let at = value;
  for (const key of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return false;
    at = (at as Values)[key];
  }
  return true;
}
