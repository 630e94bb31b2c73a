import { existsSync, statSync } from "node:fs";
import type { DatabaseSync, SQLInputValue, SQLOutputValue } from "node:sqlite";
import zlib from "node:zlib";
import { sizeWords } from "../size-words.ts";
import { finishMending, type Mended, mendLetters } from "./mend-letters.ts";
import { reasonKind } from "./reason-kind.ts";
import {
  checkKind,
  type DatabaseOptions,
  inTransaction,
  type Kind,
  makeOnce,
  openDatabase,
  pragma,
} from "./open-database.ts";
import { storageError, StorageError } from "./storage-error.ts";
import type {
  LetterChange,
  LetterFilter,
  LetterLimits,
  LettersAdded,
  LetterState,
  NewLetter,
  StoredEvent,
  StoredGroup,
  StoredLane,
  StoredLetter,
  StoredPlace,
  StoredRecord,
} from "./kept-letters.ts";

/** "CML" and the number of the kind, in ASCII. */
const KIND: Kind = { name: "database of dead letters", applicationId: 0x434d4c31, version: 2 };

/** How long to wait for another process that writes, in milliseconds. */
const BUSY_MS = 5_000;

/** Groups of dead letters that are listed. */
const MOST_GROUPS = 1_000;

/** Events of a letter that are kept beside its present standing: the first, and the last ones. */
const MOST_EVENTS = 9;

/** So many letters are removed at a time: whoever adds one must not wait for a million. */
const MOST_REMOVED = 1_000;

/** The same for those that are purged. */
const MOST_PURGED = 10_000;

/** Since when a letter has been neither tried nor kept anew. */
const AGED_SINCE = "max(last_time, kept_time)";

const INDEX_BY_AGE = `CREATE INDEX letters_by_age ON letters (state, ${AGED_SINCE})`;
/** Places that are read at a time. */
const MOST_PLACES = 10_000;

/** What a letter takes beside its record, roughly. */
const LETTER_BYTES = 500;

// The records have a table of their own, so that a letter can be changed, and a million be grouped, without them. `crc`
// is over the text: SQLite itself does not notice when that is overwritten. `kept_time` is when the letter came here:
// of one from elsewhere, `first_time` and `last_time` are older.
const SCHEMA = `
  CREATE TABLE letters (id INTEGER PRIMARY KEY AUTOINCREMENT, audit TEXT NOT NULL, store TEXT NOT NULL,
    run TEXT NOT NULL, started INTEGER NOT NULL, plugin TEXT NOT NULL, code TEXT NOT NULL, reason TEXT NOT NULL,
    kind TEXT NOT NULL, attempts INTEGER NOT NULL, first_time INTEGER NOT NULL, last_time INTEGER NOT NULL,
    state TEXT NOT NULL, sent_to TEXT, record_id TEXT NOT NULL, place INTEGER NOT NULL, bytes INTEGER NOT NULL,
    history TEXT NOT NULL, kept_time INTEGER NOT NULL DEFAULT 0);
  CREATE UNIQUE INDEX letters_by_record ON letters (audit, store, run, record_id, place);
  CREATE INDEX letters_by_lane ON letters (audit, store, run);
  ${INDEX_BY_AGE};
  CREATE TABLE records (letter INTEGER PRIMARY KEY, crc INTEGER NOT NULL, json BLOB NOT NULL);
  CREATE TRIGGER record_goes AFTER DELETE ON letters BEGIN DELETE FROM records WHERE letter = OLD.id; END;
`;

/** Changes of the schema, by the version that had not got them. */
const MIGRATIONS: Readonly<Record<number, string>> = {
  1: `ALTER TABLE letters ADD COLUMN kept_time INTEGER NOT NULL DEFAULT 0; DROP INDEX IF EXISTS letters_by_time;
    ${INDEX_BY_AGE}`,
};

/** The history with the standing that is about to change. */
const WITH_PRESENT = `json_insert(
    CASE WHEN json_array_length(history) >= ${MOST_EVENTS} THEN json_remove(history, '$[1]') ELSE history END, '$[#]',
    json_object('time', last_time, 'state', state, 'code', code, 'reason', reason, 'to', sent_to))`;

