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
 * The content of `.cloudmarker.TOKEN.run`, which every open store keeps in its folder. During the run it names the
 * process, so that no other one takes its temporary files for leftovers. Afterwards it lists the published files, so
 * that the next run of the store knows which are out of date.
 */
export interface Control {
  readonly audit: string;
  readonly key: string;
  /** Encoded run id. */
  readonly run: string;
  /**
   * When the run began: a run that is resumed leaves the files of younger ones. Absent in those of earlier versions.
   */
  readonly startedMs?: number;
  readonly owner: Owner;
  /** Absent until the run is about to publish. */
  readonly published?: readonly Published[];
  /** The store is closed, so that other processes may recover what it could not publish, even if its process lives. */
  readonly closed?: true;
}

/**
 * A random name for an open store in its folder. It is not a secret: loading `node:crypto` for it would take too long.
 */
export function newToken(): string {
  return Math.floor(Math.random() * 2 ** 48)
    .toString(16)
    .padStart(12, "0");
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
  // A new store has no files to protect yet, so others may see its control file half-written.
  const handle = await open(isNew ? path : next, "wx", 0o644);
  try {
    await handle.writeFile(JSON.stringify(control));
    if (!isNew) await handle.sync();
  } finally {
    await handle.close();
  }
  if (!isNew) await rename(next, path);
}

/** Removes a control file. */
export async function removeControl(folder: string, token: string): Promise<void> {
  await remove(join(folder, `${controlName(token)}.new`));
  await remove(join(folder, controlName(token)));
}

/**
 * Reads a control file; without `control` where it is damaged or another version wrote it, undefined where it is gone.
 */
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

/** Other users of the folder may forge a control file: its names must not lead out of the folder. */
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
