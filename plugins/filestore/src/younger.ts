import { readdir } from "node:fs/promises";
import { type Control, controlToken, readControl } from "./control.ts";
import { toStoreError } from "./disk-errors.ts";

/**
 * What runs that are younger than one that is resumed have published, by any store. It is read when that run publishes,
 * since a younger one may have ended in the meantime.
 * @returns the encoded run id by the name of the file
 * @throws StoreError
 */
export async function publishedByYounger(folder: string, resumed: Control): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  try {
    for (const file of await readdir(folder)) {
      const token = controlToken(file);
      if (token === undefined) continue;
      // Control files of other users may be unreadable: nothing is known of their runs.
      const control = (await readControl(folder, token).catch(() => undefined))?.control;
      if (!control?.published || !isYounger(control, resumed)) continue;
      for (const { name } of control.published) names.set(name, control.run);
    }
  } catch (error) {
    throw toStoreError(error, `see what younger runs have published in ${folder}`);
  }
  return names;
}

/** Whether a run began later than another. One of an earlier version, of which that is not known, did not. */
export function isYounger({ run, startedMs = 0 }: Control, than: Control): boolean {
  return run !== than.run && startedMs > (than.startedMs ?? 0);
}
