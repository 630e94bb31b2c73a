import { realpath, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { type Clock, isError } from "@cloudmarker/store-api";
import { type ConfigProblem, messageOf } from "../errors.ts";
import { quote } from "../validation/show.ts";
import { readBounded } from "./read-bounded.ts";

/** Where configuration files are looked for, in the order in which they are merged; as in the predecessor. */
export const SEARCH_PATH: readonly string[] = [
  "/etc/cloudmarker.yaml",
  "~/.cloudmarker.yaml",
  "~/cloudmarker.yaml",
  "./cloudmarker.yaml",
];

/** A configuration file as it was found. */
export interface FoundFile {
  /** Absolute, as it was named. */
  readonly path: string;
  /** Folder of the file itself, links followed: plugins are installed beside it. */
  readonly directory: string;
  readonly bytes: Uint8Array;
}

/** What was found, and what was not. */
export interface FoundFiles {
  readonly found: readonly FoundFile[];
  readonly warnings: readonly string[];
  readonly problems: readonly ConfigProblem[];
}

/** Where `~` and relative paths start. */
export interface Folders {
  readonly cwd: string;
  readonly home: string;
}

/**
 * Reads the configuration files. Of the search path those that are missing are passed over. Of those that were asked for, one that is missing beside
 * others that are there is passed over with a warning, as in the predecessor (L-63); all other files that cannot be read are problems. A file that is named twice is read once, in its last place.
 *
 * It takes two calls of node:fs and not cosmiconfig: `cosmiconfig()` (10.0.1) first looks in the process' own folder for
 * a configuration of cosmiconfig itself and runs `.config/config.js` there, which no option turns off.
 */
export async function findFiles(
  files: readonly string[] | undefined,
  folders: Folders,
  clock: Clock,
): Promise<FoundFiles> {
  const paths = (files ?? SEARCH_PATH).map((file) => expandPath(file, folders.cwd, folders.home));
  const found: FoundFile[] = [];
  const problems: ConfigProblem[] = [];
  const missing: { readonly path: string; readonly error: unknown }[] = [];
  for (const path of paths.filter((one, index) => paths.lastIndexOf(one) === index)) {
    try {
      found.push(await read(path, folders.cwd, clock));
    } catch (error) {
      if (!isMissing(error) || (files && codeOf(error) === "EISDIR")) problems.push(unreadable(path, error));
      else if (files) missing.push({ path, error });
    }
  }
  // A name that is misspelt must not leave the base configuration alone.
  if (found.length === 0) problems.push(...missing.map(({ path, error }) => unreadable(path, error)));
  const warnings = found.length === 0 ? [] : missing.map(({ path, error }) => passedOver(path, error));
  return { found, warnings, problems };
}

function passedOver(path: string, error: unknown): string {
  return `The configuration file ${quote(path)} is passed over: ${whyUnreadable(error)}.`;
}

/** An absolute path: `~` is the home folder, anything relative starts from `from`. */
export function expandPath(path: string, from: string, home: string): string {
  return path === "~" || path.startsWith("~/") ? join(home, path.slice(1)) : resolve(from, path);
}

/** Why a file cannot be read, in words. */
export function whyUnreadable(error: unknown): string {
  switch (codeOf(error)) {
    case "ENOENT":
    case "ENOTDIR":
      return "there is no such file";
    case "EISDIR":
      return "it is a folder";
    case "EACCES":
    case "EPERM":
      return "you have no permission to read it";
    default:
      return messageOf(error);
  }
}

async function read(path: string, cwd: string, clock: Clock): Promise<FoundFile> {
  const bytes = await readBounded(path, clock);
  // `-c <(make-config)` is a pipe in no folder of its own.
  const isFile = (await stat(path)).isFile();
  return { path, bytes, directory: isFile ? dirname(await realpath(path)) : cwd };
}

function unreadable(path: string, error: unknown): ConfigProblem {
  const message = `The configuration file ${quote(path)} cannot be read: ${whyUnreadable(error)}.`;
  return { code: "CONFIG_UNREADABLE", message, path: [] };
}

/** As in the predecessor, a folder in the place of a file is no file. */
function isMissing(error: unknown): boolean {
  return ["ENOENT", "ENOTDIR", "EISDIR"].includes(codeOf(error) ?? "");
}

function codeOf(error: unknown): string | undefined {
  return isError(error) && "code" in error ? String(error.code) : undefined;
}
