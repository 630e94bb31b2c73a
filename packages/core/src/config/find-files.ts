import { basename, dirname } from "node:path";
import type { Clock } from "@cloudmarker/store-api";
import type { ConfigProblem } from "../errors.ts";
import { quote } from "../validation/show.ts";
import { expandPath } from "./expand-path.ts";
import { findProject, type FirstFile, firstOf } from "./find-project.ts";
import { lookInto, similarIn } from "./folder-look.ts";
import { isMissing, type LoadedFile, loadFile, unreadable, whyUnreadable } from "./load-file.ts";
import { homePlaces, isOtherLanguage, MODULE_NAME, type SearchOptions, searchPlaces } from "./search-places.ts";

/** The files that were found, and warnings and problems about others. */
export interface FoundFiles {
  /** In the order of the merge. */
  readonly found: readonly LoadedFile[];
  /** Also about files that were probably meant as configuration files but were not read. */
  readonly warnings: readonly string[];
  readonly problems: readonly ConfigProblem[];
}

/** Where `~` and relative paths start, and what limits the time. */
export interface Surroundings {
  readonly cwd: string;
  readonly home: string;
  readonly clock: Clock;
}

/**
 * Reads the named files. If some of them exist, a missing one gives only a warning, as in the predecessor. Any
 * other file that cannot be read is a problem. A file that is named twice is read once, at its last place.
 */
export async function readNamed(files: readonly string[], { cwd, home, clock }: Surroundings): Promise<FoundFiles> {
  const paths = files.map((file) => expandPath(file, cwd, home));
  const found: LoadedFile[] = [];
  const problems: ConfigProblem[] = [];
  const missing: { readonly path: string; readonly error: unknown }[] = [];
  for (const path of paths.filter((one, index) => paths.lastIndexOf(one) === index)) {
    try {
      found.push(await loadFile(path, cwd, clock));
    } catch (error) {
      if (isMissing(error)) missing.push({ path, error });
      else problems.push(unreadable(path, error));
    }
  }
  // If no file was found, the run must not go on with the base configuration alone: the name may be misspelt.
  if (found.length === 0) problems.push(...missing.map(({ path, error }) => unreadable(path, error)));
  const warnings = found.length === 0 ? [] : missing.map(({ path, error }) => passedOver(path, error));
  return { found, warnings, problems };
}

/**
 * Finds the files of the machine, of the user and of the project. They are merged in this order. The first two are at
 * the places of the predecessor; its `./cloudmarker.yaml` is the first place of a project.
 */
export async function searchFiles(options: SearchOptions, { cwd, home, clock }: Surroundings): Promise<FoundFiles> {
  const { moduleName = MODULE_NAME, searchPlaces: places = searchPlaces(moduleName) } = options;
  const search = { moduleName, places, clock };
  const { first, folders, foreign, spare } = await findProject(cwd, search);
  const own: FirstFile[] = [];
  const homes = homePlaces(moduleName).map((one) => expandPath(one, cwd, home));
  for (const path of homes) {
    const one = { ...search, places: [basename(path)] };
    const { found } = await lookInto(dirname(path), one);
    const file = path === first?.path ? undefined : await firstOf(dirname(path), found, one);
    if (file) own.push(file);
  }
  const all = [...own, ...(first ? [first] : [])];
  const similar = await Promise.all([
    ...folders.map(async (folder) => ({ folder, files: await similarIn(folder, search) })),
    ...(first ? [{ folder: first.folder, files: spare }] : []),
    ...[...new Set(homes.map((path) => dirname(path)))].map(async (folder) => ({
      folder,
      files: await similarIn(folder, { ...search, places: [] }),
    })),
  ]);
  return {
    found: all.flatMap(({ file }) => file ?? []),
    warnings: [...foreign.map(leftAlone), ...notRead(similar, all, foreign, moduleName)],
    problems: all.flatMap(({ problem }) => problem ?? []),
  };
}

function notRead(
  similar: readonly { readonly folder: string; readonly files: readonly string[] }[],
  firsts: readonly FirstFile[],
  foreign: readonly string[],
  moduleName: string,
): readonly string[] {
  const listed = new Set(similar.flatMap((one) => one.files));
  const told = new Set([...firsts.map((one) => one.path), ...foreign]);
  // On a file system that ignores case, a file may have been read under a name other than the one in the list.
  const unlisted = new Set([...told].filter((path) => !listed.has(path)).map((path) => path.toLowerCase()));
  const warnings: string[] = [];
  for (const { folder, files } of similar) {
    const first = firsts.find((one) => one.folder === folder);
    for (const path of files.filter((one) => !told.has(one) && !unlisted.has(one.toLowerCase()))) {
      told.add(path);
      warnings.push(
        first
          ? `${path} is not read, since ${first.path} is.`
          : `${path} looks like a configuration file, and is not read. ${adviceFor(path, moduleName)}`,
      );
    }
  }
  return warnings;
}

/** A file in another language, or a program, must not only be renamed: its content must change. */
function adviceFor(path: string, moduleName: string): string {
  return isOtherLanguage(path)
    ? `Write it anew as YAML, in ${moduleName}.yaml.`
    : `Rename it to ${moduleName}.yaml, or name it (-c, configFile).`;
}

function leftAlone(path: string): string {
  return `${path} is not read: it, or a link on the way to it, belongs to another user and is above the current folder. Name it (-c, configFile) if you trust it.`;
}

function passedOver(path: string, error: unknown): string {
  return `The configuration file ${quote(path)} is passed over: ${whyUnreadable(error)}.`;
}
