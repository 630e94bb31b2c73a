import { basename, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { moduleResolve } from "import-meta-resolve";

import { findPackageDirectory, packageOf, readPackageJson, specialPackageJson, upwards } from "./package-json.ts";
import { packageNameOf } from "./parse-ref.ts";
import type { FoundPlugin } from "./types.ts";

/** What looking for a package found: its entry, nothing, or a package that has no such entry. */
export type Resolution =
  | { readonly status: "found"; readonly found: FoundPlugin }
  | { readonly status: "absent" }
  | { readonly status: "broken"; readonly directory: string; readonly cause: unknown };

/** The conditions of Node's own `import()`. With them both find the same file, so a package is loaded once. */
const CONDITIONS: Set<string> = new Set(["node", "import", "module-sync", "node-addons"]);

/**
 * Looks up a package as an `import` in a file of the folder would. `require.resolve` does not find ESM-only packages,
 * and `import.meta.resolve` ignores the folder.
 * @param from a folder, or a file URL, whose folder is used
 */
export function resolvePackage(specifier: string, from: string): Resolution {
  const directory = from.startsWith("file:") ? fileURLToPath(new URL(".", from)) : from;
  const packageName = packageNameOf(specifier);
  const installed = findPackageDirectory(packageName, directory);
  // The error of the resolver would say no more, and takes longer than all else that is done to find a plugin.
  if (installed === undefined && !isWithin(packageName, directory)) return { status: "absent" };
  try {
    const url = moduleResolve(
      specifier,
      pathToFileURL(join(baseOf(packageName, directory, installed), "a")),
      CONDITIONS,
    );
    if (url.protocol !== "file:") return { status: "absent" };
    const path = fileURLToPath(url);
    const { directory: packageDirectory = dirname(path), version } = packageOf(path) ?? {};
    const found = { path, packageName, packageDirectory, ...(version === undefined ? {} : { version }) };
    return { status: "found", found };
  } catch (cause) {
    // The resolver gives the same errors for a missing package and for a missing entry; the package's folder shows
    // which it is.
    return installed === undefined ? { status: "absent" } : { status: "broken", directory: installed, cause };
  }
}

/** Whether the folder is in the package itself, whose files may import it by its name. */
function isWithin(packageName: string, directory: string): boolean {
  for (const folder of upwards(directory)) {
    if (basename(folder) === "node_modules") return false;
    const found = readPackageJson(folder);
    if (found) return found.name === packageName;
  }
  return false;
}

/**
 * The folder to resolve from. The resolver opens the nearest `package.json`. If that is a pipe, which anybody may
 * create in a folder above, the resolver would block. Inside `node_modules` it does not look above.
 */
function baseOf(packageName: string, directory: string, installed: string | undefined): string {
  if (specialPackageJson(directory) === undefined) return directory;
  const depth = packageName.startsWith("@") ? "../.." : "..";
  return join(installed ?? join(directory, "node_modules", packageName), depth);
}
