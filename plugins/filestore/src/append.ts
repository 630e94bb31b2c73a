import { chmod, rename, stat } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { newRecords } from "./compare.ts";
import { parseJson } from "./control.ts";
import { ifThere, remove } from "./folder.ts";
import { setForeignAside } from "./foreign.ts";
import { isCompressed } from "./format.ts";
import type { Added } from "./journal.ts";
import { addedTo, begin, commit, placeOf, undo } from "./journal.ts";
import type { Locker } from "./lock.ts";
import { withLock } from "./lock.ts";
import { decodeRun } from "./names.ts";
import type { Pace } from "./pace.ts";
import { keepPace } from "./pace.ts";
import { openPlain, PRIVATE } from "./plain-file.ts";
import { keepOnly } from "./rewrite.ts";
import { lineStart, read } from "./salvage.ts";

const CHUNK_BYTES = 1 << 20;
const SYNC_BYTES = 64 << 20;
const NEWLINE = 0x0a;

/** A finished temporary file, and the file that it is added to. */
export interface Addition {
  readonly target: string;
  /** Path of the temporary file. */
  readonly source: string;
  /** Encoded run id. */
  readonly run: string;
  readonly records: number;
  /** If absent, the file keeps its own mode. */
  readonly mode: number | undefined;
}

/**
 * Adds the records of a temporary file to `target`, all or none. It takes a lock, since other processes may append to
 * it too (FS-16). It keeps a journal, so that the next run cuts off what a killed process added in part. A record that
 * this run has already added is not added again (L-10).
 * @returns notes for the receipt
 */
export function appendFile(self: Locker, addition: Addition): Promise<string[]> {
  return withLock(self, addition.target, async () => {
    const { target, run } = addition;
    await undo(self.folder, target);
    const notes = await repairTail(self.folder, addition);
    const to = await ifThere(openPlain(join(self.folder, target), "a"));
    try {
      const left = to ? await dropKnown(self, addition) : addition.records;
      if (left > 0) await add(self, { ...addition, records: left }, to);
      await remove(addition.source);
      const known = addition.records - left;
      return known > 0 ? [...notes, knownNote(target, run, known)] : notes;
    } finally {
      await to?.close();
    }
  });
}

function knownNote(target: string, run: string, known: number): string {
  const grouped = String(known).replaceAll(/\B(?=(?:\d{3})+$)/gu, ",");
  const [records, were] = known === 1 ? ["1 record", "it was"] : [`${grouped} records`, "they were"];
  return `${target} has ${records} of run ${decodeRun(run)} already; ${were} not added again.`;
}

/** Removes from the temporary file the records that this run has already added. Returns how many are left. */
async function dropKnown(self: Locker, { target, source, run, records }: Addition): Promise<number> {
  const { folder } = self;
  const before = (await addedTo(folder, target)).filter((one) => one.run === run);
  if (before.length === 0) return records;
  const part = { path: source, target };
  const places = before.map((one) => placeOf(folder, target, one));
  const novelty = await newRecords(part, places, self);
  if (novelty.count > 0 && novelty.count < records) await keepOnly(part, novelty, self);
  return novelty.count;
}

async function add(self: Locker, addition: Addition, to: FileHandle | undefined): Promise<void> {
  const { folder, token } = self;
  const { target, source, run, records, mode } = addition;
  const size = (await to?.stat())?.size;
  const start = size ?? 0;
  const added: Added = { run, token, start, end: start + (await stat(source)).size, records };
  // Nothing is known of a file that is gone.
  const runs = to ? await addedTo(folder, target) : [];
  await begin(folder, target, { ...(size !== undefined && { size }), runs: [...runs, added] });
  try {
    if (to) {
      await copy(source, target, to, self);
      if (mode !== undefined) await to.chmod(mode);
      await to.sync();
    } else await rename(source, join(folder, target));
  } catch (error) {
    // If even that fails, the next one to add to the file undoes it.
    await undo(folder, target).catch(() => undefined);
    throw error;
  }
  await commit(folder, target);
}

/** In whole lines, so that another tool that adds to the file at this moment breaks none of them. */
async function copy(source: string, target: string, to: FileHandle, pace: Pace): Promise<void> {
  const from = await openPlain(source, "r");
  try {
    let length = CHUNK_BYTES;
    let synced = 0;
    for (let at = 0; ;) {
      keepPace(pace);
      // Without these syncs the last fsync would take so long that it looks like a standstill.
      if (at - synced >= SYNC_BYTES) {
        await to.datasync();
        synced = at;
      }
      const chunk = await read(from, at, length);
      if (chunk.length === 0) return;
      const whole = isCompressed(target) || chunk.length < length ? chunk.length : chunk.lastIndexOf(NEWLINE) + 1;
      if (whole === 0) length *= 2;
      for (let done = 0; done < whole;) done += (await to.write(chunk, done, whole - done)).bytesWritten;
      at += whole;
    }
  } finally {
    await from.close();
  }
}

/**
 * The next record would become part of a line that another tool or a power cut left torn (FS-04). Nothing is cut off
 * from a file that FileStore did not write: it is set aside.
 * @returns notes for the receipt
 */
async function repairTail(folder: string, { target, source, run, mode }: Addition): Promise<string[]> {
  const path = join(folder, target);
  if (isCompressed(target) || !(await isTorn(path))) return [];
  const note = await setForeignAside(folder, target, run);
  if (note !== undefined) {
    // The new file does not inherit the permissions of the foreign one.
    if (mode === undefined) await chmod(source, PRIVATE);
    return [note];
  }
  const handle = await openPlain(path);
  try {
    const { size } = await handle.stat();
    const start = await lineStart(handle, size);
    const line = await read(handle, start, size - start);
    if (parseJson(line.toString()) === undefined) {
      await handle.truncate(start);
      return [`${target} ended in a torn line of ${line.length} bytes, which was cut off.`];
    }
    await handle.write("\n", size);
    return [];
  } finally {
    await handle.close();
  }
}

/** Whether the last line lacks its line break. */
async function isTorn(path: string): Promise<boolean> {
  const handle = await ifThere(openPlain(path));
  try {
    const size = (await handle?.stat())?.size ?? 0;
    return handle !== undefined && size > 0 && (await read(handle, size - 1, 1))[0] !== NEWLINE;
  } finally {
    await handle?.close();
  }
}
