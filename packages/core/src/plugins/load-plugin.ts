import { realpathSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

import { fieldsOf } from "../border/read.ts";
import { systemClock } from "../clock.ts";
import { errorOf } from "../errors/error-of.ts";
import { quoteRef } from "../errors/plugin-words.ts";
import { callPlainly } from "../plugin-call.ts";
import { withTimeout } from "../with-timeout.ts";
import { checkAllowed } from "./check-allowed.ts";
import { checkShape } from "./check-shape.ts";
import { importFile } from "./import-file.ts";
import { entryMissing, loadFailed } from "./load-failure.ts";
import { fileNotFound, packageNotFound } from "./not-found.ts";
import { specialPackageJson } from "./package-json.ts";
import { ALIASES, parseRef, type ParsedRef } from "./parse-ref.ts";
import { resolvePackage } from "./resolve-package.ts";
import type { FoundPlugin, LoadedPlugin, PluginQuery } from "./types.ts";

export type { LoadedPlugin, PluginQuery } from "./types.ts";

/** Time limit for loading a plugin, in milliseconds. */
const IMPORT_TIMEOUT_MS = 30_000;

/**
 * Finds, imports and checks the plugin that a configuration names. A plugin object is only checked.
 * @throws CloudmarkerError `PLUGIN_NAME_INVALID`, `PLUGIN_NOT_FOUND`, `PLUGIN_NOT_ALLOWED`, `PLUGIN_LOAD_FAILED` or
 * `PLUGIN_SHAPE_INVALID`
 */
export async function loadPlugin(query: PluginQuery): Promise<LoadedPlugin> {
  const { ref } = query;
  if (typeof ref !== "string") return shaped(nameOf(ref), ref, {}, query);
  const found = findPlugin(parseRef(ref, query.location), query);
  await checkAllowed(ref, found, query);
  return shaped(ref, await importPlugin(ref, found, query), found, query);
}

function findPlugin(parsed: ParsedRef, query: PluginQuery): FoundPlugin {
  return parsed.kind === "path" ? findFile(parsed.ref, parsed.path, query) : findPackage(parsed, query);
}

function findFile(ref: string, written: string, query: PluginQuery): FoundPlugin {
  const path = resolve(query.directory, written);
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) throw fileNotFound(ref, path, query);
  return { path: realpathSync(path) };
}

function findPackage(parsed: Extract<ParsedRef, { kind: "package" }>, query: PluginQuery): FoundPlugin {
  const places = [query.directory, ...(parsed.firstParty ? (query.bundledFrom ?? []) : [])];
  for (const from of places) {
    for (const candidate of parsed.candidates) {
      const resolution = resolvePackage(candidate, from);
      if (resolution.status === "found") return resolution.found;
      if (resolution.status === "broken") throw entryMissing(parsed.ref, resolution.directory, query, resolution.cause);
    }
  }
  throw packageNotFound(parsed, query);
}

async function importPlugin(ref: string, found: FoundPlugin, query: PluginQuery): Promise<unknown> {
  const { clock = systemClock, around = callPlainly } = query;
  const special = specialPackageJson(dirname(found.path));
  if (special !== undefined)
    throw errorOf("PLUGIN_LOAD_FAILED", "blocked", { ...found, ref, location: query.location, special });
  let isOver = false;
  const importing = around({ plugin: ref, call: "import" }, async () => {
    try {
      return await importFile(found.path);
    } finally {
      isOver = true;
    }
  });
  try {
    return await withTimeout(importing, IMPORT_TIMEOUT_MS, clock, "no end");
  } catch (error) {
    if (isOver) throw loadFailed(ref, found, query, error);
    const facts = { ...found, ref, location: query.location, ms: IMPORT_TIMEOUT_MS };
    throw errorOf("PLUGIN_LOAD_FAILED", "tooSlow", facts);
  }
}

function shaped(ref: string, exported: unknown, found: Partial<FoundPlugin>, query: PluginQuery): LoadedPlugin {
  const result = checkShape(exported);
  if ("plugin" in result) {
    const { plugin } = result;
    return { plugin, ref, apiVersion: plugin.apiVersion, warnings: shadowed(ref, query.directory), ...found };
  }
  const { problems } = result;
  throw errorOf("PLUGIN_SHAPE_INVALID", "shape", { ...found, ref, location: query.location, problems });
}

/** Warns of a package that the prefix rule would find if the short name were not one of ours. */
function shadowed(ref: string, directory: string): readonly string[] {
  const other = `cloudmarker-store-${ref}`;
  if (!Object.hasOwn(ALIASES, ref) || resolvePackage(other, directory).status === "absent") return [];
  return [`Plugin ${quoteRef(ref)} is ${ALIASES[ref]}. ${other} is installed too; to use that one write "${other}".`];
}

function nameOf(plugin: object): string {
  const { name } = fieldsOf(plugin, ["name"]) ?? {};
  return typeof name === "string" ? name : "object";
}
