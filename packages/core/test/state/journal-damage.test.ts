// Journals that were cut off or overwritten: what can be read is kept, what cannot is named.
import {
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { JournalDb } from "../../src/state/journal-db.ts";
import type { JournalState } from "../../src/state/stored.ts";
import { blockOf, canTrace, Child, digested, temporaryFolder } from "./support.ts";

const options = { unsafe: false };
const PAGE = 65_536;
const BLOCK = 150_000;

/** Makes a journal of so many blocks of 10 entries, all of it in the database and none of it in the log. */
function made(path: string, blocks: number): void {
  const journal = JournalDb.create(path, { meta: { run: "r1" }, lanes: 1 }, options);
  for (let n = 0; n < blocks; n += 1) journal.commit({ blocks: [blockOf(n * 10, 10, BLOCK)] });
  journal.commit({ lanes: [{ lane: 0, low: 5, ranges: [], counts: { written: 5 } }], inputs: [{ input: 0, at: 9 }] });
  journal.close();
}

function overwrite(path: string, at: number, length = PAGE): void {
  const file = openSync(path, "r+");
  writeSync(file, new Uint8Array(length).fill(0xa5), 0, length, at);
  closeSync(file);
}

/** Opens it, and checks that each block that is listed is as it was. */
function opened(path: string): JournalState {
  const journal = JournalDb.open(path, options);
  const state = journal.state();
  expect(journal.read(0, 1e9)).toEqual({
    blocks: state.blocks.map(({ first }) => blockOf(first, 10, BLOCK)),
    gone: [],
  });
  // It is a sound one from now on.
  journal.commit({ blocks: [blockOf(10_000, 10, BLOCK)] });
  journal.close();
  const again = JournalDb.open(path, options);
  expect(again.state().damage).toEqual(state.damage);
  expect(again.state().gone).toEqual(state.gone);
  again.close();
  return state;
}

/** Each block is in the journal or named as gone. */
function accounted({ blocks, gone }: JournalState, count: number): void {
  const all = [...blocks.map(({ first }) => first), ...gone.map(([from]) => from)].toSorted((a, b) => a - b);
  expect(all).toEqual(Array.from({ length: count }, (_, n) => n * 10));
}

/**
 * Where the middle of a block stands in a file. Its beginning may stand there twice, as pages of the structure are
 * copied.
 */
function placeOf(path: string, first: number): number {
  return readFileSync(path).indexOf(blockOf(first, 10, BLOCK).bytes.subarray(100_000, 101_000));
}

test("a block whose bytes were changed is named when it is read: SQLite does not notice", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "r1.db");
  made(path, 5);
  overwrite(path, placeOf(path, 20), 100);
  const journal = JournalDb.open(path, options);
  expect(journal.state().damage).toEqual([]);
  const { blocks, gone } = journal.read(0, 1e9);
  expect(digested(blocks)).toEqual(digested([0, 10, 30, 40].map((first) => blockOf(first, 10, BLOCK))));
  expect(gone).toEqual([[20, 30]]);
  journal.close();
});

test("whichever page is overwritten, every block is there or named, and the rest is as it was", () => {
  using folder = temporaryFolder();
  const whole = join(folder.path, "whole.db");
  made(whole, 8);
  const pages = statSync(whole).size / PAGE;
  const states: JournalState[] = [];
  for (let page = 1; page < pages; page += 1) {
    const path = join(folder.path, `page-${page}.db`);
    copyFileSync(whole, path);
    overwrite(path, page * PAGE);
    const state = opened(path);
    expect(existsSync(`${path}.damaged`)).toBe(state.damage.length > 0);
    states.push(state);
  }
  const damaged = states.filter(({ damage }) => damage.length > 0);
  expect(damaged.length, "pages of the structure").toBeGreaterThan(5);
  for (const state of damaged) accounted(state, 8);
  const kept = states.reduce((sum, { blocks }) => sum + blocks.length, 0);
  expect(kept / states.length, "blocks that are left of 8").toBeGreaterThan(6);
});

