import { readdir } from "node:fs/promises";
import type { Control } from "./control.ts";
import { controlToken, readControl } from "./control.ts";
import { hasAdditions, isListOfRuns, journalTarget } from "./journal.ts";
import type { Locker } from "./lock.ts";
import { lockTarget, lockToken } from "./lock.ts";
import { parseTempName } from "./names.ts";
import type { TempName } from "./names.ts";
import { isAlive } from "./owner.ts";
import { rewriteToken } from "./rewrite.ts";

/** A control file that cannot be read may be about to be written. */
const UNREADABLE_MS = 60_000;

/** The store that looks for leftovers. */
export interface Finder extends Locker {
  readonly audit: string;
  readonly key: string;
}

/** What an earlier run of the same store published. */
export interface PreviousRun {
  readonly token: string;
  readonly control: Control;
}

/** A temporary file of a run that was killed. */
export interface Leftover extends TempName {
  readonly file: string;
  /** Runs have added to the target of the file, or were about to. */
  readonly isAddition: boolean;
}

/** What was found in the folder when a store was opened. */
export interface Found {
  /** As far as is known, no run of this store has published here before. */
  readonly isFirst: boolean;
  readonly previous: readonly PreviousRun[];
  readonly leftovers: readonly Leftover[];
  /** Short-lived files of dead runs. */
  readonly scraps: readonly string[];
  /** Files that runs are adding to, or were when they were killed. */
  readonly additions: readonly string[];
  /** Tokens of dead runs that published nothing. */
  readonly finished: readonly string[];
}

/**
 * Examines the folder, by its names and the control files: what dead runs left, and what earlier runs of this store
 * published.
 */
export async function findLeftovers(self: Finder): Promise<Found> {
  const files = await readdir(self.folder);
  const names = new Set(files);
  const living = new Set<string>([self.token]);
  const previous: PreviousRun[] = [];
  const finished: string[] = [];
  for (const file of files) {
    const token = controlToken(file);
    if (token === undefined || token === self.token) continue;
    // A control file of another user, which this one may not read, may belong to a living run, and counts as such.
    const found = await readControl(self.folder, token).catch(() => living.add(token) && undefined);
    if (!found) continue;
    const { control } = found;
    const alive = await isInUse(self, found);
    if (alive) living.add(token);
    if (control?.published) {
      if (control.audit === self.audit && control.key === self.key) previous.push({ token, control });
    } else if (!alive) finished.push(token);
  }
  const isLeft = (token: string | undefined): boolean => token !== undefined && !living.has(token);
  const leftovers: Leftover[] = [];
  for (const file of files) {
    const temp = parseTempName(file);
    if (temp && isLeft(temp.token)) leftovers.push({ ...temp, file, isAddition: hasAdditions(names, temp.target) });
  }
  return {
    isFirst: previous.length === 0 && !files.some(isListOfRuns),
    previous,
    leftovers,
    scraps: files.filter((file) => isLeft(lockToken(file) ?? rewriteToken(file))),
    additions: [...new Set(files.flatMap((file) => journalTarget(file) ?? lockTarget(file) ?? []))],
    finished,
  };
}

async function isInUse(
  self: Finder,
  { control, changedMs }: { control?: Control; changedMs: number },
): Promise<boolean> {
  const nowMs = self.clock.now();
  if (!control) return nowMs - changedMs < UNREADABLE_MS;
  return control.closed !== true && (await isAlive(control.owner, self.owner, changedMs, nowMs));
}
