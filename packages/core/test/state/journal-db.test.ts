import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { JournalDb } from "../../src/state/journal-db.ts";
import type { LaneProgress } from "../../src/state/stored.ts";
import { blockOf, Child, digested, temporaryFolder } from "./support.ts";

const options = { unsafe: false };

function progress(lane: number, low: number): LaneProgress {
  return { lane, low, ranges: [], counts: null };
}

test("what was committed is there after the journal is opened again", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "runs", "r1.db");
  const journal = JournalDb.create(path, { meta: { run: "r1" }, lanes: 2 }, options);
  journal.commit({ blocks: [blockOf(0, 10, 1_000), blockOf(10, 5, 200_000)], inputs: [{ input: 0, at: { byte: 7 } }] });
  journal.commit({ lanes: [{ lane: 1, low: 3, ranges: [[5, 7]], counts: { written: 5 } }], meta: { run: "r1", n: 2 } });
  journal.close();
  const again = JournalDb.open(path, options);
  expect(again.state()).toEqual({
    meta: { run: "r1", n: 2 },
    lanes: [
      { lane: 0, low: 0, ranges: [], counts: null },
      { lane: 1, low: 3, ranges: [[5, 7]], counts: { written: 5 } },
    ],
    inputs: [{ input: 0, at: { byte: 7 } }],
    blocks: [
      { first: 0, count: 10 },
      { first: 10, count: 5 },
    ],
    gone: [],
    damage: [],
    size: { usedBytes: expect.any(Number), fileBytes: expect.any(Number), freeBytes: expect.any(Number) },
  });
  expect(again.read(0, 1e9)).toEqual({ blocks: [blockOf(0, 10, 1_000), blockOf(10, 5, 200_000)], gone: [] });
  again.close();
});

test("of what a store has settled the pages that changed are enough, until all of it is written", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "r1.db");
  const journal = JournalDb.create(path, { meta: null, lanes: 2 }, options);
  const lane = { lane: 1, counts: null };
  const rangesOf = (): unknown => journal.state().lanes[1]?.ranges;
  journal.commit({ lanes: [{ ...lane, low: 0, ranges: [[5, 7]] }] });
  journal.commit({
    lanes: [
      {
        ...lane,
        low: 0,
        ranges: [
          [5, 7],
          [4000, 4096],
          [4096, 5000],
        ],
        pages: [0, 1],
      },
    ],
  });
  journal.commit({ lanes: [{ ...lane, low: 2, ranges: [[9000, 9001]], pages: [2] }] });
  expect(rangesOf()).toEqual([
    [5, 7],
    [4000, 5000],
    [9000, 9001],
  ]);
  journal.commit({
    lanes: [
      {
        ...lane,
        low: 8000,
        ranges: [
          [9000, 9001],
          [9002, 9003],
        ],
        pages: [2],
      },
    ],
  });
  expect(journal.state().lanes[1]).toEqual({
    ...lane,
    low: 8000,
    ranges: [
      [9000, 9001],
      [9002, 9003],
    ],
  });
  // A run that is resumed may begin a lane anew: then nothing of it may be left.
  journal.commit({ lanes: [{ ...lane, low: 0, ranges: [[1, 2]] }] });
  expect(journal.state().lanes[1]).toEqual({ ...lane, low: 0, ranges: [[1, 2]] });
  journal.close();
});

function versionOf(path: string): unknown {
  using db = new DatabaseSync(path);
  return db.prepare("PRAGMA user_version").get()?.["user_version"];
}

test("a journal has pages, and the version that knows them, only once it needs them", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "r1.db");
  const versions: unknown[] = [];
  const old = JournalDb.create(path, { meta: { n: 1 }, lanes: 1 }, options);
  old.commit({ lanes: [{ lane: 0, low: 3, ranges: [[5, 7]], counts: null }] });
  old.close();
  versions.push(versionOf(path));
  const journal = JournalDb.open(path, options);
  journal.commit({ lanes: [{ lane: 0, low: 3, ranges: [[5000, 5001]], counts: null, pages: [1] }] });
  journal.close();
  versions.push(versionOf(path));
  const again = JournalDb.open(path, options);
  expect(again.state()).toMatchObject({
    meta: { n: 1 },
    lanes: [
      {
        low: 3,
        ranges: [
          [5, 7],
          [5000, 5001],
        ],
      },
    ],
  });
  again.close();
  expect(versions).toEqual([1, 2]);
});

