import { existsSync, rmSync, statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import zlib from "node:zlib";
import {
  checkKind,
  COMPANIONS,
  type DatabaseOptions,
  inTransaction,
  type Kind,
  makeFile,
  openDatabase,
  pragma,
  removeDatabase,
} from "./open-database.ts";
import { compressed, decompressed } from "./compressed.ts";
import { damageOf, finishReplacing, hasPages, readDamaged, replaceDamaged, salvagedPath } from "./salvage-journal.ts";
import { Settled } from "./settled.ts";
import { reasonOf, storageError, StorageError } from "./storage-error.ts";
import {
  type Block,
  type BlocksRead,
  type InputProgress,
  type JournalChange,
  type JournalSize,
  type JournalState,
  type LaneChange,
  type LaneProgress,
  type SeqRange,
  PAGE,
} from "./stored.ts";

/** What a new journal begins with. */
export interface JournalStart {
  /** What the journal says about the run: any data that JSON can hold. */
  readonly meta: unknown;
  /** How many stores the run has: a block stays until every one of them has settled it. */
  readonly lanes: number;
}

/** "CMJ" and the number of the kind, in ASCII. */
const KIND: Kind = { name: "journal", applicationId: 0x434d4a31, version: 2 };

/** Large pages: a block of 1 MiB is a chain of 16. */
const PAGE_BYTES = 65_536;

/**
 * Pages in the write-ahead log from which on it is copied into the database: 512 MiB. Copying more often halves the
 * speed.
 */
const CHECKPOINT_PAGES = 8_192;

/** A second process that tries at the same moment makes both fail: each tries again so often. */
const LOCK_TRIES = 8;
const LONGEST_PAUSE_MS = 10;

/** A journal is of this version until it has pages, or its entries may be forked. */
const FIRST_VERSION = 1;

const USE_LATEST = `PRAGMA user_version = ${KIND.version};`;

// What a lane has settled above the first gap: `lanes.ranges`, and the pages that have changed since. Few runs need
// them, and each table takes a page of the file.
const PAGES = `CREATE TABLE pages (lane INTEGER NOT NULL, page INTEGER NOT NULL, ranges TEXT NOT NULL,
  PRIMARY KEY (lane, page)) WITHOUT ROWID; ${USE_LATEST}`;

// `crc` is over the bytes: SQLite itself does not notice when those are overwritten. The index repeats which blocks
// there are, so that it is known what was in a page that is damaged.
const SCHEMA = `
  CREATE TABLE blocks (first INTEGER PRIMARY KEY, count INTEGER NOT NULL, crc INTEGER NOT NULL, bytes BLOB NOT NULL);
  CREATE INDEX block_list ON blocks (first, count);
  CREATE TABLE lanes (lane INTEGER PRIMARY KEY, low INTEGER NOT NULL, ranges TEXT NOT NULL, counts TEXT NOT NULL);
  CREATE TABLE inputs (input INTEGER PRIMARY KEY, at TEXT NOT NULL);
  CREATE TABLE run (one INTEGER PRIMARY KEY CHECK (one = 1), meta TEXT NOT NULL);
  CREATE TABLE gone (first INTEGER PRIMARY KEY, end INTEGER NOT NULL);
  CREATE TABLE damage (text TEXT NOT NULL);
`;

type BlockHead = Omit<Block, "bytes">;

/**
 * The journal of one run: a database of SQLite that one process at a time has. Its lock is the kernel's, so a journal
 * whose lock can be taken belongs to nobody any more.
 */
export class JournalDb {
  readonly path: string;
  readonly #db: DatabaseSync;
  readonly #pageBytes: number;
  readonly #putBlock: StatementSync;
  readonly #putLane: StatementSync;
  readonly #moveLane: StatementSync;
  /** Undefined while it has no pages. */
  #pages: { readonly put: StatementSync; readonly drop: StatementSync } | undefined;
  /** The last commit failed: it may have made them. */
  #isUnsure = false;
  readonly #putInput: StatementSync;
  readonly #putMeta: StatementSync;
  readonly #dropBlocks: StatementSync;
  readonly #heads: StatementSync;
  readonly #block: StatementSync;

  private constructor(path: string, db: DatabaseSync) {
    this.path = path;
    this.#db = db;
    // A transaction stays in memory until it is written: it is small, and written early its pages are written twice.
    db.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}; PRAGMA cache_spill = OFF`);
    this.#pageBytes = Number(pragma(db, "page_size"));
    // REPLACE would copy the pages that each block changes into a temporary file first.
    this.#putBlock = db.prepare(`INSERT INTO blocks (first, count, crc, bytes) VALUES (?, ?, ?, ?)
      ON CONFLICT (first) DO UPDATE SET count = excluded.count, crc = excluded.crc, bytes = excluded.bytes`);
    this.#putLane = db.prepare("INSERT OR REPLACE INTO lanes (lane, low, ranges, counts) VALUES (?, ?, ?, ?)");
    this.#moveLane = db.prepare("UPDATE lanes SET low = ?, counts = ? WHERE lane = ?");
    this.#lookForPages();
    this.#putInput = db.prepare("INSERT OR REPLACE INTO inputs (input, at) VALUES (?, ?)");
    this.#putMeta = db.prepare("INSERT OR REPLACE INTO run (one, meta) VALUES (1, ?)");
    this.#dropBlocks = db.prepare(`DELETE FROM blocks WHERE first IN (SELECT first FROM blocks INDEXED BY block_list,
      (SELECT min(low) AS low FROM lanes) WHERE first < low AND first + count <= low)`);
    this.#heads = db.prepare("SELECT first, count FROM blocks INDEXED BY block_list WHERE first >= ? ORDER BY first");
    this.#block = db.prepare("SELECT first, count, crc, bytes FROM blocks WHERE first = ?");
  }

  /** Makes the journal of a new run. @throws StorageError, such as `exists` */
  static create(path: string, { meta, lanes }: JournalStart, options: Pick<DatabaseOptions, "unsafe">): JournalDb {
    return guarded(path, "make the journal", () => {
      makeFile(path);
      return removingOnError(path, () => {
        const db = openDatabase(path, { ...options, busyMs: 0 });
        return closingOnError(db, () => {
          // The first page is written alone, and what follows goes through the log: a kill leaves an empty journal or
          // a whole one.
          db.exec(`PRAGMA page_size = ${PAGE_BYTES}; PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = FULL;
          PRAGMA journal_mode = MEMORY; PRAGMA journal_mode = WAL`);
          inTransaction(db, () => {
            db.exec(`PRAGMA application_id = ${KIND.applicationId}; PRAGMA user_version = ${FIRST_VERSION}; ${SCHEMA}`);
            db.prepare("INSERT INTO run (one, meta) VALUES (1, ?)").run(JSON.stringify(meta));
            const add = db.prepare("INSERT INTO lanes (lane, low, ranges, counts) VALUES (?, 0, '[]', 'null')");
            for (let lane = 0; lane < lanes; lane += 1) add.run(lane);
          });
          return new JournalDb(path, db);
        });
      });
    });
  }

  /**
   * Takes a journal whose process has ended, and reads it whole once. A damaged one is replaced by what can be read of
   * it; `state` says what is missing, and the damaged one stays beside it as `PATH.damaged`.
   * @throws StorageError: `locked` where that process lives, `newer`, `foreign`, `missing`, `empty`
   */
  static open(path: string, options: Pick<DatabaseOptions, "unsafe">): JournalDb {
    return guarded(path, "open the journal", () => {
      finishReplacing(path);
      const db = openDatabase(path, { ...options, busyMs: 0 });
      return closingOnError(db, () => {
        try {
          takeLock(db, path);
        } catch (error) {
          if (reasonOf(error) !== "damaged") throw error;
          // With this, SQLite reads also a file that was cut off.
          db.exec("PRAGMA writable_schema = ON");
          takeLock(db, path);
        }
        checkKind(db, path, KIND);
        const damage = damageOf(db, path);
        if (damage.length === 0) return new JournalDb(path, db);
        JournalDb.#salvage(db, path, damage);
        db.close();
        replaceDamaged(path);
        return JournalDb.open(path, options);
      });
    });
  }

  /** Builds a journal of what can be read of a damaged one. */
  static #salvage(db: DatabaseSync, path: string, damage: readonly string[]): void {
    const target = salvagedPath(path);
    // What a process that was killed had built.
    removeDatabase(target);
    const found = readDamaged(db);
    const from = new JournalDb(path, db);
    const to = JournalDb.create(target, { meta: null, lanes: 0 }, { unsafe: true });
    const gone: SeqRange[] = found.gone.map(goneOf);
    for (const head of found.heads) {
      const block = from.#blockAt(head);
      if (block) to.commit({ blocks: [block] });
      else gone.push(rangeOf(head));
    }
    const told = [...damage, ...found.damage];
    if (found.meta === undefined) told.push("What the journal says about the run cannot be read.");
    if (found.lanes.length === 0)
      told.push("How far the stores were cannot be read: records may be sent a second time.");
    const isForked = Number(pragma(db, "user_version")) > FIRST_VERSION;
    inTransaction(to.#db, () => {
      to.#apply({ isForked, lanes: lanesOf(found.lanes, found.pages), inputs: found.inputs.map(inputOf) });
      if (found.meta) to.#putMeta.run(String(found.meta["meta"]));
      const addGone = to.#db.prepare("INSERT OR REPLACE INTO gone (first, end) VALUES (?, ?)");
      for (const range of gone) addGone.run(...range);
      const addText = to.#db.prepare("INSERT INTO damage (text) VALUES (?)");
      for (const text of new Set(told)) addText.run(text);
    });
    to.close();
  }

  /**
   * Makes a change durable, and removes the blocks that every lane has settled. @throws StorageError, and nothing is
   * changed
   */
  commit(change: JournalChange): JournalSize {
    return guarded(this.path, "write to the journal", () => {
      inTransaction(this.#db, () => {
        if (this.#isUnsure) this.#lookForPages();
        this.#isUnsure = true;
        this.#apply(change);
      });
      this.#isUnsure = false;
      return this.#size();
    });
  }

  /**
   * Blocks that hold entries from a sequence number on: as many as fit into so many bytes, and at least one if there
   * is one.
   */
  read(fromSeq: number, mostBytes: number): BlocksRead {
    return guarded(this.path, "read the journal", () => {
      const blocks: Block[] = [];
      const gone: SeqRange[] = [];
      let bytes = 0;
      for (const head of this.#headsFrom(fromSeq)) {
        const block = this.#blockAt(head);
        if (block === undefined) gone.push(rangeOf(head));
        else if (blocks.length > 0 && bytes + block.bytes.length > mostBytes) break;
        else {
          blocks.push(block);
          bytes += block.bytes.length;
        }
        if (bytes >= mostBytes) break;
      }
      return { blocks, gone };
    });
  }

  /** All that it holds, save the bytes of the blocks. */
  state(): JournalState {
    return guarded(this.path, "read the journal", () => {
      const all = (sql: string) => this.#db.prepare(sql).all() as Record<string, unknown>[];
      return {
        meta: JSON.parse(String(all("SELECT meta FROM run")[0]?.["meta"] ?? "null")),
        lanes: lanesOf(
          all("SELECT * FROM lanes ORDER BY lane"),
          hasPages(this.#db) ? all("SELECT * FROM pages ORDER BY lane, page") : [],
        ),
        inputs: all("SELECT * FROM inputs ORDER BY input").map(inputOf),
        blocks: [...this.#headsFrom(0)],
        gone: all("SELECT first, end FROM gone ORDER BY first").map(goneOf),
        damage: all("SELECT text FROM damage").map(({ text }) => String(text)),
        size: this.#size(),
      };
    });
  }

  /** Releases the lock. What is in the write-ahead log is copied into the database first. */
  close(): void {
    guarded(this.path, "close the journal", () => this.#db.close());
  }

  /** Removes its files, while nobody else can take it. */
  remove(): void {
    guarded(this.path, "remove the journal", () => {
      // SQLite copies nothing into a database that has no name any more. Windows removes no open file.
      const isRemoved = tryToRemove(this.path);
      this.#db.close();
      if (!isRemoved) rmSync(this.path, { force: true });
      for (const end of COMPANIONS) rmSync(this.path + end, { force: true });
    });
  }

  /** A table that was made in a transaction that failed is not there. */
  #lookForPages(): void {
    this.#pages = hasPages(this.#db) ? pagesOf(this.#db) : undefined;
  }

  #apply({ blocks = [], lanes = [], inputs = [], isForked = false, ...rest }: JournalChange): void {
    if (isForked) this.#db.exec(USE_LATEST);
    for (const { first, count, bytes } of blocks) {
      const stored = compressed(bytes);
      this.#putBlock.run(first, count, zlib.crc32(stored), stored);
    }
    for (const lane of lanes) this.#applyLane(lane);
    for (const { input, at } of inputs) this.#putInput.run(input, JSON.stringify(at));
    if ("meta" in rest) this.#putMeta.run(JSON.stringify(rest.meta ?? null));
    if (rest.mended) this.#db.exec("DELETE FROM gone; DELETE FROM damage");
    if (lanes.length > 0) this.#dropBlocks.run();
  }

  #applyLane({ lane, low, ranges, counts, pages }: LaneChange): void {
    const told = JSON.stringify(counts ?? null);
    if (!pages) {
      this.#putLane.run(lane, low, JSON.stringify(ranges), told);
      this.#pages?.drop.run(lane, Number.MAX_SAFE_INTEGER);
      return;
    }
    this.#moveLane.run(low, told, lane);
    const { put, drop } = (this.#pages ??= makePages(this.#db));
    const byPage = Map.groupBy(ranges, ([from]) => Math.floor(from / PAGE));
    for (const page of pages) put.run(lane, page, JSON.stringify(byPage.get(page) ?? []));
    drop.run(lane, Math.floor(low / PAGE));
  }

  *#headsFrom(seq: number): Generator<BlockHead> {
    // The block that begins before may reach beyond.
    const before = this.#db
      .prepare("SELECT max(first) AS first FROM blocks INDEXED BY block_list WHERE first <= ?")
      .get(seq);
    for (const { first, count } of this.#heads.iterate(Number(before?.["first"] ?? seq)))
      if (Number(first) + Number(count) > seq) yield { first: Number(first), count: Number(count) };
  }

  /** @returns undefined where it is damaged */
  #blockAt({ first, count }: BlockHead): Block | undefined {
    try {
      const row = this.#block.get(first);
      const stored = row?.["bytes"] as Uint8Array<ArrayBuffer> | undefined;
      return stored && row?.["count"] === count && row["crc"] === zlib.crc32(stored)
        ? { first, count, bytes: decompressed(stored) }
        : undefined;
    } catch (error) {
      if (reasonOf(error) !== "damaged") throw error;
      return undefined;
    }
  }

  #size(): JournalSize {
    const { bavail, bsize } = statfsSync(dirname(this.path));
    const fileBytes = Number(pragma(this.#db, "page_count")) * this.#pageBytes;
    const unusedBytes = Number(pragma(this.#db, "freelist_count")) * this.#pageBytes;
    // What is in the write-ahead log alone is still to be copied.
    const uncopiedBytes = Math.max(0, fileBytes - sizeOf(this.path));
    const freeBytes = Math.max(0, bavail * bsize - uncopiedBytes);
    return { usedBytes: fileBytes - unusedBytes, fileBytes, freeBytes };
  }
}

/** @throws StorageError `locked` */
function takeLock(db: DatabaseSync, path: string): void {
  for (let tried = 1; ; tried += 1) {
    try {
      db.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = FULL");
      // The first look at it takes the lock, and goes on from what a process that was killed has left.
      db.prepare("SELECT count(*) FROM sqlite_schema").get();
      break;
    } catch (error) {
      if (reasonOf(error) !== "locked" || tried === LOCK_TRIES) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Math.random() * LONGEST_PAUSE_MS);
    }
  }
  // Its process may have removed it since.
  if (!existsSync(path)) throw new StorageError("missing", `Cannot open ${path}: it was removed, as it is done.`);
}

function tryToRemove(path: string): boolean {
  try {
    rmSync(path);
    return true;
  } catch {
    return false;
  }
}

function guarded<T>(path: string, doing: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw storageError(error, path, doing);
  }
}

/** What was made in part would be in the way when it is made again. */
function removingOnError<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    for (const end of ["", ...COMPANIONS]) rmSync(path + end, { force: true });
    throw error;
  }
}

function closingOnError<T>(db: DatabaseSync, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (db.isOpen) db.close();
    throw error;
  }
}

function rangeOf({ first, count }: BlockHead): SeqRange {
  return [first, first + count];
}

function goneOf({ first, end }: Record<string, unknown>): SeqRange {
  return [Number(first), Number(end)];
}

function makePages(db: DatabaseSync): ReturnType<typeof pagesOf> {
  db.exec(PAGES);
  return pagesOf(db);
}

function pagesOf(db: DatabaseSync): { readonly put: StatementSync; readonly drop: StatementSync } {
  return {
    put: db.prepare("INSERT OR REPLACE INTO pages (lane, page, ranges) VALUES (?, ?, ?)"),
    drop: db.prepare("DELETE FROM pages WHERE lane = ? AND page < ?"),
  };
}

type Rows = readonly Record<string, unknown>[];

/** How far the lanes are: their ranges, and those of the pages that were written since. */
function lanesOf(lanes: Rows, pages: Rows): LaneProgress[] {
  return lanes.map(({ lane, low, ranges, counts }) => {
    const own = pages.filter((page) => page["lane"] === lane);
    const written = [ranges, ...own.map((page) => page["ranges"])].flatMap((text) => {
      return JSON.parse(String(text)) as SeqRange[];
    });
    const settled = own.length === 0 ? written : new Settled(Number(low), written).ranges();
    return { lane: Number(lane), low: Number(low), ranges: settled, counts: JSON.parse(String(counts)) as unknown };
  });
}

function inputOf({ input, at }: Record<string, unknown>): InputProgress {
  return { input: Number(input), at: JSON.parse(String(at)) };
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
