import { open, rename } from "node:fs/promises";
import { basename, join } from "node:path";
import { remove } from "./folder.ts";
import type { Owner } from "./owner.ts";
import { readSmall } from "./plain-file.ts";

/** A file as a run published it; one that no longer matches was changed by someone else and is left alone. */
export interface Published {
  readonly name: string;
  readonly size: number;
  readonly mtimeMs: number;
}

/**
 * What every open store keeps in its folder as `.cloudmarker.TOKEN.run`: while it runs, who it is, so that no other takes its
 * temporary files for leftovers; afterwards, which files it published, so that the next run of the same store can tell which of
 * them are out of date.
 */
export interface Control {
  readonly audit: string;
  readonly key: string;
  /** Encoded run id. */
  readonly run: string;
  readonly owner: Owner;
  /** Absent until the run is about to publish. */
  readonly published?: readonly Published[];
  /** The store is closed, be its process alive or not: what it could not publish may be recovered. */
  readonly closed?: true;
}

/** File name of a control file. */
export function controlName(token: string): string {
  return `.cloudmarker.${token}.run`;
}

/** The token in the name of a control file. */
export function controlToken(file: string): string | undefined {
  return /^\.cloudmarker\.([0-9a-f]{12})\.run$/.exec(file)?.[1];
}

/** Writes a control file, or replaces it in one step. */
export async function writeControl(folder: string, token: string, control: Control): Promise<void> {
  const path = join(folder, controlName(token));
  const next = `${path}.new`;
  const isNew = !control.published && !control.closed;
  if (!isNew) await remove(next);
  // A new one has no files to protect yet, so it may be seen half-written.
  const handle = await open(isNew ? path : next, "wx", 0o644);
  try {
    await handle.writeFile(JSON.stringify(control));
    if (!isNew) await handle.sync();
  } finally {
    await handle.close();
  }
  if (!isNew) await rename(next, path);
}

/** Removes the control file of a run of which nothing is left to know. */
export async function removeControl(folder: string, token: string): Promise<void> {
  await remove(join(folder, `${controlName(token)}.new`));
  await remove(join(folder, controlName(token)));
}

/** Reads a control file; without `control` where it is damaged or another version wrote it, undefined where it is gone. */
export async function readControl(
  folder: string,
  token: string,
): Promise<{ control?: Control; changedMs: number } | undefined> {
  const found = await readSmall(join(folder, controlName(token)));
  if (!found) return undefined;
  const control = parseJson(found.text);
  return isControl(control) ? { control, changedMs: found.changedMs } : { changedMs: found.changedMs };
}

/** The value of JSON text, or undefined. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** In a folder that others may write to, a control file may be forged: its names must not lead out of the folder. */
function isControl(value: unknown): value is Control {
  const control = value as Partial<Control> | null | undefined;
  return (
    typeof control?.owner === "object" &&
    control.owner !== null &&
    isPlainName(control.run) &&
    (control.published === undefined ||
      (Array.isArray(control.published) &&
        control.published.every((one) => isPlainName((one as Published | null)?.name))))
  );
}

function isPlainName(name: unknown): boolean {
  return typeof name === "string" && name === basename(name);
}