test("a journal of forked entries has the version that knows them, also once it was damaged (issue 15)", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "r1.db");
  const versions: unknown[] = [];
  const journal = JournalDb.create(path, { meta: null, lanes: 1 }, options);
  expect(() => journal.commit({ isForked: true, meta: 1n })).toThrow("BigInt");
  for (let n = 0; n < 8; n += 1) journal.commit({ blocks: [blockOf(n * 10, 10, 150_000)] });
  journal.close();
  versions.push(versionOf(path));
  const open = JournalDb.open(path, options);
  open.commit({ isForked: true });
  open.commit({ meta: 2 });
  open.close();
  versions.push(versionOf(path));
  const data = readFileSync(path);
  writeFileSync(path, data.subarray(0, data.length - 70_000));
  const salvaged = JournalDb.open(path, options);
  expect(salvaged.state().damage).not.toEqual([]);
  salvaged.close();
  versions.push(versionOf(path));
  expect(versions).toEqual([1, 2, 2]);
});

test("pages that were made in a commit that failed are made again", () => {
  using folder = temporaryFolder();
  const journal = JournalDb.create(join(folder.path, "r1.db"), { meta: null, lanes: 1 }, options);
  const lanes = [{ lane: 0, low: 0, ranges: [[5000, 5001] as const], counts: null, pages: [1] }];
  expect(() => journal.commit({ lanes, meta: 1n })).toThrow("BigInt");
  expect(journal.state().lanes).toMatchObject([{ ranges: [] }]);
  journal.commit({ lanes });
  expect(() => journal.commit({ lanes: [{ ...progress(0, 6000) }], meta: 1n })).toThrow("BigInt");
  expect(journal.state().lanes).toMatchObject([{ low: 0, ranges: [[5000, 5001]] }]);
  journal.close();
});

test("a journal that cannot be made leaves nothing, so that it can be made later (issue 14)", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "r1.db");
  expect(() => JournalDb.create(path, { meta: 1n, lanes: 1 }, options)).toThrow("BigInt");
  expect(readdirSync(folder.path)).toEqual([]);
  JournalDb.create(path, { meta: null, lanes: 1 }, options).close();
});

test("a read begins with the block that holds the number and ends where its room does", () => {
  using folder = temporaryFolder();
  const journal = JournalDb.create(join(folder.path, "r1.db"), { meta: null, lanes: 1 }, options);
  // Numbers 20 to 29 were settled before a commit: no block has them.
  journal.commit({ blocks: [blockOf(0, 10, 100), blockOf(10, 10, 100), blockOf(30, 10, 100), blockOf(40, 10, 100)] });
  const firsts = (from: number, most: number) => journal.read(from, most).blocks.map(({ first }) => first);
  expect(firsts(0, 200)).toEqual([0, 10]);
  expect(firsts(0, 299)).toEqual([0, 10]);
  expect(firsts(15, 200)).toEqual([10, 30]);
  expect(firsts(20, 200)).toEqual([30, 40]);
  expect(firsts(9, 1), "one at least").toEqual([0]);
  expect(firsts(49, 200)).toEqual([40]);
  expect(firsts(50, 200)).toEqual([]);
  journal.close();
});

test("a block goes once every lane has settled all of it", () => {
  using folder = temporaryFolder();
  const journal = JournalDb.create(join(folder.path, "r1.db"), { meta: null, lanes: 2 }, options);
  const firsts = () => journal.state().blocks.map(({ first }) => first);
  journal.commit({ blocks: [0, 10, 20].map((first) => blockOf(first, 10, 300_000)) });
  journal.commit({ lanes: [progress(0, 30)] });
  expect(firsts(), "the other lane has settled nothing").toEqual([0, 10, 20]);
  journal.commit({ lanes: [progress(1, 19)] });
  expect(firsts()).toEqual([10, 20]);
  const before = journal.commit({ lanes: [progress(1, 20)] });
  expect(firsts()).toEqual([20]);
  const after = journal.commit({ blocks: [blockOf(30, 10, 300_000)], lanes: [progress(0, 40), progress(1, 30)] });
  expect(firsts()).toEqual([30]);
  expect(after.usedBytes, "the room of the one is used by the other").toBe(before.usedBytes);
  journal.close();
});

test("a commit is made whole or not at all", () => {
  using folder = temporaryFolder();
  const journal = JournalDb.create(join(folder.path, "r1.db"), { meta: 1, lanes: 1 }, options);
  journal.commit({ blocks: [blockOf(0, 10, 10)] });
  const before = journal.state();
  expect(() =>
    journal.commit({ blocks: [blockOf(10, 10, 10), { ...blockOf(20, 1, 10), count: NaN }], meta: 2 }),
  ).toThrow(/NOT NULL/);
  expect({ ...journal.state(), size: before.size }).toEqual(before);
  journal.commit({ blocks: [blockOf(10, 10, 10)], meta: 2 });
  expect(journal.read(0, 100).blocks).toHaveLength(2);
  journal.close();
});

