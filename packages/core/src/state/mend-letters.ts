import { existsSync, renameSync } from "node:fs";
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import zlib from "node:zlib";
import { Claim } from "./claim.ts";
import {
  type DatabaseOptions,
  inTransaction,
  moveDatabase,
  openDatabase,
  pragma,
  removeDatabase,
} from "./open-database.ts";
import { reasonOf } from "./storage-error.ts";

/** What became of a damaged database. */
export interface Mended {
  /** Where it is now; undefined if it is not damaged, or another process has mended it. */
  readonly aside: string | undefined;
  /** Dead letters that could be read, and are in the new one. */
  readonly kept: number;
  /** Dead letters that it had, as far as that can be read. */
  readonly known: number;
}

type Options = Pick<DatabaseOptions, "unsafe">;
type Row = Record<string, SQLInputValue>;

/** Where the new one is built. While the damaged one is in its place, it is not complete. */
function mendedPath(path: string): string {
  return `${path}.mended`;
}

/** Goes on where a process was killed between setting the damaged one aside and putting the new one in its place. */
export function finishMending(path: string): void {
  if (!existsSync(path) && existsSync(mendedPath(path))) renameSync(mendedPath(path), path);
}

/**
 * Sets a damaged database of dead letters aside, and puts a new one in its place, with what can be read of it.
 * @param make makes an empty one
 * @throws StorageError, such as `locked` where another process does so
 */
export function mendLetters(path: string, now: number, options: Options, make: (path: string) => void): Mended {
  const claim = Claim.take(`${path}.mending`, { ...options, setsAside: true });
  try {
    finishMending(path);
    if (!isDamaged(path, options)) return { aside: undefined, kept: 0, known: 0 };
    const target = mendedPath(path);
    removeDatabase(target);
    make(target);
    const copied = copyReadable(path, target, options);
    const aside = `${path}.damaged-${now}`;
    moveDatabase(path, aside);
    renameSync(target, path);
    return { aside, ...copied };
  } finally {
    claim.remove();
  }
}

function isDamaged(path: string, options: Options): boolean {
  if (!existsSync(path)) return false;
  try {
    const db = openDatabase(path, { ...options, busyMs: 0 });
    try {
      return pragma(db, "quick_check(1)") !== "ok" || !hasLetters(db) || hasOverwritten(db);
    } finally {
      db.close();
    }
  } catch (error) {
    if (isOfFile(error)) return true;
    throw error;
  }
}

/** Another program may have put a database of its own there. An empty one is not damaged. */
function hasLetters(db: DatabaseSync): boolean {
  return (
    pragma(db, "schema_version") === 0 ||
    db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'letters'").get() !== undefined
  );
}

/** A text was overwritten, and nothing of the structure. */
function hasOverwritten(db: DatabaseSync): boolean {
  for (const { crc, json } of db.prepare("SELECT crc, json FROM records").iterate())
    if (crc !== zlib.crc32(json as Uint8Array)) return true;
  return false;
}

function copyReadable(path: string, target: string, options: Options): Omit<Mended, "aside"> {
  const to = openDatabase(target, { ...options, busyMs: 0 });
  try {
    const from = openDatabase(path, { ...options, busyMs: 0 });
    try {
      // With this, SQLite reads also a file that was cut off.
      readable(() => from.exec("PRAGMA writable_schema = ON"));
      return inTransaction(to, () => copyEach(from, to));
    } finally {
      from.close();
    }
  } catch (error) {
    if (!isOfFile(error)) throw error;
    return { kept: 0, known: 0 };
  } finally {
    to.close();
  }
}

function copyEach(from: DatabaseSync, to: DatabaseSync): Omit<Mended, "aside"> {
  let kept = 0;
  const ids = idsIn(from);
  for (const id of ids) {
    readable(() => {
      const letter = from.prepare("SELECT * FROM letters WHERE id = ?").get(id) as Row | undefined;
      const record = from.prepare("SELECT crc, json FROM records WHERE letter = ?").get(id);
      if (!letter || !record || record["crc"] !== zlib.crc32(record["json"] as Uint8Array)) return;
      const names = Object.keys(letter);
      const places = names.map(() => "?").join(", ");
      to.prepare(`INSERT INTO letters (${names.join(", ")}) VALUES (${places})`).run(...Object.values(letter));
      to.prepare("INSERT INTO records (letter, crc, json) VALUES (?, ?, ?)").run(id, ...Object.values(record));
      kept += 1;
    });
  }
  return { kept, known: ids.length };
}

/** The numbers that the tables and an index know, each read from both ends, in case a page in the middle is damaged. */
function idsIn(from: DatabaseSync): number[] {
  const ids = new Set<number>();
  for (const select of [
    "SELECT id FROM letters NOT INDEXED ORDER BY id",
    "SELECT id FROM letters INDEXED BY letters_by_age ORDER BY state, max(last_time, kept_time)",
    "SELECT letter AS id FROM records ORDER BY letter",
  ])
    for (const direction of ["ASC", "DESC"])
      readable(() => {
        const both = select.replace("state,", `state ${direction},`);
        for (const { id } of from.prepare(`${both} ${direction}`).iterate()) ids.add(Number(id));
      });
  return [...ids].toSorted((a, b) => a - b);
}

/** Does what can be done. */
function readable(read: () => void): void {
  try {
    read();
  } catch (error) {
    if (!isOfFile(error)) throw error;
  }
}

/** The file itself is the reason. */
function isOfFile(error: unknown): boolean {
  const reason = reasonOf(error);
  // SQLite says so also of columns that a damaged schema does not have.
  return reason === "damaged" || reason === "foreign" || reason === "failed";
}