/** Where the page begins that says how far the stores are. */
function lanesPage(path: string): number {
  const at = readFileSync(path).indexOf('{"written":5}');
  return at - (at % PAGE);
}

test("how far the stores were is told to be unknown where that page is overwritten", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "r1.db");
  made(path, 2);
  overwrite(path, lanesPage(path));
  const { lanes, damage } = opened(path);
  expect(lanes).toEqual([]);
  expect(damage).toContain("How far the stores were cannot be read: records may be sent a second time.");
});

test("a database that was cut off keeps what stands before", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "r1.db");
  made(path, 12);
  truncateSync(path, Math.floor(statSync(path).size / 2));
  const state = opened(path);
  expect(state.damage.length).toBeGreaterThan(0);
  expect(state.blocks.length).toBeGreaterThanOrEqual(4);
  accounted(state, 12);
});

test("nothing can be read where the first page is overwritten: the file is left alone", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "r1.db");
  made(path, 2);
  overwrite(path, 0);
  const before = readFileSync(path);
  expect(() => JournalDb.open(path, options)).toThrow(expect.objectContaining({ reason: "foreign" }));
  expect(readFileSync(path).equals(before)).toBe(true);
});

/** Makes a journal as a killed process leaves it: all of its commits are in the log. */
function leftInLog(path: string, blocks: number): void {
  const journal = JournalDb.create(path, { meta: { run: "r1" }, lanes: 1 }, options);
  for (let n = 0; n < blocks; n += 1) journal.commit({ blocks: [blockOf(n * 10, 10, BLOCK)] });
  const kept = [path, `${path}-wal`].map((name) => [name, readFileSync(name)] as const);
  journal.close();
  for (const [name, bytes] of kept) writeFileSync(name, bytes);
}

test("a log that is whole is used without a word", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "r1.db");
  leftInLog(path, 8);
  const state = opened(path);
  expect([state.blocks.length, state.damage, state.gone]).toEqual([8, [], []]);
});

test("commits behind a place of the log that was overwritten are told to be lost: SQLite would not say so", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "r1.db");
  leftInLog(path, 8);
  overwrite(`${path}-wal`, placeOf(`${path}-wal`, 40), 100);
  const state = opened(path);
  expect(state.blocks.map(({ first }) => first)).toEqual([0, 10, 20, 30]);
  expect(state.damage).toEqual(["The write-ahead log was overwritten: the latest commits cannot be read."]);
});

test("a log whose beginning was overwritten is not taken for a journal that is empty", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "r1.db");
  leftInLog(path, 3);
  overwrite(`${path}-wal`, 0, 32);
  expect(() => JournalDb.open(path, options)).toThrow(expect.objectContaining({ reason: "damaged" }));
});

test.runIf(canTrace)("a kill while a damaged journal is replaced changes nothing of what is kept", async () => {
  using folder = temporaryFolder();
  const whole = join(folder.path, "whole.db");
  made(whole, 4);
  overwrite(whole, lanesPage(whole));
  const path = join(folder.path, "r1.db");
  copyFileSync(whole, path);
  const wanted = opened(path).blocks;
  expect(wanted).toHaveLength(4);
  for (const call of ["rename", "unlink", "pwrite64", "fsync"])
    for (const n of [1, 4, 9]) {
      for (const end of ["", "-wal", ".salvaged", ".salvaged-wal", ".damaged"]) rmSync(path + end, { force: true });
      copyFileSync(whole, path);
      const rule = `inject=${call}:signal=KILL:when=${n}`;
      await new Child([path, "open", "close"], ["strace", "-f", "-qqq", "-o", "/dev/null", "-e", rule]).all();
      expect(opened(path).blocks, `${call} ${n}`).toEqual(wanted);
    }
});

test("a process that was killed while it replaced a damaged journal is no harm", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "r1.db");
  made(path, 3);
  // The salvaged one is complete once the damaged one is not in its place any more.
  renameSync(path, `${path}.salvaged`);
  writeFileSync(`${path}-wal`, "of the damaged one");
  expect(opened(path).blocks).toHaveLength(3);
  expect(readFileSync(`${path}.damaged-wal`, "utf8")).toBe("of the damaged one");
});
