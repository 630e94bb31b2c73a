import { link, open, rename } from "node:fs/promises";
import { join } from "node:path";
import { RetryError } from "@cloudmarker/store-api";
import type { Clock } from "@cloudmarker/store-api";
import { parseJson } from "./control.ts";
import { errnoOf } from "./disk-errors.ts";
import { ifThere, remove } from "./folder.ts";
import type { Owner } from "./owner.ts";
import type { Pace } from "./pace.ts";
import { isAlive } from "./owner.ts";
import { readSmall } from "./plain-file.ts";

const LOCK_POLL_MS = 50;
const LOCK_TIMEOUT_MS = 60_000;
/**
 * On a file system without links, an empty lock is one that is being made. After this time its maker counts as dead.
 */
const EMPTY_LOCK_MS = 10_000;

let made = 0;

/** Who locks, and where. */
export interface Locker extends Pace {
  readonly folder: string;
  readonly token: string;
  readonly owner: Owner;
  readonly clock: Clock;
}

/**
 * Does `task` while no other process adds to `target`.
 * @throws RetryError if another one has done so for over a minute, or until the time was over
 */
export async function withLock<T>(self: Locker, target: string, task: () => Promise<T>): Promise<T> {
  const start = self.clock.now();
  while (!(await tryLock(self, target))) {
    if (self.signal?.aborted) throw new RetryError("locked", `Another process is appending to ${target}.`);
    if (self.clock.now() - start > LOCK_TIMEOUT_MS) {
      throw new RetryError("locked", `Another process has been appending to ${target} for over a minute.`);
    }
    await new Promise<void>((resolve) => {
      self.clock.setTimeout(resolve, LOCK_POLL_MS);
    });
  }
  return locked(self, target, task);
}

/** Does `task` unless another process adds to `target` just now. */
export async function ifFree(self: Locker, target: string, task: () => Promise<void>): Promise<void> {
  if (await tryLock(self, target)) await locked(self, target, task);
}

async function locked<T>(self: Locker, target: string, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } finally {
    await remove(lockPath(self, target));
  }
}

function lockPath({ folder }: Locker, target: string): string {
  return join(folder, `.${target}.lock`);
}

async function tryLock(self: Locker, target: string): Promise<boolean> {
  const path = lockPath(self, target);
  if (await take(self, path)) return true;
  const held = await readSmall(path);
  if (held === undefined || !(await isAbandoned(self, held))) return false;
  await breakLock(self, path, held.text);
  return tryLock(self, target);
}

/**
 * The lock is made under another name, so that it names its owner from its first moment, even if the owner is killed.
 */
async function take(self: Locker, path: string): Promise<boolean> {
  const own = ownPath(self, path);
  const text = JSON.stringify({ token: self.token, owner: self.owner });
  await writeNew(own, text);
  try {
    await link(own, path);
    return true;
  } catch (error) {
    if (errnoOf(error) === "EEXIST") return false;
    // The file system has no links.
    return await writeNew(path, text).then(
      () => true,
      (failure: unknown) => {
        if (errnoOf(failure) === "EEXIST") return false;
        throw failure;
      },
    );
  } finally {
    await remove(own);
  }
}

async function writeNew(path: string, text: string): Promise<void> {
  const handle = await open(path, "wx", 0o600);
  try {
    await handle.writeFile(text);
  } finally {
    await handle.close();
  }
}

async function isAbandoned(self: Locker, { text, changedMs }: { text: string; changedMs: number }): Promise<boolean> {
  const holder = parseJson(text) as { owner?: Owner } | undefined;
  if (!holder?.owner) return self.clock.now() - changedMs > EMPTY_LOCK_MS;
  return !(await isAlive(holder.owner, self.owner, changedMs, self.clock.now()));
}

/** Moves a dead lock away. If a living process has taken it at this very moment, it gets it back. */
async function breakLock(self: Locker, path: string, text: string): Promise<void> {
  const aside = ownPath(self, path);
  if ((await ifThere(rename(path, aside).then(() => true))) === undefined) return;
  if ((await readSmall(aside))?.text !== text) await link(aside, path).catch(() => undefined);
  await remove(aside);
}

/** A name of its own, since one store may wait for a lock in two places. */
function ownPath({ token }: Locker, path: string): string {
  made += 1;
  return `${path}.${token}.${made}`;
}

/** The token in the name of a short-lived file of {@link withLock}, which a killed process leaves. */
export function lockToken(file: string): string | undefined {
  return /^\..+\.lock\.([0-9a-f]{12})\.\d+$/.exec(file)?.[1];
}

/** The target in the name of a lock. */
export function lockTarget(file: string): string | undefined {
  return /^\.(.+)\.lock$/.exec(file)?.[1];
}
