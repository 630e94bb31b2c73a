import { existsSync, readFileSync, rmSync, type Stats, statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { messageOf } from "../errors/message-of.ts";
import {
  checkKind,
  type DatabaseOptions,
  inTransaction,
  type Kind,
  makeOnce,
  moveAside,
  openDatabase,
  pragma,
} from "./open-database.ts";
import { loadSqlite } from "./load-sqlite.ts";
import { isDamage, reasonOf, StorageError, storageError } from "./storage-error.ts";

/** "CMC" and the number of the kind, in ASCII. */
const KIND: Kind = { name: "claim", applicationId: 0x434d4331, version: 1 };

/** Somebody may have it for a moment, to read it, or have removed it meanwhile: each tries again so often. */
const TRIES = 8;
const LONGEST_PAUSE_MS = 10;

/** Where the header of a database has the size of its pages, and their number. */
const [PAGE_BYTES_AT, PAGES_AT, HEADER_BYTES] = [16, 28, 100];

/** How a claim is taken. */
export interface TakeOptions extends Pick<DatabaseOptions, "unsafe"> {
  /** A damaged one is moved away, and a new one is made. @default false: it is refused */
  readonly setsAside?: boolean;
}

/**
 * The right to something that one process at a time may have, such as a run, and what is to be known of it. A small
 * file that is locked as long as the process lives; the kernel releases the lock of a process that was killed. It
 * costs less than a millisecond, and no thread.
 */
export class Claim {
  /** What was wrong with the one that was set aside, and where that is, as sentences. */
  damage: string | undefined;
  readonly #path: string;
  readonly #db: DatabaseSync;

  private constructor(path: string, db: DatabaseSync) {
    this.#path = path;
    this.#db = db;
  }

  /**
   * Takes it, and makes it where it is not there. @throws StorageError `locked` where another process has it,
   * `newer`, `foreign`, `damaged`
   */
  static take(path: string, options: TakeOptions): Claim {
    let damage: string | undefined;
    const aside = (error: unknown): void => {
      damage = `${storageError(error, path, "take the claim").message} It was moved to ${moveAside(path)}.`;
    };
    try {
      for (let tried = 1; ; tried += 1) {
        const claim = Claim.#tryToTake(path, options, tried >= TRIES, aside);
        if (claim) {
          claim.damage = damage;
          return claim;
        }
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Math.random() * LONGEST_PAUSE_MS);
      }
    } catch (error) {
      throw storageError(error, path, "take the claim");
    }
  }

  /** @returns undefined if it was removed or moved away meanwhile, or if somebody has it */
  static #tryToTake(
    path: string,
    { setsAside = false, ...options }: TakeOptions,
    isLast: boolean,
    aside: (error: unknown) => void,
  ): Claim | undefined {
    makeOnce(path);
    const before = statSync(path, { throwIfNoEntry: false });
    if (!before) return undefined;
    let db: DatabaseSync | undefined;
    try {
      db = openDatabase(path, { ...options, busyMs: 0 });
      // The lock that the transaction takes stays. What it writes need not be on disk before something is told.
      db.exec(`PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY;
        PRAGMA synchronous = OFF; BEGIN EXCLUSIVE; COMMIT; PRAGMA synchronous = FULL`);
      const after = statSync(path, { throwIfNoEntry: false });
      if (isSame(before, after)) {
        if (pragma(db, "schema_version") !== 0) {
          checkKind(db, path, KIND);
          aboutIn(db);
        }
        return new Claim(path, db);
      }
      db.close();
      return undefined;
    } catch (error) {
      if (db?.isOpen) db.close();
      const reason = reasonOf(error);
      // Another process may have set it aside, and have a new one.
      if (isDamage(error) && isSame(before, statSync(path, { throwIfNoEntry: false }))) {
        if (reason === "damaged" && isTorn(path)) {
          tryToRemove(path);
          return undefined;
        }
        if (setsAside) {
          aside(error);
          return undefined;
        }
      }
      if (isLast || (reason !== "locked" && reason !== "missing")) throw error;
      return undefined;
    }
  }

  /**
   * What was told of the claim at a path, without taking it; undefined where that is not known: a process has it, or
   * nothing was told.
   */
  static toldAt(path: string): unknown {
    const sqlite = loadSqlite();
    if (!sqlite || !existsSync(path)) return undefined;
    let db: DatabaseSync | undefined;
    try {
      db = new sqlite.DatabaseSync(path, { readOnly: true, timeout: 0 });
      return aboutIn(db);
    } catch {
      // Who takes it is told what is wrong with it.
      return undefined;
    } finally {
      if (db?.isOpen) db.close();
    }
  }

  /** What was told of it; undefined for a new one. */
  get about(): unknown {
    try {
      return pragma(this.#db, "schema_version") === 0 ? undefined : aboutIn(this.#db);
    } catch (error) {
      throw storageError(error, this.#path, "read");
    }
  }

  /** Tells what is to be known of it: any data that JSON can hold. It is on disk when this returns. */
  tell(about: unknown): void {
    try {
      inTransaction(this.#db, () => {
        if (pragma(this.#db, "schema_version") === 0)
          this.#db.exec(`PRAGMA application_id = ${KIND.applicationId}; PRAGMA user_version = ${KIND.version};
            CREATE TABLE claim (one INTEGER PRIMARY KEY CHECK (one = 1), about TEXT NOT NULL)`);
        this.#db.prepare("INSERT OR REPLACE INTO claim (one, about) VALUES (1, ?)").run(JSON.stringify(about));
      });
    } catch (error) {
      throw storageError(error, this.#path, "write to");
    }
  }

  /** Another process may take it. Without effect once it is removed. */
  release(): void {
    if (this.#db.isOpen) this.#db.close();
  }

  /** Removes it: there is nothing to take any more. */
  remove(): void {
    // While it is locked. Windows removes no open file.
    const isRemoved = tryToRemove(this.#path);
    this.#db.close();
    if (!isRemoved) tryToRemove(this.#path);
  }
}

/** @throws StorageError `damaged`, or the error of SQLite */
function aboutIn(db: DatabaseSync): unknown {
  const text = String(db.prepare("SELECT about FROM claim").get()?.["about"] ?? "null");
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new StorageError("damaged", `What was told of the claim was overwritten: ${messageOf(error)}.`, error);
  }
}

/**
 * Whether a kill has ended the first telling, which writes page after page: then it is as if nothing had been told.
 * Only for a file that this process has not locked, since closing it releases the lock.
 */
function isTorn(path: string): boolean {
  const file = readFileSync(path);
  const hasHeader = file.length >= HEADER_BYTES;
  return hasHeader && file.length < file.readUInt32BE(PAGES_AT) * file.readUInt16BE(PAGE_BYTES_AT);
}

function isSame(before: Stats, after: Stats | undefined): boolean {
  return before.ino === after?.ino && before.dev === after.dev;
}

function tryToRemove(path: string): boolean {
  try {
    rmSync(path, { force: true });
    return true;
  } catch {
    return false;
  }
}
