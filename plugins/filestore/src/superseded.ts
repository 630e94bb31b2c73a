import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Place } from "./compare.ts";
import { hasAll } from "./compare.ts";
import { toStoreError } from "./disk-errors.ts";
import { forEach } from "./few.ts";
import { remove } from "./folder.ts";
import { isForeign } from "./foreign.ts";
import { addedTo, placeOf } from "./journal.ts";
import { parsePartialName } from "./names.ts";
import type { Pace } from "./pace.ts";
import type { PublishedFile } from "./publish.ts";

/** A run that was published, and where. */
export interface PublishedRun extends Pace {
  readonly signal: AbortSignal;
  readonly folder: string;
  /** Encoded run id. */
  readonly run: string;
  readonly append: boolean;
  readonly files: readonly PublishedFile[];
  /** Names of files that came of temporary files just now. */
  readonly recovered: ReadonlySet<string>;
}

/** What {@link dropSuperseded} did. */
export interface Superseded {
  /** Names of the files that were removed. */
  readonly removed: ReadonlySet<string>;
  /** Notes for the receipt, one for each file of an earlier try that was there before. */
  readonly notes: readonly string[];
}

interface Earlier {
  readonly file: PublishedFile;
  /** A `NAME.RUN.partial.json` of an earlier try. */
  readonly partial: string;
}

/**
 * When a run that was repeated under its id is published, removes a file that its earlier tries left, if all of its
 * records are in the new file. A file with other records stays, since repeating a run must lose no record.
 */
export async function dropSuperseded(published: PublishedRun): Promise<Superseded> {
  const { folder, run, files, signal } = published;
  const removed = new Set<string>();
  if (files.length === 0) return { removed, notes: [] };
  const byTarget = new Map(files.map((file) => [file.output.target, file]));
  const earlier: Earlier[] = [];
  for (const partial of await readdir(folder)) {
    const file = byTarget.get(parsePartialName(partial, run) ?? "");
    if (file && file.name !== partial) earlier.push({ file, partial });
  }
  const notes = await forEach(earlier, signal, (one) => dropIfSuperseded(published, one, removed));
  return { removed, notes: notes.filter((note) => note !== undefined) };
}

async function dropIfSuperseded(
  published: PublishedRun,
  { file, partial }: Earlier,
  removed: Set<string>,
): Promise<string | undefined> {
  const { folder } = published;
  const path = join(folder, partial);
  try {
    if (await isForeign(path, partial))
      return `${partial} has the name of an earlier try of this run, but is not FileStore's; it stays.`;
    if (!(await hasAll({ path, target: partial }, await placesOf(published, file), published))) {
      return `${partial} is of an earlier try of this run and has records that ${file.name} does not have.`;
    }
    await remove(path);
    removed.add(partial);
    // Nobody was told of it.
    if (published.recovered.has(partial)) return undefined;
    return `${partial}, of an earlier try of this run, was removed: ${file.name} has all its records.`;
  } catch (error) {
    return toStoreError(error, `read ${path}`).message;
  }
}

async function placesOf({ folder, run, append }: PublishedRun, { output, name }: PublishedFile): Promise<Place[]> {
  const { target, records } = output;
  if (!append) return [{ path: join(folder, name), target, records }];
  const added = await addedTo(folder, target);
  return added.filter((one) => one.run === run).map((one) => placeOf(folder, target, one));
}
