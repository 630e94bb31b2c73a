import { open, readFile, rename, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { ifThere } from "./folder.ts";
import type { Owner } from "./owner.ts";

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
  // A new one has no files to protect yet, so it may be seen half-written.
  const handle = await open(control.published ? next : path, control.published ? "w" : "wx", 0o644);
  try {
    await handle.writeFile(JSON.stringify(control));
    if (control.published) await handle.sync();
  } finally {
    await handle.close();
  }
  if (control.published) await rename(next, path);
}

/** Reads a control file; without `control` where it is damaged or another version wrote it, undefined where it is gone. */
export async function readControl(
  folder: string,
  token: string,
): Promise<{ control?: Control; changedMs: number } | undefined> {
  const path = join(folder, controlName(token));
  const text = await ifThere(readFile(path, "utf8"));
  const changed = await ifThere(stat(path));
  if (text === undefined || !changed) return undefined;
  const control = parseJson(text);
  return isControl(control) ? { control, changedMs: changed.mtimeMs } : { changedMs: changed.mtimeMs };
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
    isPlainName(control.run) &&
    (control.published === undefined || control.published.every(({ name }) => isPlainName(name)))
  );
}

function isPlainName(name: unknown): boolean {
  return typeof name === "string" && name === basename(name);
}
