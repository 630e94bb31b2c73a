import { lstat, rename } from "node:fs/promises";
import { join } from "node:path";
import { RetryError } from "@cloudmarker/store-api";
import { appendFile } from "./append.ts";
import type { AppendContext } from "./append.ts";
import type { Control, Published } from "./control.ts";
import { writeControl } from "./control.ts";
import { toStoreError } from "./disk-errors.ts";
import { exists, firstFew, freeName, ifThere, remove, syncFolder } from "./folder.ts";
import { keepAsPartial, removeControl } from "./leftovers.ts";
import type { PreviousRun } from "./leftovers.ts";
import { withoutExtension } from "./names.ts";
import type { Output } from "./output.ts";
import type { Writer } from "./writer.ts";

const PRIVATE = 0o600;

/** What {@link publish} needs to know. */
export interface Publication extends AppendContext {
  readonly control: Control;
  readonly writer: Writer;
  /** Mode of every file; where absent, a file that is replaced hands down its own, and a new one is private (FS-13). */
  readonly mode: number | undefined;
  readonly append: boolean;
  readonly previous: readonly PreviousRun[];
  /** Of a run that is not, what is missing may come yet: its files replace none, and what it did not write is not out of date (L-07). */
  readonly complete: boolean;
  /** Encoded names of the workers that this run is about, whether or not they had records. */
  readonly about: readonly string[];
}

interface Finished {
  readonly output: Output;
  readonly entry: Published;
}

/**
 * Turns the temporary files into the files of this run: each is completed, synced and closed, then all are renamed, then the
 * folder is synced (FS-01). A file that cannot be published is kept as `NAME.RUN.partial.json`, and so is every file of an incomplete run.
 * @returns notes for the receipt
 * @throws RetryError that names every file that was not published, after the others were
 */
export async function publish(run: Publication): Promise<string[]> {
  const { folder, token } = run;
  const failures: string[] = [];
  const notes: string[] = [];
  const finished: Finished[] = [];
  const attempted = new Set<string>();
  for (const output of run.writer.outputs()) {
    attempted.add(output.target);
    if (output.records === 0) {
      await discard(run, output);
      continue;
    }
    try {
      await run.writer.finish(output, await modeOf(run, output.target));
      const { size, mtimeMs } = await lstat(output.path);
      finished.push({ output, entry: { name: output.target, size, mtimeMs } });
    } catch (error) {
      failures.push(await keep(run, output, error));
    }
  }
  const replaces = run.complete && !run.append;
  const isRecorded = finished.length > 0 && replaces && (await record(run, finished, notes));
  const beside: string[] = [];
  for (const { output } of finished) {
    try {
      if (run.append) notes.push(...(await appendFile(run, output.target, output.path, run.mode)));
      else if (run.complete) await rename(output.path, join(folder, output.target));
      else beside.push(await putBeside(run, output));
    } catch (error) {
      failures.push(await keep(run, output, error));
    }
  }
  notes.push(...firstFew(beside));
  const outdated = replaces ? await retire(run, attempted) : { notes: [], done: [] };
  await syncFolder(folder).catch((error: unknown) => failures.push(toStoreError(error, `use ${folder}`).message));
  for (const earlier of outdated.done) await removeControl(folder, earlier);
  if (!isRecorded) await removeControl(folder, token);
  notes.push(...firstFew(outdated.notes));
  if (failures.length > 0) throw new RetryError("not_published", firstFew(failures).join(" "));
  return notes;
}

/**
 * Says what is about to be published, before it is: a run that is killed between two renames is still known to have published the
 * first. On a full disk this fails, but moving files does not, so they are published all the same.
 */
async function record(run: Publication, finished: readonly Finished[], notes: string[]): Promise<boolean> {
  try {
    await writeControl(run.folder, run.token, { ...run.control, published: finished.map(({ entry }) => entry) });
    return true;
  } catch (error) {
    const { message } = toStoreError(error, `note in ${run.folder} which files this run published`);
    notes.push(`${message} The next run cannot tell which of them are out of date.`);
    return false;
  }
}

/** Publishes a file of an incomplete run without replacing any, and says where it is. */
async function putBeside(run: Publication, { target, path }: Output): Promise<string> {
  const isNew = !(await exists(join(run.folder, target)));
  const name = await freeName(run.folder, target, run.control.run, "partial");
  await rename(path, join(run.folder, name));
  const consequence = isNew ? "is not published" : "stays as it was";
  return `This run is incomplete, so ${target} ${consequence}; the records of this run are in ${name}.`;
}

/**
 * Sets aside what an earlier run published and this one did not. Only runs that share a worker with this one: two scanners that are piped
 * in one after the other are two runs of one audit, and neither makes the other's file old. A run of which no worker is known at all is about
 * all of them. Nothing is deleted, and nothing that has changed since is touched.
 */
async function retire(run: Publication, current: ReadonlySet<string>): Promise<{ notes: string[]; done: string[] }> {
  const notes: string[] = [];
  const done: string[] = [];
  const workers = new Set([...run.about, ...[...current].map(withoutExtension)]);
  for (const { token, control } of run.previous) {
    const published = control.published ?? [];
    if (workers.size > 0 && !published.some(({ name }) => workers.has(withoutExtension(name)))) continue;
    try {
      for (const entry of published) {
        if (current.has(entry.name) || !(await isUnchanged(run.folder, entry))) continue;
        const name = await freeName(run.folder, entry.name, control.run, "previous");
        await rename(join(run.folder, entry.name), join(run.folder, name));
        notes.push(`${entry.name} is of run ${control.run} and has no records in this one; it is now ${name}.`);
      }
      done.push(token);
    } catch (error) {
      notes.push(toStoreError(error, `set aside the files of run ${control.run} in ${run.folder}`).message);
    }
  }
  return { notes, done };
}

async function isUnchanged(folder: string, entry: Published): Promise<boolean> {
  const found = await ifThere(lstat(join(folder, entry.name)));
  return found !== undefined && found.isFile() && found.size === entry.size && found.mtimeMs === entry.mtimeMs;
}

async function modeOf(run: Publication, target: string): Promise<number> {
  if (run.mode !== undefined) return run.mode;
  const old = await ifThere(lstat(join(run.folder, target)));
  return old?.isFile() ? old.mode & 0o777 : PRIVATE;
}

/** Keeps what is there of a file that failed, and says so. */
async function keep(run: Publication, output: Output, cause: unknown): Promise<string> {
  const { message } = toStoreError(cause, `publish ${join(run.folder, output.target)}`);
  await run.writer.files.close(output);
  try {
    const name = await keepAsPartial(run.folder, output.path, { target: output.target, run: run.control.run });
    return `${message} What could be read back is in ${name ?? "no file: it had no complete record"}.`;
  } catch {
    return `${message} Its records are in ${output.path}; the next run recovers them.`;
  }
}

async function discard(run: Publication, output: Output): Promise<void> {
  await run.writer.files.close(output);
  if (output.created) await remove(output.path);
}