const ADD = `INSERT INTO letters (audit, store, run, started, plugin, code, reason, kind, attempts, first_time,
    last_time, kept_time, state, record_id, place, bytes, history)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'kept', ?, ?, ?, '[]')
  ON CONFLICT (audit, store, run, record_id, place) DO`;

const UPDATE = `UPDATE SET history = ${WITH_PRESENT}, code = excluded.code, reason = excluded.reason,
  kind = excluded.kind, attempts = attempts + excluded.attempts, last_time = excluded.last_time, state = 'kept',
  sent_to = NULL`;

const KEEP_LONGER = "UPDATE SET kept_time = excluded.kept_time";

type Row = Record<string, SQLOutputValue>;

/** The dead letters of one state folder. Several processes may use it at once. */
export class LettersDb {
  readonly path: string;
  readonly #db: DatabaseSync;

  private constructor(path: string, db: DatabaseSync) {
    this.path = path;
    this.#db = db;
  }

  /** Opens it, and makes it where it is not there. @throws StorageError, such as `newer` */
  static open(path: string, options: Pick<DatabaseOptions, "unsafe">): LettersDb {
    try {
      finishMending(path);
      makeOnce(path);
      const db = openDatabase(path, { ...options, busyMs: BUSY_MS });
      try {
        prepare(db, path);
      } catch (error) {
        db.close();
        throw error;
      }
      return new LettersDb(path, db);
    } catch (error) {
      throw storageError(error, path, "open");
    }
  }

  /** Sets a damaged one aside, and keeps what can be read of it. @throws StorageError */
  static mend(path: string, now: number, options: Pick<DatabaseOptions, "unsafe">): Mended {
    try {
      return mendLetters(path, now, options, (target) => LettersDb.open(target, options).close());
    } catch (error) {
      throw storageError(error, path, "mend");
    }
  }

  /** Why this version must leave alone the one that is there: a newer version made it. */
  static refusal(path: string): string | undefined {
    try {
      if (!existsSync(path)) return undefined;
      const db = openDatabase(path, { unsafe: true, busyMs: BUSY_MS });
      try {
        checkKind(db, path, KIND);
      } finally {
        db.close();
      }
    } catch (error) {
      const { reason, message } = storageError(error, path, "open");
      if (reason === "newer") return message;
    }
    return undefined;
  }