test("a block that is sent again replaces the first: the answer to it came too late", () => {
  using folder = temporaryFolder();
  const journal = JournalDb.create(join(folder.path, "r1.db"), { meta: 1, lanes: 1 }, options);
  journal.commit({ blocks: [blockOf(0, 10, 10)] });
  journal.commit({ blocks: [blockOf(0, 4, 10), blockOf(4, 6, 10)] });
  expect(journal.state().blocks).toEqual([
    { first: 0, count: 4 },
    { first: 4, count: 6 },
  ]);
  journal.close();
});

test("its files are for their owner alone, and are gone once it is removed", () => {
  using folder = temporaryFolder();
  const runs = join(folder.path, "runs");
  const journal = JournalDb.create(join(runs, "r1.db"), { meta: null, lanes: 1 }, options);
  journal.commit({ blocks: [blockOf(0, 10, 10)] });
  expect(readdirSync(runs).toSorted()).toEqual(["r1.db", "r1.db-wal"]);
  const modes = [runs, ...readdirSync(runs).map((name) => join(runs, name))].map((at) => statSync(at).mode & 0o777);
  expect(modes).toEqual([0o700, 0o600, 0o600]);
  journal.remove();
  expect(readdirSync(runs)).toEqual([]);
});

test("a second journal of one run is refused", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "r1.db");
  JournalDb.create(path, { meta: "first", lanes: 1 }, options).close();
  expect(() => JournalDb.create(path, { meta: "second", lanes: 1 }, options)).toThrow(
    expect.objectContaining({ reason: "exists" }),
  );
  const journal = JournalDb.open(path, options);
  expect(journal.state().meta).toBe("first");
  journal.close();
});

test("while its process lives, another one is refused at once, with the reason", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "r1.db");
  const owner = new Child([path, "create", "commit 3 1000", "wait"]);
  await owner.line("waiting");
  expect(() => JournalDb.open(path, options)).toThrow(
    expect.objectContaining({
      reason: "locked",
      message: `Cannot open the journal ${path}: another process is using it; wait until that one has ended.`,
    }),
  );
  expect(await owner.all()).toContain("waiting");
});

test("after kill -9 one of two processes takes it, with every commit that was confirmed", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "r1.db");
  let next = 0;
  // Each round kills the one that took it in the round before, in the middle of its commits.
  for (const first of ["create", "open", "open"]) {
    const owner = new Child([path, first, "commit 1000000 70000"]);
    await owner.line(`committed ${next + 50}`);
    const confirmed = (await owner.kill()).findLast((line) => line.startsWith("committed"));
    const pair = [0, 1].map(() => new Child([path, "open", "wait"]));
    const answers = await Promise.all(
      pair.map((child) => Promise.any([child.line("open ok"), child.line("refused locked")])),
    );
    expect(answers.map((line) => line.split(" ").slice(0, 2).join(" ")).toSorted()).toEqual([
      "open ok",
      "refused locked",
    ]);
    await Promise.all(pair.map((child) => child.kill()));
    const journal = JournalDb.open(path, options);
    const { blocks, damage } = journal.state();
    expect(damage).toEqual([]);
    next = blocks.length * 10;
    expect(next).toBeGreaterThanOrEqual(Number(confirmed?.split(" ")[1]));
    const wanted = blocks.map(({ first: at }) => blockOf(at, 10, 70_000));
    expect(digested(journal.read(0, 1e9).blocks)).toEqual(digested(wanted));
    journal.close();
    const db = new DatabaseSync(path);
    expect(db.prepare("PRAGMA integrity_check").all()).toEqual([{ integrity_check: "ok" }]);
    db.close();
  }
});

test("a journal of a newer version is named and left alone", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "r1.db");
  JournalDb.create(path, { meta: null, lanes: 1 }, options).close();
  const db = new DatabaseSync(path);
  db.exec("PRAGMA user_version = 3");
  db.close();
  expect(() => JournalDb.open(path, options)).toThrow(
    expect.objectContaining({
      reason: "newer",
      message: `Cannot use the journal ${path}: a newer version of Cloudmarker made it (its format is 3, this version knows formats up to 2). It was left alone; use the newer version.`,
    }),
  );
});

test.each([
  ["a database of another program", "foreign", (path: string) => new DatabaseSync(path).exec("CREATE TABLE t (a)")],
  ["a file that is no database", "foreign", (path: string) => writeFileSync(path, "x".repeat(100_000))],
  ["an empty file", "empty", (path: string) => writeFileSync(path, "")],
  ["nothing", "missing", () => undefined],
])("%s is no journal: %s", (_, reason, make) => {
  using folder = temporaryFolder();
  const path = join(folder.path, "r1.db");
  make(path);
  expect(() => JournalDb.open(path, options)).toThrow(expect.objectContaining({ name: "StorageError", reason }));
  expect(existsSync(path)).toBe(reason !== "missing");
});
