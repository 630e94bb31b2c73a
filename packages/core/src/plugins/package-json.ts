import { readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { isMap } from "../realms.ts";

/** The fields of a `package.json` that are read; a field of the wrong type is left out. */
export interface PackageJson {
  readonly name?: string;
  readonly version?: string;
  readonly main?: string;
  readonly packageManager?: string;
  readonly keywords: readonly string[];
  /** Every dependency of any sort: name and range. */
  readonly dependencies: Readonly<Record<string, string>>;
}

/** The `package.json` of a folder; undefined if there is none or it is not JSON. */
export function readPackageJson(directory: string): PackageJson | undefined {
  const read = readObject(join(directory, "package.json"));
  if (read === undefined) return undefined;
  const keywords = Array.isArray(read["keywords"]) ? read["keywords"] : [];
  return {
    ...strings(read, ["name", "version", "main", "packageManager"]),
    keywords: keywords.filter((keyword) => typeof keyword === "string"),
    dependencies: dependenciesOf(read),
  };
}

/** A folder, its parent, and so on to the root. */
export function* upwards(directory: string): Generator<string> {
  for (let at = directory, next = dirname(at); ; at = next, next = dirname(at)) {
    yield at;
    if (next === at) return;
  }
}

/**
 * The nearest `package.json` in a folder or above it, if it is not a regular file: opening a pipe may block without
 * end. Like Node, it does not look above `node_modules`.
 */
export function specialPackageJson(directory: string): string | undefined {
  for (const folder of upwards(directory)) {
    if (basename(folder) === "node_modules") return undefined;
    const path = join(folder, "package.json");
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats && !stats.isDirectory()) return stats.isFile() ? undefined : path;
  }
  return undefined;
}

/** The nearest `node_modules/NAME` in a folder or above it, as Node finds it. */
export function findPackageDirectory(name: string, directory: string): string | undefined {
  for (const folder of upwards(directory)) {
    const candidate = join(folder, "node_modules", name);
    if (statSync(candidate, { throwIfNoEntry: false })?.isDirectory() === true) return candidate;
  }
  return undefined;
}

/**
 * The package that a file belongs to. A nested `package.json` that only sets a module type has no version and is
 * skipped.
 */
export function packageOf(file: string): { readonly directory: string; readonly version: string } | undefined {
  for (const directory of upwards(dirname(file))) {
    const { name, version } = readPackageJson(directory) ?? {};
    if (name !== undefined && version !== undefined) return { directory, version };
  }
  return undefined;
}

function readObject(file: string): Record<string, unknown> | undefined {
  // Opening a pipe would block.
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
  try {
    const value: unknown = JSON.parse(readFileSync(file, "utf8"));
    return isMap(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function dependenciesOf(read: Record<string, unknown>): Record<string, string> {
  const all: Record<string, string> = {};
  for (const list of ["peerDependencies", "optionalDependencies", "devDependencies", "dependencies"]) {
    const entries = read[list];
    if (isMap(entries)) Object.assign(all, strings(entries, Object.keys(entries)));
  }
  return all;
}

function strings<K extends string>(from: Record<string, unknown>, keys: readonly K[]): { [P in K]?: string } {
  const found: { [P in K]?: string } = {};
  for (const key of keys) {
    const value = from[key];
    if (typeof value === "string") found[key] = value;
  }
  return found;
}
