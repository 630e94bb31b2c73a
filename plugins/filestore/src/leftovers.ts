import { readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import type { Control } from "./control.ts";
import { controlName, controlToken, readControl } from "./control.ts";
import { toStoreError } from "./disk-errors.ts";
import { firstFew, freeName, ifThere, remove } from "./folder.ts";
import { parseTempName, tempName } from "./names.ts";
import type { TempName } from "./names.ts";
import type { Owner } from "./owner.ts";
import { isAlive } from "./owner.ts";
import { salvage } from "./salvage.ts";

/** What becomes of the temporary files of a run that was killed. */
export type RecoverPolicy = "salvage" | "keep" | "delete";

/** The store that looks for leftovers. */
export interface Finder {
  readonly folder: string;
  readonly token: string;
  readonly audit: string;
  readonly key: string;
  readonly owner: Owner;
  readonly nowMs: number;
}

/** What an earlier run of the same store published. */
export interface PreviousRun {
  readonly token: string;
  readonly control: Control;
}

/** What was found when a store was opened. */
export interface Found {
  readonly previous: readonly PreviousRun[];
  /** For the receipt, one sentence each. */
  readonly notes: readonly string[];
}

/** Looks through the folder: recovers what dead runs left, and learns what earlier runs of this store published. */
export async function findLeftovers(self: Finder, policy: RecoverPolicy): Promise<Found> {
  const files = await readdir(self.folder);
  const living = new Set<string>([self.token]);
  const previous: PreviousRun[] = [];
  const finished: string[] = [];
  for (const file of files) {
    const token = controlToken(file);
    if (token === undefined || token === self.token) continue;
    // Another user's, which this one may not read, is in doubt and so alive.
    const found = await readControl(self.folder, token).catch(() => living.add(token) && undefined);
    if (!found) continue;
    const { control, changedMs } = found;
    // One that cannot be read may be about to be written.
    const alive = control
      ? await isAlive(control.owner, self.owner, changedMs, self.nowMs)
      : self.nowMs - changedMs < 60_000;
    if (alive) living.add(token);
    if (control?.published) {
      if (control.audit === self.audit && control.key === self.key) previous.push({ token, control });
    } else if (!alive) finished.push(token);
  }
  const notes: string[] = [];
  for (const file of files) {
    const temp = parseTempName(file);
    if (!temp || living.has(temp.token)) continue;
    const note = await recover(self, file, temp, policy).catch(
      (error: unknown) => `${toStoreError(error, `recover ${join(self.folder, file)}`).message}`,
    );
    if (note) notes.push(note);
  }
  for (const token of finished) await removeControl(self.folder, token);
  return { previous, notes: firstFew(notes) };
}

/** Removes the control file of a run of which nothing is left to know. */
export async function removeControl(folder: string, token: string): Promise<void> {
  await remove(join(folder, `${controlName(token)}.new`));
  await remove(join(folder, controlName(token)));
}

/**
 * Makes a valid `NAME.RUN.partial.json` of an unpublished file.
 * @returns its name; undefined where the file held no record, and was removed
 */
export async function keepAsPartial(
  folder: string,
  path: string,
  temp: Omit<TempName, "token">,
): Promise<string | undefined> {
  if (!(await salvage(path, temp.target))) {
    await remove(path);
    return undefined;
  }
  const name = await freeName(folder, temp.target, temp.run, "partial");
  await rename(path, join(folder, name));
  return name;
}

async function recover(self: Finder, file: string, temp: TempName, policy: RecoverPolicy): Promise<string | undefined> {
  const path = join(self.folder, file);
  if (policy === "keep") return `Run ${temp.run} was interrupted; its records for ${temp.target} are left in ${file}.`;
  // Taking the file by renaming it has one winner, should two processes find it at once.
  const own = join(self.folder, tempName({ ...temp, token: self.token }));
  if ((await ifThere(rename(path, own).then(() => true))) === undefined) return undefined;
  if (policy === "delete") {
    await remove(own);
    return `Run ${temp.run} was interrupted; its records for ${temp.target} were deleted, as \`recover: delete\` says.`;
  }
  try {
    const name = await keepAsPartial(self.folder, own, temp);
    return name && `Run ${temp.run} was interrupted; its records for ${temp.target} are in ${name}.`;
  } catch (error) {
    await rename(own, path);
    throw error;
  }
}
