import { lstat } from "node:fs/promises";
import { join } from "node:path";
import type { Published } from "./control.ts";
import { toStoreError } from "./disk-errors.ts";
import { forEach } from "./few.ts";
import { ifThere, setAside } from "./folder.ts";
import type { PreviousRun } from "./leftovers.ts";
import { decodeRun, withoutExtension } from "./names.ts";

/** A file that an earlier run published and this one did not. */
interface Outdated {
  readonly run: PreviousRun;
  readonly entry: Published;
}

/** Files that were set aside. */
export interface Retired {
  /** Notes for the receipt, one sentence for each file. */
  readonly notes: readonly string[];
  /** Tokens of the runs that have no current file any longer. */
  readonly done: readonly string[];
}

/**
 * The earlier runs that a run replaces: those that share a worker with it. Two scanners that are piped in one after the
 * other are two runs of one audit, and neither replaces the file of the other. A run of unknown workers replaces all of
 * them.
 * @param workers encoded names of its workers
 */
export function outdatedBy(previous: readonly PreviousRun[], workers: ReadonlySet<string>): readonly PreviousRun[] {
  if (workers.size === 0) return previous;
  const isShared = ({ name }: Published): boolean => workers.has(withoutExtension(name));
  return previous.filter(({ control }) => control.published?.some(isShared));
}

/**
 * Sets aside what earlier runs published and this one did not. Nothing is deleted, and nothing that has changed since
 * is touched.
 * @param current names of the files that this run published
 * @param step called after each file
 */
export async function retire(
  folder: string,
  runs: readonly PreviousRun[],
  current: ReadonlySet<string>,
  signal: AbortSignal,
  step: () => void,
): Promise<Retired> {
  const failed = new Set<PreviousRun>();
  const one = async ({ run, entry }: Outdated): Promise<string | undefined> => {
    try {
      if (!(await isUnchanged(folder, entry))) return undefined;
      const name = await setAside(join(folder, entry.name), folder, entry.name, run.control.run, "previous");
      return `${entry.name} is of run ${decodeRun(run.control.run)} and has no records in this one; it is now ${name}.`;
    } catch (error) {
      failed.add(run);
      return toStoreError(error, `set aside the files of run ${decodeRun(run.control.run)} in ${folder}`).message;
    } finally {
      step();
    }
  };
  const notes = await forEach(outdatedFiles(runs, current), signal, one);
  const done = signal.aborted ? [] : runs.filter((run) => !failed.has(run)).map(({ token }) => token);
  return { notes: notes.filter((note) => note !== undefined), done };
}

/** Files of these runs that are not current. */
export function outdatedFiles(runs: readonly PreviousRun[], current: ReadonlySet<string>): Outdated[] {
  return runs.flatMap((run) =>
    (run.control.published ?? []).filter(({ name }) => !current.has(name)).map((entry) => ({ run, entry })),
  );
}

async function isUnchanged(folder: string, entry: Published): Promise<boolean> {
  const found = await ifThere(lstat(join(folder, entry.name)));
  return found !== undefined && found.isFile() && found.size === entry.size && found.mtimeMs === entry.mtimeMs;
}
