import { EXIT, formatProblem, listInstalled, type ExitCode, type LoadedPlugin } from "@cloudmarker/core";
import { usageError } from "../errors.ts";
import { table } from "../render/table.ts";
import { plain } from "../render/text.ts";
import type { PluginsOptions } from "../options.ts";
import type { Session } from "../session.ts";
import { searchPlugins } from "./search-plugins.ts";
import { showPlugin } from "./show-plugin.ts";

interface Row {
  /** Key in the configuration; absent for a package that is installed and not configured. */
  readonly key?: string;
  readonly kind?: string;
  readonly plugin: string;
  readonly package?: string;
  readonly version?: string;
  readonly apiVersion?: number;
  readonly path: string;
}

/** `cloudmarker plugins`: lists plugins, describes the one that is named, or searches for more. */
export async function plugins(
  name: string | undefined,
  { search }: PluginsOptions,
  session: Session,
): Promise<ExitCode> {
  if (name !== undefined && search !== undefined) throw usageError("searchAndName", {});
  if (name !== undefined) return showPlugin(name, session);
  if (search === undefined) return listPlugins(session);
  return searchPlugins(search === true ? undefined : search, session);
}

/** Prints the plugins of the configuration, then those installed beside it. Problems go to standard error. */
async function listPlugins(session: Session): Promise<ExitCode> {
  const { config, stores, taps, problems } = await session.host().inspect();
  const rows = new Map<string, Row>();
  for (const { key, loaded } of [...stores, ...taps]) rows.set(key, rowOf(key, loaded));
  const used = new Set([...rows.values()].map((row) => row.package));
  for (const { name, version, directory } of listInstalled(config.directoryOf(["plugins"]))) {
    if (used.has(name)) continue;
    rows.set(`installed ${name}`, {
      plugin: name,
      package: name,
      ...(version !== undefined && { version }),
      path: directory,
    });
  }
  for (const problem of problems) session.reporter.error(formatProblem(problem));
  const exit = problems.length > 0 ? EXIT.CONFIG : EXIT.OK;
  const list = [...rows.values()];
  await session.result({ plugins: list, problems, exit }, () => {
    const lines = table(
      ["key", "plugin", "kind", "package", "api", "where"],
      list.map((row) => [
        row.key ?? "(not used)",
        row.plugin,
        row.kind ?? "",
        row.package ? `${row.package}@${row.version ?? "?"}` : "",
        String(row.apiVersion ?? ""),
        plain(row.path),
      ]),
      session.colors,
    );
    return `${lines.join("\n")}\n`;
  });
  return exit;
}

function rowOf(key: string, { plugin, ref, apiVersion, packageName, version, path }: LoadedPlugin): Row {
  return {
    key,
    kind: plugin.kind,
    plugin: ref,
    apiVersion,
    path: path ?? "",
    ...(packageName !== undefined && { package: packageName }),
    ...(version !== undefined && { version }),
  };
}
