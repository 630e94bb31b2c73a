import { existsSync, renameSync, rmSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { pragma } from "./open-database.ts";
import { messageOf } from "../errors/message-of.ts";
import { reasonOf } from "./storage-error.ts";
import { hidesCommits } from "./wal-tail.ts";

type Row = Record<string, unknown>;

/** What can be read of a damaged journal. */
export interface Salvaged {
  readonly meta: Row | undefined;
  readonly lanes: readonly Row[];
  readonly pages: readonly Row[];
  readonly inputs: readonly Row[];
  readonly gone: readonly Row[];
  /** The blocks that are known, in order; whether their bytes can be read shows when they are. */
  readonly heads: readonly { readonly first: number; readonly count: number }[];
  /** What cannot be read, each as a sentence. */
  readonly damage: readonly string[];
}

/** What is wrong with a journal that was just opened, each as a sentence. Reads all of it. */
export function damageOf(db: DatabaseSync, path: string): string[] {
  const damage: string[] = [];
  const found = readable(() => pragma(db, "quick_check(1)"), damage);
  if (found !== undefined && found !== "ok") damage.push(`SQLite found: ${String(found)}.`);
  // What a process that was killed has left in the log is copied into the database.
  const log = readable(() => db.prepare("PRAGMA wal_checkpoint(PASSIVE)").get()?.["log"], damage);
  if (hidesCommits(`${path}-wal`, Math.max(0, Number(log ?? 0))))
    damage.push("The write-ahead log was overwritten: the latest commits cannot be read.");
  return damage;
}

/** Reads what can be read. */
export function readDamaged(db: DatabaseSync): Salvaged {
  const damage: string[] = [];
  const all = (table: string, order: string): Row[] => {
    const found: Row[] = [];
    readable(() => {
      for (const row of db.prepare(`SELECT * FROM ${table} ORDER BY ${order}`).iterate()) found.push(row);
    }, damage);
    return found;
  };
  const heads = headsOf(db, damage);
  const [lanes, pages] = [all("lanes", "lane"), hasPages(db) ? all("pages", "lane, page") : []];
  const [inputs, gone, [meta]] = [all("inputs", "input"), all("gone", "first"), all("run", "one")];
  const earlier = all("damage", "rowid").map(({ text }) => String(text));
  return { meta, lanes, pages, inputs, gone, heads, damage: [...earlier, ...new Set(damage)] };
}

/** The blocks that the index or the table knows, each read from both ends, in case a page in the middle is damaged. */
function headsOf(db: DatabaseSync, damage: string[]): Salvaged["heads"] {
  const heads = new Map<number, number>();
  for (const by of ["INDEXED BY block_list", "NOT INDEXED"])
    for (const direction of ["ASC", "DESC"])
      readable(() => {
        const select = `SELECT first, count FROM blocks ${by} ORDER BY first ${direction}`;
        for (const { first, count } of db.prepare(select).iterate()) heads.set(Number(first), Number(count));
      }, damage);
  return [...heads].map(([first, count]) => ({ first, count })).toSorted((a, b) => a.first - b.first);
}

/** Whether the journal has pages of what its lanes have settled. */
export function hasPages(db: DatabaseSync): boolean {
  return db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'pages'").get() !== undefined;
}

/** @returns undefined where it cannot be read */
function readable<T>(read: () => T, damage: string[]): T | undefined {
  try {
    return read();
  } catch (error) {
    if (reasonOf(error) !== "damaged") throw error;
    damage.push(`SQLite found: ${messageOf(error)}.`);
    return undefined;
  }
}

/** Where a journal is built from what can be read. While the damaged one is in its place, it is not complete. */
export function salvagedPath(path: string): string {
  return `${path}.salvaged`;
}

/** Puts the salvaged journal in the place of the damaged one, which is kept beside it. Both are closed. */
export function replaceDamaged(path: string): void {
  renameSync(path, `${path}.damaged`);
  finishReplacing(path);
}

/** Goes on where a process was killed in {@link replaceDamaged}. */
export function finishReplacing(path: string): void {
  if (existsSync(path) || !existsSync(salvagedPath(path))) return;
  // It belongs to the damaged database, and would be read as part of the new one.
  if (existsSync(`${path}-wal`)) renameSync(`${path}-wal`, `${path}.damaged-wal`);
  rmSync(`${path}-journal`, { force: true });
  renameSync(salvagedPath(path), path);
}
