import { ConfigError, EXIT, type ExitCode, type LoadedConfig, formatProblem, showConfig } from "@cloudmarker/core";
import type { StoreOptions } from "../options.ts";
import { plain } from "../render/text.ts";
import { renderYaml } from "../render/yaml.ts";
import type { Session } from "../session.ts";

type Values = Record<string, unknown>;
/** There is no other program here that could have put a value in. */
const COMMAND_LINE = "command line";

type WrittenAs = LoadedConfig["writtenAs"];

/**
 * `cloudmarker config`: what the configuration comes to, every value with the place that it is from, as YAML that may be used
 * again. Params show only where the plugin's schema is known, since only that tells which are secrets.
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
  const head = `# Relative paths and names of plugins start at the folder of this file: keep it in ${plain(shown.folder)}.`;
  const document = {
    files: loaded.files,
    folder: shown.folder,
    config: shown.config,
    origins,
    problems,
    warnings,
    exit,
  };
  await session.result(document, () => `${colors.dim(head)}\n${text}`);
  return exit;
}

/** `file:line:col`, with the text before `${…}` was replaced; `default` where nobody set it. */
function originOf(loaded: LoadedConfig, path: readonly string[], writtenAs: WrittenAs): string {
  if (!has(loaded.plain, path)) {
    const [top = "", key = "", section, ...rest] = path;
    // `delivery` of the configuration is the default of every store's; a param may stand beside `plugin`.
    const other = section === "delivery" ? ["delivery", ...rest] : section === "params" ? [top, key, ...rest] : [];
    return top === "plugins" && rest.length > 0 && has(loaded.plain, other)
      ? originOf(loaded, other, writtenAs)
      : "default";
  }
  const location = loaded.locate(path, "value");
  const from = loaded.originOf(path);
  const named = from === "the embedding program" ? COMMAND_LINE : from;
  const place = location ? `${location.file}:${location.line}:${location.column}` : named;
  const written = writtenAs(path);
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
