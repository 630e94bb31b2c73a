import { lstat, rename, stat, unlink } from "node:fs/promises";
import { platform } from "node:os";
import { dirname, join } from "node:path";
import { syncFolder } from "@cloudmarker/store-kit/disk";
import { errnoOf, toStoreError } from "./disk-errors.ts";
import { markedName } from "./names.ts";

/**
 * Whether other users, or those of the group, can enter a folder. Always false on Windows, which has no such
 * permissions.
 */
export async function isOpenToOthers(path: string): Promise<boolean> {
  if (platform() === "win32") return false;
  for (let at = path; ; at = dirname(at)) {
    if (((await stat(at)).mode & 0o011) === 0) return false;
    if (dirname(at) === at) return true;
  }
}

/** Makes the names in a folder durable, and throws if that fails (FS-01). */
export async function syncNames(folder: string): Promise<void> {
  try {
    await syncFolder(folder);
  } catch (error) {
    throw toStoreError(error, `make the file names in ${folder} durable`);
  }
}

/** Moves under way, by target: two moves must not choose the same free name. */
const moving = new Map<string, Promise<unknown>>();

/**
 * Gives a file the name `TARGET.RUN.KIND.json` if that is free, else `TARGET.RUN-2.KIND.json` and so on: nothing is
 * ever overwritten.
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

/** Whether the name is taken, also by a link that leads nowhere. */
export async function exists(path: string): Promise<boolean> {
  return (await ifThere(lstat(path))) !== undefined;
}

/** Removes a file that may be gone already. */
export async function remove(path: string): Promise<void> {
  await ifThere(unlink(path));
}

/** The result, or undefined if there is no such file. */
export async function ifThere<T>(result: Promise<T>): Promise<T | undefined> {
  try {
    return await result;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
