import { statSync } from "node:fs";
import type { DatabaseSync, SQLInputValue, SQLOutputValue } from "node:sqlite";
import {
  checkKind,
  type DatabaseOptions,
  inTransaction,
  type Kind,
  makeFile,
  openDatabase,
  pragma,
} from "./open-database.ts";
import { reasonOf, storageError } from "./storage-error.ts";
import type { LetterChange, LetterFilter, LetterGroup, NewLetter, RunFilter, StoredLetter, StoredRun } from "./kept.ts";

/** "CMS" and the number of the kind, in ASCII. */
const KIND: Kind = { name: "list of runs", applicationId: 0x434d5331, version: 1 };

/** How long to wait for another process that writes, in milliseconds. */
const BUSY_MS = 5_000;

const SCHEMA = `
  CREATE TABLE runs (run TEXT PRIMARY KEY, started INTEGER NOT NULL, ended INTEGER, status TEXT NOT NULL,
    audits TEXT NOT NULL, meta TEXT NOT NULL, receipt TEXT NOT NULL);
  CREATE INDEX runs_by_time ON runs (started);
  CREATE TABLE dead_letters (id INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL, audit TEXT NOT NULL,
    store TEXT NOT NULL, code TEXT NOT NULL, reason TEXT NOT NULL, attempts INTEGER NOT NULL,
    first_time INTEGER NOT NULL, last_time INTEGER NOT NULL, state TEXT NOT NULL, record_id TEXT NOT NULL,
    record BLOB NOT NULL);
  CREATE INDEX letters_by_store ON dead_letters (audit, store, state);
  CREATE INDEX letters_by_run ON dead_letters (run);
`;

type Row = Record<string, SQLOutputValue>;

/** The runs of one state folder and their dead letters. Several processes may use it at once. */
export class RunsDb {
  readonly path: string;
  readonly #db: DatabaseSync;

  private constructor(path: string, db: DatabaseSync) {
    this.path = path;
    this.#db = db;
  }

  /** Opens it, and makes it where it is not there. @throws StorageError, such as `newer` */
  static open(path: string, options: Pick<DatabaseOptions, "unsafe">): RunsDb {
    try {
      makeOnce(path);
      const db = openDatabase(path, { ...options, busyMs: BUSY_MS });
      try {
        prepare(db, path);
      } catch (error) {
        db.close();
        throw error;
      }
      return new RunsDb(path, db);
    } catch (error) {
      throw storageError(error, path, "open");
    }
  }

