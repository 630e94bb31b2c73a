import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { moduleResolve } from "import-meta-resolve";

import { findPackageDirectory, packageOf, specialPackageJson } from "./package-json.ts";
import { packageNameOf } from "./parse-ref.ts";
import type { FoundPlugin } from "./types.ts";

/** What looking for a package found: its entry, nothing, or a package that has no such entry. */
export type Resolution =
  | { readonly status: "found"; readonly found: FoundPlugin }
  | { readonly status: "absent" }
  | { readonly status: "broken"; readonly directory: string; readonly cause: unknown };

/** The conditions of Node's own `import()`, so that both arrive at the same file and a package is loaded once. */
const CONDITIONS: Set<string> = new Set(["node", "import", "module-sync", "node-addons"]);

/**
 * Looks a package up as an `import` in a file of the folder would. `require.resolve` does not find ESM-only packages,
 * and `import.meta.resolve` ignores the folder.
 * @param from a folder, or a file URL that stands for its folder
 */
export function resolvePackage(specifier: string, from: string): Resolution {
  const directory = from.startsWith("file:") ? fileURLToPath(new URL(".", from)) : from;
  const packageName = packageNameOf(specifier);
  try {
    const url = moduleResolve(specifier, pathToFileURL(join(baseOf(packageName, directory), "a")), CONDITIONS);
    if (url.protocol !== "file:") return { status: "absent" };
    const path = fileURLToPath(url);
    const { directory: packageDirectory = dirname(path), version } = packageOf(path) ?? {};
    const found = { path, packageName, packageDirectory, ...(version === undefined ? {} : { version }) };
    return { status: "found", found };
  } catch (cause) {
    // The resolver's errors do not tell a missing package from one whose entry is missing; its folder does.
    const installed = findPackageDirectory(packageName, directory);
    return installed === undefined ? { status: "absent" } : { status: "broken", directory: installed, cause };
  }
}

/**
 * The folder to resolve from. The resolver opens the nearest `package.json`, and would wait for a pipe in its place,
 * which anybody may make in a folder above. In `node_modules` it looks for no package around it.
 */
function baseOf(packageName: string, directory: string): string {
  if (specialPackageJson(directory) === undefined) return directory;
  const installed = findPackageDirectory(packageName, directory);
  const depth = packageName.startsWith("@") ? "../.." : "..";
  return join(installed ?? join(directory, "node_modules", packageName), depth);
}
