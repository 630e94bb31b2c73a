import { lstat, rename } from "node:fs/promises";
import { join } from "node:path";
import { RetryError, type StoreError } from "@cloudmarker/store-api";
import { appendFile } from "./append.ts";
import type { Control, Published } from "./control.ts";
import { removeControl, writeControl } from "./control.ts";
import { toStoreError } from "./disk-errors.ts";
import { forEach } from "./few.ts";
import { firstFew } from "./first-few.ts";
import { exists, ifThere, isOpenToOthers, remove, setAside, syncNames } from "./folder.ts";
import { isForeign, setForeignAside } from "./foreign.ts";
import { isBegun } from "./journal.ts";
import type { PreviousRun } from "./leftovers.ts";
import type { Locker } from "./lock.ts";
import { decodeRun, withoutExtension } from "./names.ts";
import type { Output } from "./output.ts";
import { PRIVATE } from "./plain-file.ts";
import { keepAsPartial } from "./recovery.ts";
import { outdatedBy, outdatedFiles, retire } from "./retire.ts";
import type { Progress } from "./steps.ts";
import { Steps } from "./steps.ts";
import type { Writer } from "./writer.ts";
import { isYounger, publishedByYounger } from "./younger.ts";

const NONE: ReadonlyMap<string, string> = new Map();

/** A run that is about to be published. */
export interface Publication extends Locker {
  readonly control: Control;
  readonly writer: Writer;
  /** Mode of every file. If absent, a replaced file passes on its own mode, and a new one is private (FS-13). */
  readonly mode: number | undefined;
  readonly append: boolean;
  /** No run has published here before. */
  readonly isFirst: boolean;
  readonly previous: readonly PreviousRun[];
  /**
   * Records of an incomplete run may still be missing: its files replace none, and files that it did not write stay
   * current (L-07).
   */
  readonly complete: boolean;
  /** An earlier process began the run: it replaces nothing of runs that are younger. */
  readonly isResumed: boolean;
  /** Encoded names of the workers of this run, whether or not they had records. */
  readonly about: readonly string[];
  /** Once it is aborted, no further file is published. */
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** A file under the name that a reader looks for. */
export interface PublishedFile {
  readonly output: Output;
  /** Its name. */
  readonly name: string;
  /** Notes for the receipt. */
  readonly notes: readonly string[];
}

/** A publication under way. */
interface Publishing extends Publication {
  /** Reports one more step to the host. */
  readonly tick: () => void;
  /** What younger runs have published: encoded run ids by the names of files. */
  readonly younger: ReadonlyMap<string, string>;
}

/** What was published. */
export interface PublishResult {
  /** Notes for the receipt. */
  readonly notes: string[];
  readonly files: readonly PublishedFile[];
  /** Reports one more step to the host. */
  readonly tick: () => void;
}

interface Finished {
  readonly output: Output;
  /** The file is new and private, and the param `mode` does not say so. */
  readonly isPrivate: boolean;
  readonly entry: Published;
}

/**
 * Turns the temporary files into the files of this run: completes, syncs and closes each, then renames all, then syncs
 * the folder (FS-01). A file that cannot be published is kept as `NAME.RUN.partial.json`, and so is every file of an
 * incomplete run. So is a file of a run that is resumed, if a younger run has published one of its name. A foreign file
 * is set aside, never replaced.
 * @throws RetryError that names every file that was not published, after the others were
 */
export async function publish(run: Publication): Promise<PublishResult> {
  const { folder, token, signal, control, previous, isResumed } = run;
  const failures: string[] = [];
  const notes: string[] = [];
  const outputs = [...run.writer.outputs()];
  const targets = new Set(outputs.map(({ target }) => target));
  const written = outputs.filter(({ records }) => records > 0);
  const replaces = run.complete && !run.append;
  const workers = new Set([...run.about, ...Array.from(targets, withoutExtension)]);
  const older = isResumed ? previous.filter((one) => !isYounger(one.control, control)) : previous;
  const earlier = replaces ? outdatedBy(older, workers) : [];
  const younger = replaces && isResumed ? await publishedByYounger(folder, control) : NONE;
  const steps = new Steps(run.progress, 2 * written.length + outdatedFiles(earlier, targets).length);
  const attempt = async <T>(output: Output, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      failures.push(signal.aborted ? leave(output, error) : await keep(run, output, error));
      return undefined;
    } finally {
      steps.make();
    }
  };

  for (const output of outputs) if (output.records === 0) await discard(run, output);
  const finished = present(await forEach(written, signal, (output) => attempt(output, () => finish(run, output))));
  const published = finished.map(({ entry }) => entry).filter(({ name }) => !younger.has(name));
  const isRecorded = published.length > 0 && replaces && (await record(run, published, notes));
  const files = present(
    await forEach(finished, signal, ({ output }) =>
      attempt(output, () => publishFile({ ...run, tick: steps.tick, younger }, output)),
    ),
  );
  const retired = await retire(folder, earlier, targets, signal, steps.make);
  await syncNames(folder).catch((error: StoreError) => failures.push(error.message));
  for (const one of retired.done) await removeControl(folder, one);
  if (!isRecorded) await removeControl(folder, token);
  if (!steps.areMade && signal.aborted) failures.unshift(stopped(run, files.length, written.length));
  const fileNotes = files.flatMap((file) => file.notes);
  // What was moved is reported in any case.
  const done = [...firstFew(fileNotes, "files"), ...firstFew(retired.notes, "files")];
  if (failures.length > 0) {
    // `closed` lets other processes recover the rest while this one goes on.
    if (isRecorded)
      await writeControl(folder, token, { ...run.control, published, closed: true }).catch(() => undefined);
    throw new RetryError("not_published", [...firstFew(failures, "files"), ...done].join(" "));
  }
  notes.push(...done);
  const count = finished.filter((file) => file.isPrivate).length;
  if (run.isFirst && count > 0 && (await isOpenToOthers(folder).catch(() => false)))
    notes.push(privateFiles(folder, count));
  return { notes, files, tick: steps.tick };
}