  /**
   * Adds dead letters: all of them or none. One that is there already was refused anew, as after a run that was killed:
   * it is changed. Letters that are too old are removed first, and where there is no room those that were replayed.
   * @throws StorageError `full` if there is no room
   */
  addLetters(letters: readonly NewLetter[], limits: LetterLimits): LettersAdded {
    return this.#do(() =>
      inTransaction(this.#db, () => {
        const expired = this.#makeRoom(letters, limits);
        const add = this.#adder(UPDATE);
        return { ids: letters.map((letter) => add(letter, letter.time)), expired };
      }),
    );
  }

  /**
   * Adds dead letters of elsewhere, and removes none for them; one that is there already stays as it is.
   * @param now from then on their age counts
   * @returns their numbers
   */
  importLetters(letters: readonly NewLetter[], now: number): number[] {
    return this.#do(() =>
      inTransaction(this.#db, () => {
        const add = this.#adder(KEEP_LONGER);
        return letters.map((letter) => add(letter, now));
      }),
    );
  }

  /** Dead letters by number, above `afterId`: as many as fit into so many bytes, and at least one if there is one. */
  letters(filter: LetterFilter, afterId: number, mostBytes: number): StoredLetter[] {
    return this.#page("*", filter, afterId, mostBytes).map(letterOf);
  }

  /** The same, of which only the record is wanted. */
  records(filter: LetterFilter, afterId: number, mostBytes: number): StoredRecord[] {
    return this.#page("id, record_id, bytes, crc, json", filter, afterId, mostBytes).map(recordOf);
  }

  /** Dead letters by audit, store, code, kind of reason and the store that had them last, the largest group first. */
  groups(filter: LetterFilter): StoredGroup[] {
    const select = `SELECT audit, store, code, state, sent_to, count(*) AS count, sum(bytes) AS bytes,
      min(first_time) AS first_time, max(last_time) AS last_time, min(id) AS sample FROM letters`;
    const rest = `GROUP BY audit, store, code, kind, state, sent_to ORDER BY count DESC, sample LIMIT ${MOST_GROUPS}`;
    return this.#do(() => this.#all(select, conditionsOf(filter), rest).map((row) => this.#groupOf(row)));
  }

  /** Dead letters by audit, store and run, in the order of the first of each. */
  lanes(filter: LetterFilter): StoredLane[] {
    const select = `SELECT audit, store, run, min(started) AS started, count(*) AS count, max(id) AS last FROM letters`;
    return this.#do(() =>
      this.#all(select, conditionsOf(filter), "GROUP BY audit, store, run ORDER BY min(id)").map(laneOf),
    );
  }

  /**
   * The places of the letters of a run, above `afterId` and by number: so many at a time.
   * @param started when the run began: another may have had its id
   */
  places(run: string, started: number, afterId: number): StoredPlace[] {
    const select = `SELECT id, audit, store, code, reason, place FROM letters
      WHERE run = ? AND started = ? AND place >= 0 AND id > ? ORDER BY id LIMIT ${MOST_PLACES}`;
    return this.#do(() => this.#db.prepare(select).all(run, started, afterId).map(placeOf));
  }

  /** How many there are, and the bytes of their records. @param afterId counts those above it */
  count(filter: LetterFilter, afterId: number): { readonly letters: number; readonly bytes: number } {
    const select = "SELECT count(*) AS letters, coalesce(sum(bytes), 0) AS bytes FROM letters";
    return this.#do(() => {
      const [row] = this.#all(select, conditionsOf({ ...filter, after: afterId }), "");
      return { letters: Number(row?.["letters"]), bytes: Number(row?.["bytes"]) };
    });
  }

  /** Changes dead letters after they were sent again: all of them or none. */
  changeLetters({ time, to, arrived = [], refused = [], taken = [] }: LetterChange): void {
    this.#do(() =>
      inTransaction(this.#db, () => {
        const sentTo = to ?? null;
        const arrive = this.#db
          .prepare(`UPDATE letters SET history = ${WITH_PRESENT}, state = 'replayed', last_time = ?,
          attempts = attempts + 1, sent_to = ? WHERE id >= ? AND id < ?`);
        const refuse = this.#db.prepare(`UPDATE letters SET history = ${WITH_PRESENT}, state = 'kept', last_time = ?,
          attempts = attempts + ?, code = ?, reason = ?, kind = ?, sent_to = ? WHERE id = ?`);
        const remove = this.#db.prepare("DELETE FROM letters WHERE id = ?");
        for (const [from, end] of arrived) arrive.run(time, sentTo, from, end);
        for (const { id, code, reason, attempts } of refused)
          refuse.run(time, attempts, code, reason, reasonKind(reason), sentTo, id);
        for (const id of taken) remove.run(id);
      }),
    );
  }

  /**
   * Removes some of these dead letters, and gives their room back to the disk: other processes that write must not wait
   * for a million.
   * @returns how many were removed; 0 if there is none
   */
  purgeLetters(filter: LetterFilter): number {
    return this.#do(() => {
      const { sql, values } = conditionsOf(filter);
      const remove = `DELETE FROM letters WHERE id IN (SELECT id FROM letters ${sql} ORDER BY id LIMIT ${MOST_PURGED})`;
      const changes = Number(this.#db.prepare(remove).run(...values).changes);
      if (changes > 0) this.#db.exec("PRAGMA incremental_vacuum");
      return changes;
    });
  }

  /** What it takes on disk, in bytes: what is in use, and its files. */
  size(): { readonly usedBytes: number; readonly fileBytes: number } {
    return this.#do(() => {
      const files = [this.path, `${this.path}-wal`].map((path) => statSync(path, { throwIfNoEntry: false })?.size ?? 0);
      return { usedBytes: this.#usedBytes(), fileBytes: files.reduce((sum, bytes) => sum + bytes, 0) };
    });
  }

  close(): void {
    this.#do(() => this.#db.close());
  }

  /** @param known what becomes of a letter that is there already */
  #adder(known: string): (letter: NewLetter, keptTime: number) => number {
    const add = this.#db.prepare(`${ADD} ${known}`);
    const find = this.#db.prepare(
      "SELECT id FROM letters WHERE audit = ? AND store = ? AND run = ? AND record_id = ? AND place = ?",
    );
    const addRecord = this.#db.prepare("INSERT OR IGNORE INTO records (letter, crc, json) VALUES (?, ?, ?)");
    return (letter, keptTime) => {
      const { audit, store, run, started, plugin, code, reason, attempts, time, recordId, place, record } = letter;
      const end = [attempts, time, time, keptTime, recordId, place, record.length] as const;
      add.run(audit, store, run, started, plugin, code, reason, reasonKind(reason), ...end);
      const id = Number(find.get(audit, store, run, recordId, place)?.["id"]);
      addRecord.run(id, zlib.crc32(record), record);
      return id;
    };
  }

  /** @returns how many that had not arrived were removed for their age @throws StorageError `full` */
  #makeRoom(letters: readonly NewLetter[], { before, maxBytes }: LetterLimits): number {
    const expired = this.#removeOldest("kept", before);
    this.#removeOldest("replayed", before);
    const needed = letters.reduce((sum, { record }) => sum + record.length + LETTER_BYTES, 0);
    while (this.#usedBytes() + needed > maxBytes) {
      if (this.#removeOldest("replayed", Infinity) > 0) continue;
      const [used, more, most] = [this.#usedBytes(), needed, maxBytes].map(sizeWords);
      const why = `it takes ${used}, ${more} more are needed, and state.max_bytes allows ${most}`;
      throw new StorageError(
        "full",
        `Cannot add to ${this.path}: ${why}; \`cloudmarker dead-letters purge\` makes room.`,
      );
    }
    return expired;
  }

  /** @returns how many were removed */
  #removeOldest(state: LetterState, before: number): number {
    const sql = `DELETE FROM letters WHERE id IN
      (SELECT id FROM letters WHERE state = ? AND ${AGED_SINCE} < ? ORDER BY ${AGED_SINCE} LIMIT ${MOST_REMOVED})`;
    return Number(this.#db.prepare(sql).run(state, before).changes);
  }

  #usedBytes(): number {
    const pages = Number(pragma(this.#db, "page_count")) - Number(pragma(this.#db, "freelist_count"));
    return pages * Number(pragma(this.#db, "page_size"));
  }

  #page(columns: string, filter: LetterFilter, afterId: number, mostBytes: number): Row[] {
    return this.#do(() => {
      const { sql, values } = conditionsOf({ ...filter, after: afterId });
      const select = `SELECT ${columns} FROM letters JOIN records ON letter = id ${sql} ORDER BY id`;
      const found: Row[] = [];
      let bytes = 0;
      for (const row of this.#db.prepare(select).iterate(...values)) {
        if (row["crc"] !== zlib.crc32(row["json"] as Uint8Array))
          throw new StorageError("damaged", `Cannot read ${this.path}: a record in it was overwritten.`);
        bytes += Number(row["bytes"]);
        if (found.length > 0 && bytes > mostBytes) break;
        found.push(row);
      }
      return found;
    });
  }

  #groupOf(row: Row): StoredGroup {
    const sample = Number(row["sample"]);
    const first = this.#db.prepare("SELECT plugin, reason FROM letters WHERE id = ?").get(sample);
    return {
      ...addressOf(row),
      plugin: String(first?.["plugin"]),
      code: String(row["code"]),
      reason: String(first?.["reason"]),
      state: row["state"] as LetterState,
      count: Number(row["count"]),
      bytes: Number(row["bytes"]),
      firstTime: Number(row["first_time"]),
      lastTime: Number(row["last_time"]),
      sample,
      ...(row["sent_to"] !== null && { to: String(row["sent_to"]) }),
    };
  }

  #all(select: string, { sql, values }: Conditions, rest: string): Row[] {
    return this.#db.prepare(`${select} ${sql} ${rest}`).all(...values);
  }

  #do<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw storageError(error, this.path, "use");
    }
  }
}

