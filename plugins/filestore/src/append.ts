import { constants, link, open, readFile, rename, stat } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { RetryError } from "@cloudmarker/store-api";
import type { Clock } from "@cloudmarker/store-api";
import { parseJson } from "./control.ts";
import { errnoOf } from "./disk-errors.ts";
import { isCompressed } from "./format.ts";
import { exists, ifThere, remove, syncFolder } from "./folder.ts";
import type { Owner } from "./owner.ts";
import { isAlive } from "./owner.ts";
import { salvage } from "./salvage.ts";

const CHUNK_BYTES = 1 << 20;
/** Never through a link that someone else may have put there; Windows has no such flag. */
const READ_AND_WRITE = constants.O_RDWR | (constants.O_NOFOLLOW ?? 0);
const LOCK_POLL_MS = 50;
const LOCK_TIMEOUT_MS = 60_000;
/** A lock without content was being made; after this time its maker is dead. */
const EMPTY_LOCK_MS = 10_000;

/** Who appends, and where. */
export interface AppendContext {
  readonly folder: string;
  readonly token: string;
  readonly owner: Owner;
  readonly clock: Clock;
}

/**
 * Adds the records of a finished temporary file to `target`, all or none: under a lock, since other processes may append to
 * it too (FS-16), and with the old size in a journal, so that what a killed process added in part is cut off again by the next.
 * @param mode where absent, the file keeps its own
 * @returns notes for the receipt
 */
export async function appendFile(
  self: AppendContext,
  target: string,
  source: string,
  mode: number | undefined,
): Promise<string[]> {
  const path = join(self.folder, target);
  const notes: string[] = [];
  await lock(self, target);
  try {
    await undo(self.folder, target);
    if (await exists(path)) {
      const torn = await mendTail(path, target);
      if (torn > 0) notes.push(`${target} ended in a torn line of ${torn} bytes, which was cut off.`);
      await copyTo(self.folder, target, source, mode);
      await remove(source);
    } else await rename(source, path);
    await syncFolder(self.folder);
  } finally {
    await remove(join(self.folder, lockName(target)));
  }
  return notes;
}

/** Undoes appends that were killed half-way, where nobody is appending. */
export async function undoAppends(self: AppendContext, files: readonly string[]): Promise<void> {
  for (const file of files) {
    const target = /^\.(.+)\.journal$/.exec(file)?.[1];
    if (target === undefined || !(await tryLock(self, target))) continue;
    try {
      await undo(self.folder, target);
    } finally {
      await remove(join(self.folder, lockName(target)));
    }
  }
}

function lockName(target: string): string {
  return `.${target}.lock`;
}

function journalPath(folder: string, target: string): string {
  return join(folder, `.${target}.journal`);
}

async function copyTo(folder: string, target: string, source: string, mode: number | undefined): Promise<void> {
  const to = await open(join(folder, target), READ_AND_WRITE);
  try {
    const { size } = await to.stat();
    const journal = await open(journalPath(folder, target), "w", 0o600);
    try {
      await journal.writeFile(JSON.stringify({ size }));
      await journal.sync();
    } finally {
      await journal.close();
    }
    await syncFolder(folder);
    try {
      await copy(source, to, size);
      if (mode !== undefined) await to.chmod(mode);
      await to.sync();
    } catch (error) {
      await to.truncate(size);
      await remove(journalPath(folder, target));
      throw error;
    }
    await remove(journalPath(folder, target));
  } finally {
    await to.close();
  }
}

async function copy(source: string, to: FileHandle, start: number): Promise<void> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  const from = await open(source, "r");
  try {
    let position = start;
    for (;;) {
      const { bytesRead } = await from.read(buffer, 0, CHUNK_BYTES, position - start);
      if (bytesRead === 0) return;
      for (let done = 0; done < bytesRead;) {
        const { bytesWritten } = await to.write(buffer, done, bytesRead - done, position + done);
        done += bytesWritten;
      }
      position += bytesRead;
    }
  } finally {
    await from.close();
  }
}

/** Only for the holder of the lock. */
async function undo(folder: string, target: string): Promise<void> {
  const path = journalPath(folder, target);
  const text = await ifThere(readFile(path, "utf8"));
  if (text === undefined) return;
  const journal = parseJson(text);
  // A journal that is torn was never followed by an append.
  if (typeof journal === "object" && journal !== null && "size" in journal && typeof journal.size === "number") {
    const handle = await ifThere(open(join(folder, target), READ_AND_WRITE));
    try {
      if (handle && (await handle.stat()).size > journal.size) await handle.truncate(journal.size);
      await handle?.sync();
    } finally {
      await handle?.close();
    }
  }
  await remove(path);
}

/** A line that another tool or a power cut left torn would swallow the next record (FS-04). Returns how many bytes went. */
async function mendTail(path: string, target: string): Promise<number> {
  if (isCompressed(target)) return 0;
  const handle = await open(path, READ_AND_WRITE);
  try {
    const { size } = await handle.stat();
    if (size === 0) return 0;
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
    if (buffer[0] === 0x0a) return 0;
    if (!(await salvage(path, target))) await handle.truncate(0);
    return Math.max(0, size - (await handle.stat()).size);
  } finally {
    await handle.close();
  }
}

async function lock(self: AppendContext, target: string): Promise<void> {
  const start = self.clock.now();
  while (!(await tryLock(self, target))) {
    if (self.clock.now() - start > LOCK_TIMEOUT_MS) {
      throw new RetryError("locked", `Another process has been appending to ${target} for over a minute.`);
    }
    await new Promise<void>((resolve) => {
      self.clock.setTimeout(resolve, LOCK_POLL_MS);
    });
  }
}

async function tryLock(self: AppendContext, target: string): Promise<boolean> {
  const path = join(self.folder, lockName(target));
  try {
    const handle = await open(path, "wx", 0o600);
    try {
      await handle.writeFile(JSON.stringify({ token: self.token, owner: self.owner }));
    } finally {
      await handle.close();
    }
    return true;
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
  }
  const held = await ifThere(readFile(path, "utf8"));
  if (held === undefined || !(await isAbandoned(self, path, held))) return false;
  await breakLock(self, path, held);
  return tryLock(self, target);
}

async function isAbandoned(self: AppendContext, path: string, text: string): Promise<boolean> {
  const changed = await ifThere(stat(path));
  if (!changed) return false;
  const holder = parseJson(text) as { owner?: Owner } | undefined;
  if (!holder?.owner) return self.clock.now() - changed.mtimeMs > EMPTY_LOCK_MS;
  return !(await isAlive(holder.owner, self.owner, changed.mtimeMs, self.clock.now()));
}

/** Moves a dead lock away. Should a living process have taken it at this very moment, it gets it back. */
async function breakLock(self: AppendContext, path: string, text: string): Promise<void> {
  const aside = `${path}.${self.token}`;
  if ((await ifThere(rename(path, aside).then(() => true))) === undefined) return;
  if ((await readFile(aside, "utf8")) !== text) await link(aside, path).catch(() => undefined);
  await remove(aside);
}