async function finish(run: Publication, output: Output): Promise<Finished> {
  const given = run.mode ?? (await modeOf(run, output.target));
  await run.writer.finish(output, given ?? PRIVATE);
  const { size, mtimeMs } = await lstat(output.path);
  return { output, isPrivate: given === undefined, entry: { name: output.target, size, mtimeMs } };
}

/**
 * Lists the files before they are published, so that the list is there even if the run is killed between two renames.
 * On a full disk the list cannot be written, but files can be renamed: they are published without it.
 */
async function record(run: Publication, published: readonly Published[], notes: string[]): Promise<boolean> {
  try {
    await writeControl(run.folder, run.token, { ...run.control, published });
    return true;
  } catch (error) {
    const { message } = toStoreError(error, `note in ${run.folder} which files this run published`);
    notes.push(`${message} The next run cannot tell which of them are out of date.`);
    return false;
  }
}

async function publishFile(run: Publishing, output: Output): Promise<PublishedFile> {
  const { folder, control, mode } = run;
  const { target, path, records } = output;
  if (run.append) {
    const notes = await appendFile(run, { target, source: path, run: control.run, records, mode });
    return { output, name: target, notes };
  }
  if (!run.complete || run.younger.has(target)) return putBeside(run, output);
  const note = await setForeignAside(folder, target, control.run);
  await rename(path, join(folder, target));
  return { output, name: target, notes: note === undefined ? [] : [note] };
}

/** Publishes a file without replacing any, and says where it is, and why. */
async function putBeside({ folder, control, younger }: Publishing, output: Output): Promise<PublishedFile> {
  const { target, path } = output;
  const isNew = !(await exists(join(folder, target)));
  const name = await setAside(path, folder, target, control.run, "partial");
  const consequence = isNew ? "is not published" : "stays as it was";
  const by = younger.get(target);
  // Dead letters that are sent again are all that was to come, and yet not the whole run.
  const note =
    by === undefined
      ? `These may not be all records of the run, so ${target} ${consequence}. The records of this run are in ${name}.`
      : `A younger run, ${decodeRun(by)}, has published ${target}, so it ${consequence}; the records of this run are in ${name}.`;
  return { output, name, notes: [note] };
}

/** The mode of the file that is replaced or added to, if there is one. */
async function modeOf({ folder, append }: Publication, target: string): Promise<number | undefined> {
  const path = join(folder, target);
  const old = await ifThere(lstat(path));
  if (!old?.isFile() || (!append && (await isForeign(path, target)))) return undefined;
  return old.mode & 0o777;
}

/** The predecessor made files that every user could read. */
function privateFiles(folder: string, count: number): string {
  const [files, are, them] =
    count === 1 ? ["its new file", "it is", "it"] : [`its ${count} new files`, "they are", "them"];
  return `Others can open the folder ${folder}, but not ${files}: ${are} private (mode 0600). Set the param \`mode\` to 0644, or to 0640 for the group alone, if others are to read ${them}.`;
}

/** Keeps the readable part of a file that could not be published, and says so. */
async function keep(run: Publication, output: Output, cause: unknown): Promise<string> {
  const { message } = toStoreError(cause, `publish ${join(run.folder, output.target)}`);
  await run.writer.files.close(output);
  try {
    // The next run needs the temporary file to undo an append that was broken off.
    if (await isBegun(run.folder, output.target)) throw cause;
    const name = await keepAsPartial(run.folder, output.path, { target: output.target, run: run.control.run });
    return `${message} What could be read back is in ${name ?? "no file: it had no complete record"}.`;
  } catch {
    return leave(output, message);
  }
}

/** Leaves the temporary file to the next run. */
function leave(output: Output, cause: unknown): string {
  const why = typeof cause === "string" ? cause : toStoreError(cause, `publish ${output.target}`).message;
  return `${why} Its records are in ${output.path}; the next run recovers them.`;
}

async function discard(run: Publication, output: Output): Promise<void> {
  await run.writer.files.close(output);
  if (output.created) await remove(output.path);
}

function stopped({ folder }: Publication, published: number, all: number): string {
  const rest = all - published;
  if (rest === 0) return "Publishing was stopped before all files of earlier runs were set aside.";
  return `Publishing was stopped after ${published} of ${all} files; the records of the other ${rest} are in hidden files of ${folder}, which the next run recovers.`;
}

function present<T>(list: readonly (T | undefined)[]): T[] {
  return list.filter((one) => one !== undefined);
}
