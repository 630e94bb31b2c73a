import { readdirSync, statSync } from "node:fs";
import { basename, dirname, extname, join, relative } from "node:path";

import { CloudmarkerError } from "../errors.ts";
import { suggest } from "../validation/suggest.ts";
import { listInstalled } from "./list-installed.ts";
import { readPackageJson, upwards } from "./package-json.ts";
import { findPackageManager, installCommand, type PackageManager } from "./package-manager.ts";
import { FIRST_PARTY, packageNameOf, type ParsedRef, shortNamesOf } from "./parse-ref.ts";
import { resolvePackage } from "./resolve-package.ts";
import type { PluginQuery } from "./types.ts";
import { askedAt, quoteRef } from "./message-parts.ts";

type PackageRef = Extract<ParsedRef, { kind: "package" }>;

/** `PLUGIN_NOT_FOUND` for a name: who asked, what was tried from where, what to install, and what looking around showed. */
export function packageNotFound(parsed: PackageRef, query: PluginQuery): CloudmarkerError {
  const { ref, candidates } = parsed;
  const { directory } = query;
  const manager = findPackageManager(directory, query.userAgent);
  const remedies = remediesFor(parsed, manager, directory);
  const meant = parsed.firstParty ? undefined : suggest(ref, knownNames(directory, ref));
  const advice = meant === undefined ? remedies[0] : `Did you mean ${quoteRef(meant)}?`;
  return new CloudmarkerError(
    "PLUGIN_NOT_FOUND",
    `Plugin ${quoteRef(ref)} is not installed. ${advice ?? ""}`.trimEnd(),
    {
      details: [
        ...askedAt(query.location),
        `Tried ${candidates.join(", ")} from ${directory}.`,
        ...(meant === undefined ? remedies.slice(1) : remedies),
        ...hints(parsed, query, manager),
      ].join("\n"),
    },
  );
}

/** `PLUGIN_NOT_FOUND` for a path that is not a file, with the file that was probably meant. */
export function fileNotFound(ref: string, path: string, query: PluginQuery): CloudmarkerError {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  const meant = isFolder ? entryOf(path) : similarFile(path);
  const what = isFolder ? `is a folder; name a file in it` : "is not a file";
  const advice = meant === undefined ? "" : ` Did you mean ${quoteRef(pathLike(ref, meant, query.directory))}?`;
  return new CloudmarkerError("PLUGIN_NOT_FOUND", `Plugin ${quoteRef(ref)} ${what}.${advice}`, {
    details: [...askedAt(query.location), `Tried ${path}.`].join("\n"),
  });
}

/** What to run, one line per package that it could be; a tap is never guessed. */
function remediesFor(parsed: PackageRef, manager: PackageManager, directory: string): readonly string[] {
  const names = [...new Set(parsed.candidates.map(packageNameOf))];
  const listed = names.find((name) => isListed(name, directory));
  if (listed !== undefined) {
    return [
      `${listed} is in package.json but not in node_modules; run in ${manager.directory}: ${installCommand(manager)}`,
    ];
  }
  const wanted = names.filter((name) => names.length === 1 || !/cloudmarker-tap(?:-|$)/.test(name));
  const commands = wanted.map((name) => installCommand(manager, name));
  return [`Install it in ${manager.directory}: ${commands.join("   or: ")}`];
}

function isListed(name: string, directory: string): boolean {
  return [...upwards(directory)].some((folder) => Object.hasOwn(readPackageJson(folder)?.dependencies ?? {}, name));
}

function knownNames(directory: string, ref: string): readonly string[] {
  const installed = listInstalled(directory).flatMap(({ name }) => shortNamesOf(name));
  return [...FIRST_PARTY, ...installed].filter((name) => name !== ref);
}

function hints(parsed: PackageRef, query: PluginQuery, manager: PackageManager): readonly string[] {
  const { ref, candidates } = parsed;
  const found: string[] = [];
  const isTried = ref.startsWith("npm:") || candidates.includes(ref);
  // "@scope" alone is not a package: the resolver would refuse it.
  const isName = !isTried && (!ref.startsWith("@") || ref.includes("/"));
  if (isName && !parsed.firstParty && resolvePackage(ref, query.directory).status !== "absent") {
    found.push(`A package "${ref}" is installed. If that is the plugin, write "npm:${ref}".`);
  }
  for (const candidate of candidates) {
    const name = packageNameOf(candidate);
    const beside = (query.bundledFrom ?? []).some((from) => resolvePackage(candidate, from).status !== "absent");
    if (beside) {
      const command = installCommand(manager, name);
      found.push(`${name} is installed beside the host only; add it to your own package.json: ${command}`);
    }
  }
  if (manager.plugAndPlay) {
    found.push("Yarn Plug'n'Play is not supported: set nodeLinker: node-modules in .yarnrc.yml and run yarn install.");
  }
  return found;
}

/** The file that a folder's package.json or habit names as its entry. */
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

/** The same name with an extension, else the name beside it that is nearest. */
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

/** A path in the style of the reference: absolute stays absolute. */
function pathLike(ref: string, path: string, directory: string): string {
  if (!/^(?:file:)?\.{1,2}[\\/]/.test(ref)) return path;
  const way = relative(directory, path).replaceAll("\\", "/");
  return way.startsWith("../") ? way : `./${way}`;
}
