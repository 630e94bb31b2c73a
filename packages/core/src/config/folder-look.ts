import { accessSync, constants, lstatSync, readlinkSync, type Stats, statSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { withTimeout } from "../with-timeout.ts";
import { codeOf, hasKey, isMissing, isPackageFile } from "./load-file.ts";
import { MOST_BYTES } from "./read-bounded.ts";
import { looksLikeOne, type ProjectSearch, ROOT_MARKS } from "./search-places.ts";

/** Time for a folder to answer, in milliseconds: a disk may hang. */
const FOLDER_TIMEOUT_MS = 30_000;

/** A place where something exists. */
export interface FoundPlace {
  readonly place: string;
  /** Why it cannot be read as a file: it is a folder, a pipe or a broken link. It must not be opened. */
  readonly fault?: string;
  /** It may be unreadable or too large; a bounded read finds out. */
  readonly isOdd: boolean;
  /** User ids of the owners of the file and of the links to it; empty if they are unknown. */
  readonly owners: readonly number[];
}

/** What a folder has. */
export interface FolderLook {
  /** The places where something exists, in their order. */
  readonly found: readonly FoundPlace[];
  /** Whether the folder is the top of a project. */
  readonly isTop: boolean;
  /** User id of the folder's owner; undefined if it is unknown. */
  readonly owner: number | undefined;
}

/**
 * Finds which of the places exist in a folder. Most folders have none; then nothing else is loaded. It waits for the
 * folder without blocking. If the folder answers, its disk works, so the places are checked synchronously, which is ten
 * times as fast.
 */
export async function lookInto(folder: string, search: ProjectSearch): Promise<FolderLook> {
  let owner: number | undefined;
  try {
    owner = (await withTimeout(stat(folder), FOLDER_TIMEOUT_MS, search.clock, "the disk did not answer")).uid;
  } catch (error) {
    // Reading a file of the folder reports the same error, with the name of the file.
    const found = search.places.slice(0, 1).map((place) => ({ place, isOdd: true, owners: [] }));
    if (codeOf(error) === undefined) return { found, isTop: true, owner };
  }
  const found: FoundPlace[] = [];
  for (const place of search.places) {
    const one = placeAt(folder, place);
    if (one && (!isPackageFile(place) || (await isForUs(folder, one, search)))) found.push(one);
  }
  return { found, isTop: ROOT_MARKS.some((mark) => statsOf(join(folder, mark)) !== undefined), owner };
}

/** Files that are probably meant as configuration files, in a folder and in the folders of its places. */
export async function similarIn(
  folder: string,
  { moduleName, places, clock }: ProjectSearch,
): Promise<readonly string[]> {
  const similar: string[] = [];
  for (const part of new Set([".", ...places.map((place) => dirname(place))])) {
    const listing = withTimeout(readdir(join(folder, part)), FOLDER_TIMEOUT_MS, clock, "the disk did not answer");
    const names = await listing.catch(() => []);
    const meant = names.filter((name) => places.includes(join(part, name)) || looksLikeOne(name, moduleName));
    const files = meant.filter(
      (name) => !isPackageFile(name) && statsOf(join(folder, part, name))?.isDirectory() === false,
    );
    similar.push(...files.map((name) => join(folder, part, name)));
  }
  return similar;
}

/**
 * Most package files have no configuration of ours. A package file that cannot be read is the package manager's
 * problem. A pipe is not opened: that would block.
 */
async function isForUs(folder: string, { place, fault, isOdd }: FoundPlace, search: ProjectSearch): Promise<boolean> {
  const path = join(folder, place);
  return fault === undefined ? !isOdd && (await hasKey(path, search)) : isSpecial(path);
}

function placeAt(folder: string, place: string): FoundPlace | undefined {
  const path = join(folder, place);
  const owners: number[] = [];
  try {
    const itself = lstatSync(path, { throwIfNoEntry: false });
    if (!itself) return undefined;
    owners.push(itself.uid);
    // A folder such as .config may be a link; then its owner chooses the file as well.
    for (let part = dirname(place); part !== "."; part = dirname(part)) {
      const step = lstatSync(join(folder, part));
      if (step.isSymbolicLink()) owners.push(step.uid);
    }
    const stats = itself.isSymbolicLink() ? statSync(path, { throwIfNoEntry: false }) : itself;
    if (!stats) {
      const fault = `it is a link to ${readlinkSync(path)}, and there is nothing. Mend the link, or delete it`;
      return { place, fault, isOdd: true, owners };
    }
    owners.push(stats.uid);
    if (!stats.isFile()) return { place, fault: faultOf(stats), isOdd: true, owners };
    accessSync(path, constants.R_OK);
    return { place, isOdd: stats.size > MOST_BYTES, owners };
  } catch (error) {
    return isMissing(error) ? undefined : { place, isOdd: true, owners };
  }
}

function faultOf(stats: Stats): string {
  if (stats.isDirectory())
    return "it is a folder. Rename or delete it, or name the file that is meant (-c, configFile)";
  const what = stats.isFIFO() ? "a pipe" : stats.isSocket() ? "a socket" : "a device";
  return `it is ${what}, and the search reads only regular files. Delete it, or name it (-c, configFile) if it is meant`;
}

/** Whether a path leads to a pipe, a socket or a device. */
function isSpecial(path: string): boolean {
  const stats = statsOf(path);
  return stats !== undefined && !stats.isFile() && !stats.isDirectory();
}

function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