function prepare(db: DatabaseSync, path: string): void {
  db.exec("PRAGMA synchronous = FULL");
  if (isEmpty(db)) {
    // Of no effect once something is in it.
    db.exec("PRAGMA auto_vacuum = INCREMENTAL");
    inTransaction(db, () => {
      // Another process may have been first.
      if (!isEmpty(db)) return;
      db.exec(`PRAGMA application_id = ${KIND.applicationId}; PRAGMA user_version = ${KIND.version}; ${SCHEMA}`);
    });
  }
  checkKind(db, path, KIND);
  if (pragma(db, "user_version") !== KIND.version) inTransaction(db, () => migrate(db));
  if (pragma(db, "journal_mode") !== "wal") db.exec("PRAGMA journal_mode = WAL");
}

function migrate(db: DatabaseSync): void {
  // Another process may have been first.
  for (let version = Number(pragma(db, "user_version")); version < KIND.version; version += 1)
    db.exec(`${MIGRATIONS[version]}; PRAGMA user_version = ${version + 1}`);
}

function isEmpty(db: DatabaseSync): boolean {
  return pragma(db, "schema_version") === 0;
}

interface Conditions {
  /** With `WHERE`; empty where there is none. */
  readonly sql: string;
  readonly values: SQLInputValue[];
}

