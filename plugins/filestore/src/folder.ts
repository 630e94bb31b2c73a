import { constants, lstat, open, rename, stat, unlink } from "node:fs/promises";
import { platform } from "node:os";
import { dirname, join } from "node:path";
import { makeFolder } from "@cloudmarker/store-kit/disk";
import { errnoOf, toStoreError } from "./disk-errors.ts";
import { markedName } from "./names.ts";

const FEW = 10;

/**
 * Makes a folder that is missing, durably.
 * @param mode permissions of the files that it is for, in octal: who may read them may enter it
 */
export async function enterFolder(path: string, mode = "0600"): Promise<void> {
  const bits = Number.parseInt(mode, 8);
  const made = await makeFolder(path, { mode: bits | 0o700 | ((bits & 0o444) >> 2) });
  for (const folder of made) await syncFolder(dirname(folder));
}

/** Whether other users, be it of the group alone, get into a folder. Windows has other rights, of which nothing is said. */
export async function isOpenToOthers(path: string): Promise<boolean> {
  if (platform() === "win32") return false;
  for (let at = path; ; at = dirname(at)) {
    if (((await stat(at)).mode & 0o011) === 0) return false;
    if (dirname(at) === at) return true;
  }
}

/**
 * Makes the names in a folder durable. Windows cannot, and some network file systems answer EINVAL; on the others an error
 * counts (FS-01).
 */
export async function syncFolder(path: string): Promise<void> {
  if (platform() === "win32") return;
  // Of a pipe that someone put there nothing is waited for.
  const handle = await open(path, constants.O_RDONLY | (constants.O_DIRECTORY ?? 0));
  try {
    await handle.sync();
  } catch (error) {
    if (errnoOf(error) !== "EINVAL") throw toStoreError(error, `make the file names in ${path} durable`);
  } finally {
    await handle.close();
  }
}

/** Files that are being moved, by what they are of: two of them must not find the same name free. */
const moving = new Map<string, Promise<unknown>>();

/**
 * Gives a file the name `TARGET.RUN.KIND.json` where that is free, else `TARGET.RUN-2.KIND.json` and so on: nothing is ever overwritten.
 * @returns the name
 */
export async function setAside(
  path: string,
  folder: string,
  target: string,
  run: string,
  kind: "partial" | "previous",
): Promise<string> {
  const key = join(folder, target);
  const before = moving.get(key);
  const move = async (): Promise<string> => {
    await before?.catch(() => undefined);
    const name = await freeName(folder, target, run, kind);
    await rename(path, join(folder, name));
    return name;
  };
  const moved = move();
  moving.set(key, moved);
  try {
    return await moved;
  } finally {
    if (moving.get(key) === moved) moving.delete(key);
  }
}

async function freeName(folder: string, target: string, run: string, kind: string): Promise<string> {
  for (let count = 1; ; count += 1) {
    const name = markedName(target, count === 1 ? `${run}.${kind}` : `${run}-${count}.${kind}`);
    if (!(await exists(join(folder, name)))) return name;
  }
}

/** Whether there is anything of this name, be it a link to nowhere. */
export async function exists(path: string): Promise<boolean> {
  return (await ifThere(lstat(path))) !== undefined;
}

/** Removes a file that may be gone already. */
export async function remove(path: string): Promise<void> {
  await ifThere(unlink(path));
}

/** The result, or undefined where there is no such file. */
export async function ifThere<T>(result: Promise<T>): Promise<T | undefined> {
  try {
    return await result;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** The first of many sentences, and how many more there are. */
export function firstFew(sentences: readonly string[]): string[] {
  const rest = sentences.length - FEW;
  return rest > 0 ? [...sentences.slice(0, FEW), `There are ${rest} more such files.`] : [...sentences];
}
