import { accessSync, constants, statSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { withTimeout } from "../with-timeout.ts";
import { codeOf, hasKey, isMissing, isPackageFile } from "./load-file.ts";
import { MOST_BYTES } from "./read-bounded.ts";
import { looksLikeOne, type ProjectSearch, ROOT_MARKS } from "./search-places.ts";

/** Time for a folder to answer, in milliseconds: a disk may hang. */
const FOLDER_TIMEOUT_MS = 30_000;

/** A place at which there is a file. */
export interface FoundPlace {
  readonly place: string;
  /** It is not a regular file, may not be read, or is too large to be read without a limit. */
  readonly isOdd: boolean;
  /** User id of its owner; undefined where it cannot be told. */
  readonly owner: number | undefined;
}

/** What there is in a folder. */
export interface FolderLook {
  /** Those of the places at which there is a file, in their order. */
  readonly found: readonly FoundPlace[];
  /** Whether the folder is the top of a project. */
  readonly isTop: boolean;
  /** User id of the folder's owner; undefined where it cannot be told. */
  readonly owner: number | undefined;
}

/**
 * Finds which of the places exist in a folder. Most folders have none, and then nothing else is loaded. It waits for
 * the folder without blocking; a folder that answers is on a disk that works, so the places are then checked
 * synchronously, which is ten times as fast.
 */
export async function lookInto(folder: string, search: ProjectSearch): Promise<FolderLook> {
  let owner: number | undefined;
  try {
    owner = (await withTimeout(stat(folder), FOLDER_TIMEOUT_MS, search.clock, "the disk did not answer")).uid;
  } catch (error) {
    // Reading a file of it reports the same error, with the name of the file.
    const found = search.places.slice(0, 1).map((place) => ({ place, isOdd: true, owner }));
    if (codeOf(error) === undefined) return { found, isTop: true, owner };
  }
  const found: FoundPlace[] = [];
  for (const place of search.places) {
    const one = fileAt(folder, place);
    if (!one) continue;
    // One that cannot be read is a matter of the package manager; most have nothing for us.
    const isOurs = !isPackageFile(place) || (!one.isOdd && (await hasKey(join(folder, place), search)));
    if (isOurs) found.push(one);
  }
  return { found, isTop: ROOT_MARKS.some((mark) => exists(join(folder, mark))), owner };
}

/** Files of a folder, and of the folders of its places, that are probably meant as configuration files. */
export async function similarIn(
  folder: string,
  { moduleName, places, clock }: ProjectSearch,
): Promise<readonly string[]> {
  const similar: string[] = [];
  for (const part of new Set([".", ...places.map((place) => dirname(place))])) {
    const listing = withTimeout(readdir(join(folder, part)), FOLDER_TIMEOUT_MS, clock, "the disk did not answer");
    const names = await listing.catch(() => []);
    const meant = names.filter((name) => places.includes(join(part, name)) || looksLikeOne(name, moduleName));
    const files = meant.filter((name) => !isPackageFile(name) && fileAt(folder, join(part, name)));
    similar.push(...files.map((name) => join(folder, part, name)));
  }
  return similar;
}

function fileAt(folder: string, place: string): FoundPlace | undefined {
  const path = join(folder, place);
  let owner: number | undefined;
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (!stats || stats.isDirectory()) return undefined;
    owner = stats.uid;
    accessSync(path, constants.R_OK);
    return { place, isOdd: !stats.isFile() || stats.size > MOST_BYTES, owner };
  } catch (error) {
    return isMissing(error) ? undefined : { place, isOdd: true, owner };
  }
}

function exists(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}
