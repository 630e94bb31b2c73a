import { findPackageDirectory, readPackageJson, upwards } from "./package-json.ts";

/** A package that looks like a plugin. */
export interface InstalledPlugin {
  readonly name: string;
  readonly version?: string;
  /** Folder of the package. */
  readonly directory: string;
}

const PLUGIN_NAME =
  /^(?:@[^/]+\/cloudmarker-(?:store|tap)(?:-.+)?|cloudmarker-(?:store|tap)-.+|@cloudmarker\/[a-z0-9]+store)$/;
const KEYWORDS: ReadonlySet<string> = new Set(["cloudmarker-store", "cloudmarker-tap"]);

/**
 * The installed packages that look like plugins by their name or a keyword, sorted by name. It checks only the packages
 * that a `package.json` of the folder, or of a folder above it, lists: a configuration file should name these. A scan
 * of the whole `node_modules` would take seconds.
 */
export function listInstalled(directory: string): readonly InstalledPlugin[] {
  const found = new Map<string, InstalledPlugin>();
  for (const folder of upwards(directory)) {
    for (const name of Object.keys(readPackageJson(folder)?.dependencies ?? {})) {
      const installed = found.has(name) ? undefined : pluginAt(name, folder);
      if (installed !== undefined) found.set(name, installed);
    }
  }
  return [...found.values()].toSorted((a, b) => Number(a.name > b.name) - Number(a.name < b.name));
}

function pluginAt(name: string, folder: string): InstalledPlugin | undefined {
  const directory = findPackageDirectory(name, folder);
  if (directory === undefined) return undefined;
  const { version, keywords = [] } = readPackageJson(directory) ?? {};
  if (!PLUGIN_NAME.test(name) && !keywords.some((keyword) => KEYWORDS.has(keyword))) return undefined;
  return { name, directory, ...(version === undefined ? {} : { version }) };
}
