import { dirname, join } from "node:path";
import type { ConfigProblem } from "../errors.ts";
import { userId } from "../world.ts";
import { explore } from "./explore.ts";
import { type FoundPlace, lookInto } from "./folder-look.ts";
import { isPackageFile, type LoadedFile, loadFile, loadPackageKey, unreadable } from "./load-file.ts";
import type { ProjectSearch } from "./search-places.ts";

/** The configuration file of a folder: its content, or its problem. */
export interface FirstFile {
  readonly path: string;
  readonly folder: string;
  readonly file?: LoadedFile;
  readonly problem?: ConfigProblem;
}

/** What was found of a project. */
export interface FoundProject {
  readonly first: FirstFile | undefined;
  /** The folders of the project. */
  readonly folders: readonly string[];
  /** Files of other owners, which were not read. */
  readonly foreign: readonly string[];
  /** Package files beside the first file that also have a configuration; it is not read. */
  readonly spare: readonly string[];
}

/**
 * Finds the nearest configuration file of a project, from a folder up to the top of the project. The top is the first
 * folder with a `package.json` or a repository, or else the root. Above the given folder, only files and links that
 * belong to the folder's owner, to the user or to root are used. Otherwise another user who may write into `/tmp` could
 * make us load plugins.
 */
export async function findProject(cwd: string, search: ProjectSearch): Promise<FoundProject> {
  const folders: string[] = [];
  const foreign: string[] = [];
  const trusted = new Set<number | undefined>([userId(), 0]);
  for (let folder = cwd; ; folder = dirname(folder)) {
    folders.push(folder);
    const { found, isTop, owner } = await lookInto(folder, search);
    if (folder === cwd) trusted.add(owner);
    // A parent folder that cannot be read is skipped, since its owner is unknown.
    const known = folder === cwd ? found : found.filter((one) => one.owners.length > 0);
    const ours = folder === cwd ? found : known.filter((one) => one.owners.every((uid) => trusted.has(uid)));
    const others = known.filter((one) => !ours.includes(one));
    foreign.push(...others.map(({ place }) => join(folder, place)));
    const first = await firstOf(folder, ours, search);
    if (first || isTop) return { first, folders, foreign, spare: first ? await spareOf(first, ours, search) : [] };
    // If the project has no top, the folders above may belong to anybody.
    if (folder === dirname(folder)) return { first, folders: [cwd], foreign, spare: [] };
  }
}

/** A package file may have our key although another file of the same folder was read. */
async function spareOf(first: FirstFile, ours: readonly FoundPlace[], search: ProjectSearch): Promise<string[]> {
  const spare: string[] = [];
  for (const { place, fault } of ours) {
    const path = join(first.folder, place);
    if (!isPackageFile(place) || path === first.path || fault !== undefined) continue;
    if (await loadPackageKey(path, search).catch(() => undefined)) spare.push(path);
  }
  return spare;
}

/** The first place of a folder that exists and has a configuration of ours. If it is not a file, that is a problem. */
export async function firstOf(
  folder: string,
  found: readonly FoundPlace[],
  search: ProjectSearch,
): Promise<FirstFile | undefined> {
  const odd = found.find((one) => one.isOdd);
  const before = odd ? found.slice(0, found.indexOf(odd)) : found;
  const places = before.map((one) => one.place);
  const file =
    places.length > 0 ? await tried(folder, folder, () => explore(folder, { ...search, places })) : undefined;
  if (file || !odd) return file;
  const path = join(folder, odd.place);
  if (odd.fault !== undefined) return { path, folder, problem: unreadable(path, new Error(odd.fault)) };
  return tried(folder, path, () => loadFile(path, folder, search.clock));
}

async function tried(
  folder: string,
  path: string,
  load: (path: string) => Promise<LoadedFile | undefined>,
): Promise<FirstFile | undefined> {
  try {
    const file = await load(path);
    return file && { path: file.path, folder, file };
  } catch (error) {
    return { path, folder, problem: unreadable(path, error) };
  }
}