  /** Adds a run, or replaces what was known of it. */
  putRun({ run, started, ended, status, audits, meta, receipt }: StoredRun): void {
    this.#do(() => {
      const sql = `INSERT OR REPLACE INTO runs (run, started, ended, status, audits, meta, receipt) VALUES (?, ?, ?, ?, ?, ?, ?)`;
      const texts = [audits, meta ?? null, receipt ?? null].map((value) => JSON.stringify(value));
      this.#db.prepare(sql).run(run, started, ended ?? null, status, ...texts);
    });
  }

  /** The runs, the newest first. */
  runs(filter: RunFilter = {}): StoredRun[] {
    const where = conditions([
      ["run = ?", filter.run],
      ["started >= ?", filter.since],
      ["EXISTS (SELECT 1 FROM json_each(audits) WHERE value = ?)", filter.audit],
      ["status = ?", filter.status],
    ]);
    return this.#do(() => this.#all("SELECT * FROM runs", where, "ORDER BY started DESC, run DESC").map(runOf));
  }

  /** Removes runs; their dead letters stay. @returns how many there were */
  forgetRuns(runs: readonly string[]): number {
    return this.#do(() =>
      inTransaction(this.#db, () => {
        const remove = this.#db.prepare("DELETE FROM runs WHERE run = ?");
        return runs.reduce((count, run) => count + Number(remove.run(run).changes), 0);
      }),
    );
  }

  /** Adds dead letters: all of them or none. @returns their numbers */
  addLetters(letters: readonly NewLetter[]): number[] {
    return this.#do(() =>
      inTransaction(this.#db, () => {
        const add = this.#db.prepare(`INSERT INTO dead_letters (run, audit, store, code, reason, attempts, first_time,
          last_time, state, record_id, record) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'kept', ?, ?)`);
        return letters.map(({ run, audit, store, code, reason, attempts, firstTime, lastTime, recordId, record }) => {
          const done = add.run(run, audit, store, code, reason, attempts, firstTime, lastTime, recordId, record);
          return Number(done.lastInsertRowid);
        });
      }),
    );
  }

  /** Dead letters by number, above `afterId`: as many as fit into so many bytes, and at least one if there is one. */
  letters(filter: LetterFilter, afterId: number, mostBytes: number): StoredLetter[] {
    return this.#do(() => {
      const { sql, values } = letterConditions(filter);
      const where = `SELECT id, length(record) AS bytes FROM dead_letters WHERE id > ?${sql && ` AND ${sql}`} ORDER BY id`;
      const get = this.#db.prepare("SELECT * FROM dead_letters WHERE id = ?");
      const found: StoredLetter[] = [];
      let bytes = 0;
      for (const row of this.#db.prepare(where).iterate(afterId, ...values)) {
        bytes += Number(row["bytes"]);
        if (found.length > 0 && bytes > mostBytes) break;
        found.push(letterOf(get.get(Number(row["id"])) as Row));
      }
      return found;
    });
  }

  /** Dead letters by audit, store, code and reason, the largest group first. */
  groups(filter: LetterFilter = {}): LetterGroup[] {
    const select = `SELECT audit, store, code, reason, state, count(*) AS count, sum(length(record)) AS bytes,
      min(first_time) AS first_time, max(last_time) AS last_time, min(id) AS sample FROM dead_letters`;
    const rest = "GROUP BY audit, store, code, reason, state ORDER BY count DESC, sample";
    return this.#do(() => this.#all(select, letterConditions(filter), rest).map(groupOf));
  }

  /** Changes dead letters after they were sent again: all of them or none. */
  changeLetters(changes: readonly LetterChange[]): void {
    this.#do(() =>
      inTransaction(this.#db, () => {
        const change = this.#db.prepare(`UPDATE dead_letters SET state = ?, last_time = ?, attempts = attempts + ?,
          code = coalesce(?, code), reason = coalesce(?, reason) WHERE id = ?`);
        for (const { id, state, lastTime, attempts, code, reason } of changes)
          change.run(state, lastTime, attempts, code ?? null, reason ?? null, id);
      }),
    );
  }

  /** Removes dead letters. @returns how many there were */
  purgeLetters(filter: LetterFilter): number {
    return this.#do(() => {
      const { sql, values } = letterConditions(filter);
      return Number(this.#db.prepare(`DELETE FROM dead_letters${sql && ` WHERE ${sql}`}`).run(...values).changes);
    });
  }

  /** What it takes on disk, in bytes: what is in use, and its files. */
  size(): { readonly usedBytes: number; readonly fileBytes: number } {
    return this.#do(() => {
      const pages = Number(pragma(this.#db, "page_count")) - Number(pragma(this.#db, "freelist_count"));
      const files = [this.path, `${this.path}-wal`].map((path) => statSync(path, { throwIfNoEntry: false })?.size ?? 0);
      const usedBytes = pages * Number(pragma(this.#db, "page_size"));
      return { usedBytes, fileBytes: files.reduce((sum, bytes) => sum + bytes, 0) };
    });
  }

  close(): void {
    this.#do(() => this.#db.close());
  }

  #all(select: string, { sql, values }: Conditions, rest: string): Row[] {
    return this.#db.prepare(`${select}${sql && ` WHERE ${sql}`} ${rest}`).all(...values);
  }

  #do<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw storageError(error, this.path, "use");
    }
  }
}

/** Another process may make it at the same time. */
function makeOnce(path: string): void {
  try {
    makeFile(path);
  } catch (error) {
    if (reasonOf(error) !== "exists") throw error;
  }
}

function prepare(db: DatabaseSync, path: string): void {
  db.exec("PRAGMA synchronous = FULL");
  if (isEmpty(db)) {
    inTransaction(db, () => {
      // Another process may have been first.
      if (!isEmpty(db)) return;
      db.exec(`PRAGMA application_id = ${KIND.applicationId}; PRAGMA user_version = ${KIND.version}; ${SCHEMA}`);
    });
  }
  checkKind(db, path, KIND);
  if (pragma(db, "journal_mode") !== "wal") db.exec("PRAGMA journal_mode = WAL");
}

function isEmpty(db: DatabaseSync): boolean {
  return pragma(db, "schema_version") === 0;
}

interface Conditions {
  /** Empty where there is none. */
  readonly sql: string;
  readonly values: SQLInputValue[];
}

/** Joins the conditions that have a value. */
function conditions(all: readonly (readonly [sql: string, value: SQLInputValue | undefined])[]): Conditions {
  const given = all.filter(([, value]) => value !== undefined);
  return { sql: given.map(([sql]) => sql).join(" AND "), values: given.map(([, value]) => value as SQLInputValue) };
}

function letterConditions({ ids, reason, ...filter }: LetterFilter): Conditions {
  return conditions([
    ["id IN (SELECT value FROM json_each(?))", ids && JSON.stringify(ids)],
    ["run = ?", filter.run],
    ["audit = ?", filter.audit],
    ["store = ?", filter.store],
    ["code = ?", filter.code],
    ["state = ?", filter.state],
    ["last_time >= ?", filter.since],
    ["last_time < ?", filter.before],
    ["instr(reason, ?) > 0", reason],
  ]);
}

function runOf({ run, started, ended, status, audits, meta, receipt }: Row): StoredRun {
  const [names, about, paper] = [audits, meta, receipt].map((text): unknown => JSON.parse(String(text)));
  return {
    run: String(run),
    started: Number(started),
    ...(ended !== null && { ended: Number(ended) }),
    status: String(status),
    audits: names as string[],
    meta: about,
    receipt: paper,
  };
}

function letterOf(row: Row): StoredLetter {
  const { id, attempts, record, record_id: recordId, first_time: firstTime, last_time: lastTime, state } = row;
  return {
    ...addressOf(row),
    id: Number(id),
    run: String(row["run"]),
    attempts: Number(attempts),
    firstTime: Number(firstTime),
    lastTime: Number(lastTime),
    state: state as StoredLetter["state"],
    recordId: String(recordId),
    record: record as Uint8Array<ArrayBuffer>,
  };
}

function groupOf(row: Row): LetterGroup {
  return {
    ...addressOf(row),
    state: row["state"] as LetterGroup["state"],
    count: Number(row["count"]),
    bytes: Number(row["bytes"]),
    firstTime: Number(row["first_time"]),
    lastTime: Number(row["last_time"]),
    sample: Number(row["sample"]),
  };
}

function addressOf({ audit, store, code, reason }: Row): Pick<LetterGroup, "audit" | "store" | "code" | "reason"> {
  return { audit: String(audit), store: String(store), code: String(code), reason: String(reason) };
}
