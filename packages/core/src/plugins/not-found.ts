import { readdirSync, statSync } from "node:fs";
import { basename, dirname, extname, join, relative } from "node:path";

import { errorOf } from "../errors/error-of.ts";
import type { Install } from "../errors/plugin-references.ts";
import type { CloudmarkerError } from "../errors.ts";
import { suggest } from "../validation/suggest.ts";
import { listInstalled } from "./list-installed.ts";
import { readPackageJson, upwards } from "./package-json.ts";
import { storeKnownAs } from "../config/known-as.ts";
import { findPackageManager, installCommand, type PackageManager } from "./package-manager.ts";
import {
  FIRST_PARTY,
  FIRST_PARTY_STORES,
  FIRST_PARTY_TAPS,
  packageNameOf,
  type ParsedRef,
  shortNamesOf,
} from "./parse-ref.ts";
import { resolvePackage } from "./resolve-package.ts";
import type { PluginQuery } from "./types.ts";

type PackageRef = Extract<ParsedRef, { kind: "package" }>;

/**
 * `PLUGIN_NOT_FOUND` for a name: where it is written, what was tried, what to install, and similar packages that were
 * found.
 */
export function packageNotFound(parsed: PackageRef, query: PluginQuery): CloudmarkerError {
  const { ref, candidates } = parsed;
  const { directory, location } = query;
  const manager = findPackageManager(directory, query.userAgent);
  if (!ref.startsWith("@") && /\.[cm]?[jt]s$/u.test(ref))
    return errorOf("PLUGIN_NOT_FOUND", "noDot", { ref, location });
  const install = howToInstall(candidates, manager, directory);
  // A short name alone does not say that anybody has published such a package.
  const isInvented = !install.listed && !parsed.firstParty && !candidates.includes(ref.replace(/^npm:/u, ""));
  return errorOf("PLUGIN_NOT_FOUND", "notInstalled", {
    ref,
    location,
    tried: candidates,
    directory,
    meant: parsed.firstParty ? undefined : (storeKnownAs(ref) ?? suggest(ref, knownNames(directory, ref))),
    install,
    isInvented,
    stores: FIRST_PARTY_STORES,
    taps: FIRST_PARTY_TAPS,
    isPackage: isOtherPackage(parsed, directory),
    beside: besideHost(candidates, query, manager),
    plugAndPlay: manager.plugAndPlay,
  });
}

/** `PLUGIN_NOT_FOUND` for a path that is not a file, with the file that was probably meant. */
export function fileNotFound(ref: string, path: string, { directory, location }: PluginQuery): CloudmarkerError {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  const near = isFolder ? entryOf(path) : similarFile(path);
  const meant = near === undefined ? undefined : pathLike(ref, near, directory);
  return errorOf("PLUGIN_NOT_FOUND", "noFile", { ref, location, path, isFolder, meant });
}

/** The commands to run, one for each package that it could be. Taps are not suggested. */
function howToInstall(candidates: readonly string[], manager: PackageManager, directory: string): Install {
  const folder = manager.directory;
  const names = [...new Set(candidates.map(packageNameOf))];
  const listed = names.find((name) => isListed(name, directory));
  if (listed !== undefined) return { folder, commands: [installCommand(manager)], listed };
  const wanted = names.filter((name) => names.length === 1 || !/cloudmarker-tap(?:-|$)/.test(name));
  return { folder, commands: wanted.map((name) => installCommand(manager, name)) };
}

function isListed(name: string, directory: string): boolean {
  return [...upwards(directory)].some((folder) => Object.hasOwn(readPackageJson(folder)?.dependencies ?? {}, name));
}

function knownNames(directory: string, ref: string): readonly string[] {
  const installed = listInstalled(directory).flatMap(({ name }) => shortNamesOf(name));
  return [...FIRST_PARTY, ...installed].filter((name) => name !== ref);
}

/** Whether a package has exactly the name of a short name that stands for other packages. */
function isOtherPackage({ ref, candidates, firstParty }: PackageRef, directory: string): boolean {
  const isTried = ref.startsWith("npm:") || candidates.includes(ref);
  // "@scope" alone is not a package: the resolver would refuse it.
  const isName = !isTried && (!ref.startsWith("@") || ref.includes("/"));
  return isName && !firstParty && resolvePackage(ref, directory).status !== "absent";
}

/** Packages that are installed only beside the host. */
function besideHost(candidates: readonly string[], { bundledFrom = [] }: PluginQuery, manager: PackageManager) {
  return candidates
    .filter((candidate) => bundledFrom.some((from) => resolvePackage(candidate, from).status !== "absent"))
    .map(packageNameOf)
    .map((name) => ({ name, command: installCommand(manager, name) }));
}

/** The entry of a folder: by its package.json, or a usual name such as index.js. */
function entryOf(folder: string): string | undefined {
  const names = [
    readPackageJson(folder)?.main ?? "",
    "index.ts",
    "index.js",
    "index.mjs",
    "src/index.ts",
    "dist/index.js",
  ];
  return names
    .filter((name) => name !== "")
    .map((name) => join(folder, name))
    .find((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true);
}

/** The same name with an extension, else the most similar name in the same folder. */
function similarFile(path: string): string | undefined {
  const folder = dirname(path);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return undefined;
  const files = readdirSync(folder).filter((file) => /\.[cm]?[jt]s$/.test(file));
  const name = basename(path);
  const near = files.find((file) => stem(file) === name || stem(file) === stem(name)) ?? suggest(name, files);
  return near === undefined ? undefined : join(folder, near);
}

function stem(file: string): string {
  return basename(file, extname(file));
}

/** Writes a path as the reference is written: absolute or relative. */
function pathLike(ref: string, path: string, directory: string): string {
  if (!/^(?:file:)?\.{1,2}[\\/]/.test(ref)) return path;
  const way = relative(directory, path).replaceAll("\\", "/");
  return way.startsWith("../") ? way : `./${way}`;
}
