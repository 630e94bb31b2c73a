import { lstat, open, unlink } from "node:fs/promises";
import { platform } from "node:os";
import { join } from "node:path";
import { errnoOf, toStoreError } from "./disk-errors.ts";
import { markedName } from "./names.ts";

const FEW = 10;

/**
 * Makes the names in a folder durable. Windows cannot, and some network file systems answer EINVAL; on the others an error
 * counts (FS-01).
 */
export async function syncFolder(path: string): Promise<void> {
  if (platform() === "win32") return;
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } catch (error) {
    if (errnoOf(error) !== "EINVAL") throw toStoreError(error, `make the file names in ${path} durable`);
  } finally {
    await handle.close();
  }
}

/** `NAME.MARK.json` where that is free, else `NAME.MARK-2.json` and so on: nothing is ever overwritten. */
export async function freeName(
  folder: string,
  target: string,
  run: string,
  kind: "partial" | "previous",
): Promise<string> {
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
