import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
} from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import { loadSqlite } from "./load-sqlite.ts";
import { checkDisk } from "./network-disk.ts";
import { hidesCommits } from "./wal-tail.ts";
import { reasonOf, StorageError } from "./storage-error.ts";

/** Why there is no database. */
export const NO_SQLITE = "this runtime has no node:sqlite";

/** What stands beside a database. */
export const COMPANIONS = ["-wal", "-shm", "-journal"] as const;

/** How a database is opened. */
export interface DatabaseOptions {
  /** Whether network file systems are allowed. */
  readonly unsafe: boolean;
  /** How long to wait for another process, in milliseconds. */
  readonly busyMs: number;
}

/** Which kind of database it is: `application_id` and `user_version` of the file. */
export interface Kind {
  /** In words, such as `journal`. */
  readonly name: string;
  readonly applicationId: number;
  readonly version: number;
}

/**
 * Makes an empty file for its owner alone, and its folders. SQLite gives the files beside it the same permissions.
 *
 * Only a new file is opened here: closing a file releases all locks that the process has on it, also those of SQLite.
 * @throws the error of the file system, such as EEXIST
 */
export function makeFile(path: string): void {
  mkdirSync(dirname(path), { mode: 0o700, recursive: true });
  const { O_CREAT, O_EXCL, O_RDWR } = constants;
  closeSync(openSync(path, O_CREAT | O_EXCL | O_RDWR, 0o600));
}

/** As {@link makeFile}; another process may make it at the same time. */
export function makeOnce(path: string): void {
  try {
    makeFile(path);
  } catch (error) {
    if (reasonOf(error) !== "exists") throw error;
  }
}

/** Removes a database that nobody has open, with what stands beside it. */
export function removeDatabase(path: string): void {
  for (const end of ["", ...COMPANIONS]) rmSync(path + end, { force: true });
}

/** Moves a database that nobody has open, with what stands beside it. */
export function moveDatabase(path: string, to: string): void {
  for (const end of ["", ...COMPANIONS]) if (existsSync(path + end)) renameSync(path + end, to + end);
}

/** Moves a database that nobody has open, and of which nothing can be used. @returns its path now */
export function moveAside(path: string): string {
  const away = freePath(`${path}.damaged`);
  moveDatabase(path, away);
  return away;
}

function freePath(path: string): string {
  let free = path;
  for (let n = 2; existsSync(free); n += 1) free = `${path}-${n}`;
  return free;
}

/** Opens a file that is there. @throws StorageError, or the error of SQLite */
export function openDatabase(path: string, { unsafe, busyMs }: DatabaseOptions): DatabaseSync {
  if (!existsSync(path)) throw new StorageError("missing", `Cannot open ${path}: it is not there.`);
  checkDisk(path, unsafe);
  const found = lstatSync(path);
  if (!found.isFile()) throw new StorageError("foreign", `Cannot open ${path}: it is no regular file.`);
  if ((found.mode & 0o077) !== 0) chmodSync(path, 0o600);
  // SQLite opens a file that it may not write all the same, and then says nothing that helps.
  accessSync(path, constants.W_OK);
  const sqlite = loadSqlite();
  if (!sqlite) throw new StorageError("failed", NO_SQLITE);
  return new sqlite.DatabaseSync(path, { timeout: busyMs, defensive: false });
}

/** @throws StorageError where the file is of another kind or of a newer version; nothing in it was changed */
export function checkKind(db: DatabaseSync, path: string, { name, applicationId, version }: Kind): void {
  if (pragma(db, "schema_version") === 0 && hidesCommits(`${path}-wal`, 0))
    throw new StorageError(
      "damaged",
      `Cannot use the ${name} ${path}: all of it is in its write-ahead log, which was overwritten.`,
    );
  if (pragma(db, "schema_version") === 0)
    throw new StorageError("empty", `Nothing is in ${path}: its process ended before it had written anything.`);
  const found = pragma(db, "user_version");
  if (pragma(db, "application_id") !== applicationId)
    throw new StorageError("foreign", `Cannot use ${path}: it is a database of another program.`);
  if (Number(found) > version)
    throw new StorageError(
      "newer",
      `Cannot use the ${name} ${path}: a newer version of Cloudmarker made it (its format is ${found}, this version knows formats up to ${version}). It was left alone; use the newer version.`,
    );
}

/** The value of a pragma. */
export function pragma(db: DatabaseSync, name: string): SQLOutputValue | undefined {
  const row = db.prepare(`PRAGMA ${name}`).get();
  return row && Object.values(row)[0];
}

/** All or nothing. */
export function inTransaction<T>(db: DatabaseSync, change: () => T): T {
  db.exec("BEGIN IMMEDIATE");
  try {
    const result = change();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    // After some errors SQLite has done so itself.
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}
