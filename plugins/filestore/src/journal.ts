import { lstat, open, rename } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import type { Place } from "./compare.ts";
import { parseJson } from "./control.ts";
import { exists, ifThere, remove, syncNames } from "./folder.ts";
import { tempName } from "./names.ts";
import { openPlain, readSmall } from "./plain-file.ts";
import { read } from "./salvage.ts";

const CHUNK_BYTES = 1 << 20;
/** Runs in the list; the additions of older ones are no longer known. */
const KNOWN_RUNS = 100;

/** The records that one run has added to a file. */
export interface Added {
  /** Encoded run id. */
  readonly run: string;
  /** Token of the store that added them. */
  readonly token: string;
  /** The first byte, and the byte after the last. */
  readonly start: number;
  readonly end: number;
  readonly records: number;
}

/**
 * The content of `.TARGET.journal`: what is about to be added to a file. A rename turns it into `.TARGET.runs`, the
 * list of what was added; from then on the records count as added (L-10). If the process is killed before, the next one
 * cuts off what it had added.
 */
export interface Journal {
  /** Size of the file before, in bytes; absent if the temporary file is renamed to it. */
  readonly size?: number;
  /** The next list of what was added; the last entry is being added now. */
  readonly runs: readonly Added[];
}

/** What runs have added to `target`; only the last runs are known. */
export async function addedTo(folder: string, target: string): Promise<readonly Added[]> {
  const text = (await readSmall(runsPath(folder, target)))?.text;
  return text === undefined ? [] : runsIn(parseJson(text));
}

/** The places of the records that were added. */
export function placeOf(folder: string, target: string, { start, end, records }: Added): Place {
  return { path: join(folder, target), target, start, end, records };
}

/** Writes the journal and makes it durable. Only for the holder of the lock. */
export async function begin(folder: string, target: string, journal: Journal): Promise<void> {
  const handle = await open(journalPath(folder, target), "wx", 0o600);
  try {
    await handle.writeFile(JSON.stringify({ ...journal, runs: journal.runs.slice(-KNOWN_RUNS) }));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await syncNames(folder);
}

/** Whether records are being added, or were added in part. */
export async function isBegun(folder: string, target: string): Promise<boolean> {
  return (await ifThere(lstat(journalPath(folder, target))))?.isFile() === true;
}

/** Ends an append: the records count as added. */
export async function commit(folder: string, target: string): Promise<void> {
  await rename(journalPath(folder, target), runsPath(folder, target));
}

/**
 * Undoes an append that was not committed, because the process failed or was killed. Only for the holder of the lock.
 */
export async function undo(folder: string, target: string): Promise<void> {
  const text = (await readSmall(journalPath(folder, target)))?.text;
  if (text === undefined) return;
  const journal = parseJson(text) as Partial<Journal> | null | undefined;
  const runs = runsIn(journal);
  const last = runs.at(-1);
  if (typeof journal?.size === "number") {
    const end = await cutOff(folder, target, journal.size, last);
    await remove(journalPath(folder, target));
    if (!last || end <= journal.size) return;
    await begin(folder, target, { size: journal.size, runs: [...runs.slice(0, -1), { ...last, end }] });
    await commit(folder, target);
  } else if (last && (await wasRenamed(folder, target, last))) {
    await commit(folder, target);
  } else {
    // The append had not begun: the journal itself is torn, or the temporary file was not renamed.
    await remove(journalPath(folder, target));
  }
}

/** The target in the name of a journal. */
export function journalTarget(file: string): string | undefined {
  return /^\.(.+)\.journal$/.exec(file)?.[1];
}

/** Whether a file lists the runs that have added to another. */
export function isListOfRuns(file: string): boolean {
  return file.startsWith(".") && file.endsWith(".runs");
}

/** Whether runs have added to a file, by the names in its folder. */
export function hasAdditions(files: ReadonlySet<string>, target: string): boolean {
  return files.has(`.${target}.journal`) || files.has(`.${target}.runs`);
}

function journalPath(folder: string, target: string): string {
  return join(folder, `.${target}.journal`);
}

function runsPath(folder: string, target: string): string {
  return join(folder, `.${target}.runs`);
}

/**
 * Cuts off what was added after `size`. A file that others have added to or replaced since stays as it is.
 * @returns the size of the file
 */
async function cutOff(folder: string, target: string, size: number, last: Added | undefined): Promise<number> {
  const handle = await ifThere(openPlain(join(folder, target)));
  if (!handle) return 0;
  try {
    const now = (await handle.stat()).size;
    if (now <= size) return now;
    if (last && !(await isBeginning(handle, size, now, join(folder, tempName({ target, ...last }))))) return now;
    await handle.truncate(size);
    await handle.sync();
    return size;
  } finally {
    await handle.close();
  }
}

/** Whether the file has nothing between the two places but the beginning of another one. */
async function isBeginning(handle: FileHandle, start: number, end: number, source: string): Promise<boolean> {
  const from = await ifThere(openPlain(source, "r"));
  if (!from) return false;
  try {
    for (let at = start; at < end; at += CHUNK_BYTES) {
      const length = Math.min(CHUNK_BYTES, end - at);
      if (!(await read(handle, at, length)).equals(await read(from, at - start, length))) return false;
    }
    return true;
  } finally {
    await from.close();
  }
}

async function wasRenamed(folder: string, target: string, { run, token, end }: Added): Promise<boolean> {
  if (await exists(join(folder, tempName({ target, run, token })))) return false;
  const found = await ifThere(lstat(join(folder, target)));
  return found !== undefined && found.isFile() && found.size >= end;
}

/** Other users of the folder may forge the list, so it only says where to look. */
function runsIn(value: unknown): readonly Added[] {
  const runs = (value as Partial<Journal> | null | undefined)?.runs;
  return Array.isArray(runs) ? runs.filter(isAdded) : [];
}

function isAdded(value: unknown): value is Added {
  const { run, token, start, end, records } = (value ?? {}) as Partial<Added>;
  const isPlace = [start, end, records].every((one) => Number.isSafeInteger(one) && Number(one) >= 0);
  return typeof run === "string" && !run.includes("/") && /^[0-9a-f]{12}$/.test(String(token)) && isPlace;
}