/** The conditions that have a value, joined. */
function conditionsOf({ ids, runs, reason, after, ...filter }: LetterFilter & { readonly after?: number }): Conditions {
  const all: readonly (readonly [sql: string, value: SQLInputValue | undefined])[] = [
    ["id IN (SELECT value FROM json_each(?))", ids && JSON.stringify(ids)],
    ["audit = ?", filter.audit],
    ["store = ?", filter.store],
    ["run = ?", filter.run],
    ["run IN (SELECT value FROM json_each(?))", runs && JSON.stringify(runs)],
    ["id > ?", after],
    ["code = ?", filter.code],
    // The plus keeps the index by time out of it: what is read page by page would be sorted anew for each page.
    ["+state = ?", filter.state],
    ["+last_time >= ?", filter.since],
    ["+last_time < ?", filter.before],
    ["instr(reason, ?) > 0", reason],
  ];
  const given = all.filter(([, value]) => value !== undefined);
  const sql = given.map(([condition]) => condition).join(" AND ");
  return { sql: sql && `WHERE ${sql}`, values: given.map(([, value]) => value as SQLInputValue) };
}

function recordOf({ id, record_id: recordId, json }: Row): StoredRecord {
  return { id: Number(id), recordId: String(recordId), record: json as Uint8Array<ArrayBuffer> };
}

function letterOf(row: Row): StoredLetter {
  const { code, reason, last_time: lastTime, state, sent_to: to } = row;
  const present = eventOf({ time: lastTime, state, code, reason, to });
  return {
    ...addressOf(row),
    id: Number(row["id"]),
    run: String(row["run"]),
    started: Number(row["started"]),
    plugin: String(row["plugin"]),
    code: String(code),
    reason: String(reason),
    attempts: Number(row["attempts"]),
    firstTime: Number(row["first_time"]),
    lastTime: Number(lastTime),
    state: state as LetterState,
    recordId: String(row["record_id"]),
    place: Number(row["place"]),
    record: row["json"] as Uint8Array<ArrayBuffer>,
    history: [...(JSON.parse(String(row["history"])) as Record<string, unknown>[]).map(eventOf), present],
  };
}

/**
 * A letter that arrived has the code and the reason for which it was refused before: they are not those of the event.
 */
function eventOf({ time, state, code, reason, to }: Record<string, unknown>): StoredEvent {
  const sent = to === null ? {} : { to: String(to) };
  if (state === "replayed") return { time: Number(time), outcome: "replayed", ...sent };
  return { time: Number(time), outcome: "dead_lettered", code: String(code), reason: String(reason), ...sent };
}

function laneOf(row: Row): StoredLane {
  const { run, started, count, last } = row;
  return { ...addressOf(row), run: String(run), started: Number(started), count: Number(count), last: Number(last) };
}

function placeOf(row: Row): StoredPlace {
  const { id, code, reason, place } = row;
  return { ...addressOf(row), id: Number(id), code: String(code), reason: String(reason), place: Number(place) };
}

function addressOf({ audit, store }: Row): Pick<StoredLane, "audit" | "store"> {
  return { audit: String(audit), store: String(store) };
}
