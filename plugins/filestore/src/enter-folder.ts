import { dirname, join } from "node:path";
import { makeFolder } from "@cloudmarker/store-kit/disk";
import { type Control, controlName, writeControl } from "./control.ts";
import { toStoreError } from "./disk-errors.ts";
import { exists, syncNames } from "./folder.ts";
import { type Finder, findLeftovers, type Found } from "./leftovers.ts";

/** The folder of an open store. */
export interface EnteredFolder {
  readonly found: Found;
  /** The file system reads `A` and `a` as one name. */
  readonly foldsCase: boolean;
}

/**
 * Makes the folder if it is missing, says in a control file that this store uses it, and looks for leftovers of earlier
 * runs.
 * @param mode permissions of the files: users who may read these may enter a new folder
 * @throws StoreError
 */
export async function enterFolder(self: Finder, control: Control, mode: number): Promise<EnteredFolder> {
  const { folder, token } = self;
  try {
    const made = await makeFolder(folder, { mode: mode | 0o700 | ((mode & 0o444) >> 2) });
    for (const one of made) await syncNames(dirname(one));
    await writeControl(folder, token, control);
    const found = await findLeftovers(self);
    return { found, foldsCase: await exists(join(folder, controlName(token).toUpperCase())) };
  } catch (error) {
    throw toStoreError(error, `use ${folder}`);
  }
}
