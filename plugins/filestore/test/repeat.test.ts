// A run that is repeated under its id (L-10).
import { appendFileSync, readFileSync, renameSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { newRecords } from "../src/compare.ts";
import type { FileStoreParams } from "../src/index.ts";

import { makeRecord } from "./make-record.ts";
import {
  attempt,
  batchOf,
  canTrace,
  Child,
  files,
  incompleteRun,
  leftovers,
  numbers,
  openStore,
  readArray,
  readLines,
  runChild,
  runStore,
  temporaryFolder,
} from "./support.ts";
import type { Workers } from "./support.ts";

const APPEND = { format: "ndjson", write_mode: "append" } as const;

function linesOf(folder: string, name: string): number[] {
  if (!name.endsWith(".gz")) return numbers(readLines(folder, name));
  const text = gunzipSync(readFileSync(join(folder, name))).toString();
  return numbers(
    text
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line)),
  );
}

test.each([
  ["none", "x.ndjson"],
  ["gzip", "x.ndjson.gz"],
] as const)("adds each record once, however often it is repeated: %s (L-10)", async (compress, name) => {
  const folder = temporaryFolder();
  const given = { ...APPEND, compress };
  await runStore(folder, { x: [0, 2] }, given, { run: "monday" });
  await runStore(folder, { x: [2, 5] }, given, { run: "tuesday" });
  await runStore(folder, { x: [5, 6] }, given, { run: "wednesday" });
  const { size } = statSync(join(folder, name));
  expect(await runStore(folder, { x: [2, 5] }, given, { run: "tuesday" })).toEqual([
    `${name} has 3 records of run tuesday already; they were not added again.`,
  ]);
  expect(statSync(join(folder, name)).size).toBe(size);
  // More records, in another order and in other batches: those that are new are added, in their order.
  const store = await openStore(folder, given, { run: "tuesday" });
  for (const n of [7, 4, 6, 2, 3]) await store.write(batchOf("x", n, n + 1), attempt());
  expect((await store.done({ complete: true }))?.notes).toEqual([
    `${name} has 3 records of run tuesday already; they were not added again.`,
  ]);
  expect(linesOf(folder, name)).toEqual([0, 1, 2, 3, 4, 5, 7, 6]);
  await runStore(folder, { x: [2, 8] }, given, { run: "tuesday" });
  expect(linesOf(folder, name), "the records that the second try added are known too").toEqual([
    0, 1, 2, 3, 4, 5, 7, 6, 5,
  ]);
  expect(leftovers(folder)).toEqual([]);
});

test("a record that a run has twice is added twice, and a third one is added too (L-10)", async () => {
  const folder = temporaryFolder();
  await runStore(folder, { x: [0, 1], y: [0, 1] }, APPEND);
  const store = await openStore(folder, APPEND);
  for (let n = 0; n < 3; n += 1) await store.write(batchOf("x", 0, 1), attempt());
  await store.done({ complete: true });
  expect(linesOf(folder, "x.ndjson")).toEqual([0, 0, 0]);
});

test("a run that was interrupted and is done again adds what was missing (L-07, L-10)", async () => {
  const folder = temporaryFolder();
  await incompleteRun(folder, { x: [0, 2] }, APPEND);
  await runStore(folder, { x: [9, 10] }, APPEND, { run: "r2" });
  await runStore(folder, { x: [0, 4] }, APPEND);
  expect(linesOf(folder, "x.ndjson")).toEqual([0, 1, 9, 2, 3]);
});

test("a file that was moved away, emptied or written anew does not count as having the records (L-10)", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "x.ndjson");
  await runStore(folder, { x: [0, 3] }, APPEND);
  renameSync(path, `${path}.1`);
  await runStore(folder, { x: [0, 3] }, APPEND);
  expect(linesOf(folder, "x.ndjson")).toEqual([0, 1, 2]);
  truncateSync(path);
  await runStore(folder, { x: [0, 3] }, APPEND);
  expect(linesOf(folder, "x.ndjson")).toEqual([0, 1, 2]);
  writeFileSync(path, `${makeRecord("x", 7, "other".repeat(100)).json}\n`);
  await runStore(folder, { x: [0, 3] }, APPEND);
  expect(linesOf(folder, "x.ndjson")).toEqual([7, 0, 1, 2]);
});

test("a forged list of runs costs no record", async () => {
  const folder = temporaryFolder();
  await runStore(folder, { x: [0, 3] }, APPEND, { run: "r0" });
  for (const runs of [
    [{ run: "r1", token: "0123456789ab", start: 0, end: 1e15, records: 1e15 }],
    [{ run: "r1", token: "../../../../x", start: 0, end: 1, records: 1 }],
    [null, 7, { run: "../r1" }],
    "runs",
  ]) {
    writeFileSync(join(folder, ".x.ndjson.runs"), JSON.stringify({ runs }));
    await runStore(folder, { x: [5, 6] }, APPEND);
  }
  expect(linesOf(folder, "x.ndjson").filter((n) => n === 5).length).toBeGreaterThan(0);
});

/** What is there once the next run has recovered, and what once the killed one is repeated. */
async function killAndRepeat(
  params: Partial<FileStoreParams>,
  old: Workers,
  call: string,
  count: number,
  name: string,
) {
  const folder = temporaryFolder();
  await runStore(folder, old, params, { run: "r0" });
  const child = new Child({ folder, params, steps: ["write x 3 6", "flush", "wait", "done"] });
  await child.printed("waiting");
  // The process writes to itself all the time.
  await child.killAt(call, count, call === "write" ? join(folder, name) : undefined);
  child.process.stdin.write("\n");
  const { signal } = await child.exited;
  const look = () => ({
    records: files(folder).map((file): [string, number[]] => [file, linesOf(folder, file)]),
    leftovers: leftovers(folder),
  });
  await runStore(folder, {}, params, { run: "r2" });
  const recovered = look();
  await runStore(folder, { x: [3, 6] }, params);
  return { recovered, repeated: look(), survived: signal === null };
}

test.runIf(canTrace).each([
  ["an existing file", "none", { x: [0, 3] }, "openat write fsync link rename unlink"],
  ["a new file", "none", {}, "openat fsync link rename unlink"],
  ["an existing file", "gzip", { x: [0, 3] }, "write fsync rename unlink"],
] as const)(
  "killed at any call while it adds to %s (%s), each record is there once (L-10)",
  async (_, compress, old, calls) => {
    const name = compress === "gzip" ? "x.ndjson.gz" : "x.ndjson";
    const before = "x" in old ? [0, 1, 2] : [];
    const beside: [string, number[]][] = before.length > 0 ? [[name, before]] : [];
    beside.push([`x.r1.partial${name.slice(1)}`, [3, 4, 5]]);
    const added = [[name, [...before, 3, 4, 5]]];
    const survived: string[] = [];
    for (const call of calls.split(" ")) {
      for (let count = 1; survived.at(-1) !== call; count += 1) {
        const found = await killAndRepeat({ ...APPEND, compress }, old, call, count, name);
        const at = { call, count, leftovers: [] };
        const { records, leftovers: left } = found.recovered;
        expect([beside.toSorted(), added]).toContainEqual(records);
        expect({ call, count, leftovers: left }).toEqual(at);
        expect({ call, count, ...found.repeated }).toEqual({ ...at, records: added });
        if (found.survived) survived.push(call);
      }
    }
    // Each was tried until there were no more of it.
    expect(survived).toHaveLength(calls.split(" ").length);
  },
  300_000,
);

async function killedBehindTheData(folder: string): Promise<void> {
  // The fourth fsync is that of the file, after those of the temporary file, the journal and the folder.
  const strace = "strace -f -qqq -e trace=fsync -e inject=fsync:signal=KILL:when=4".split(" ");
  await runChild({ folder, params: APPEND, run: "r1", steps: ["write x 3 6", "done"] }, strace);
}

test.runIf(canTrace)("lines that others add after a killed append are not cut off with it (L-10)", async () => {
  const folder = temporaryFolder();
  await runStore(folder, { x: [0, 3] }, APPEND, { run: "r0" });
  await killedBehindTheData(folder);
  appendFileSync(join(folder, "x.ndjson"), `${makeRecord("x", 77).json}\n`);
  await runStore(folder, {}, APPEND, { run: "r2" });
  await runStore(folder, { x: [3, 6] }, APPEND);
  expect(linesOf(folder, "x.ndjson")).toEqual([0, 1, 2, 3, 4, 5, 77]);
});

test.runIf(canTrace)("a file that took the place of one that was being added to is not cut off (L-10)", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "x.ndjson");
  await runStore(folder, { x: [0, 1] }, APPEND, { run: "r0" });
  await killedBehindTheData(folder);
  renameSync(path, `${path}.1`);
  writeFileSync(path, `${makeRecord("x", 88).json}\n`.repeat(4));
  await runStore(folder, {}, APPEND, { run: "r2" });
  expect(linesOf(folder, "x.ndjson")).toEqual([88, 88, 88, 88]);
  expect(linesOf(folder, "x.r1.partial.ndjson")).toEqual([3, 4, 5]);
});

test.runIf(canTrace)("an append that fails is undone, and its records are kept and named (FS-06)", async () => {
  const folder = temporaryFolder();
  await runStore(folder, { x: [0, 3] }, APPEND, { run: "r0" });
  const strace = "strace -f -qqq -e trace=fsync -e inject=fsync:error=EIO:when=4".split(" ");
  const output = await runChild({ folder, params: APPEND, run: "r1", steps: ["write x 3 6", "done"] }, strace);
  expect(output).toContain("done failed retry not_published");
  expect(output).toContain("What could be read back is in x.r1.partial.ndjson");
  expect(linesOf(folder, "x.ndjson")).toEqual([0, 1, 2]);
  expect(linesOf(folder, "x.r1.partial.ndjson")).toEqual([3, 4, 5]);
  expect(leftovers(folder)).toEqual([]);
});

test.each(["none", "gzip"] as const)(
  "a complete run removes the leftovers of an earlier try, if it has all of their records: %s (L-07)",
  async (compress) => {
    const folder = temporaryFolder();
    const name = compress === "gzip" ? "x.json.gz" : "x.json";
    const partial = name.replace("x.", "x.r1.partial.");
    await incompleteRun(folder, { x: [0, 2] }, { compress });
    await incompleteRun(folder, { x: [0, 2] }, { compress }, { run: "r2" });
    expect(await runStore(folder, { x: [0, 3] }, { compress })).toEqual([
      `${partial}, of an earlier try of this run, was removed: ${name} has all its records.`,
    ]);
    expect(files(folder)).toEqual([name, partial.replace("r1", "r2")].toSorted());
  },
);

test("a complete run keeps the leftovers of an earlier try, if they have other records (L-07)", async () => {
  const folder = temporaryFolder();
  await incompleteRun(folder, { x: [0, 2] });
  expect(await runStore(folder, { x: [1, 3] })).toEqual([
    "x.r1.partial.json is of an earlier try of this run and has records that x.json does not have.",
  ]);
  expect(numbers(readArray(folder, "x.r1.partial.json"))).toEqual([0, 1]);
});

test("records are compared in rounds if there are more than may be kept in memory", async () => {
  const folder = temporaryFolder();
  const write = (name: string, list: number[]): string => {
    const path = join(folder, name);
    writeFileSync(path, gzipSync(list.map((n) => `${JSON.stringify({ n })}\n`).join("")));
    return path;
  };
  const whole = write(
    "a.ndjson.gz",
    Array.from({ length: 500 }, (_, n) => n % 400),
  );
  const part = write("b.ndjson.gz", [5, 1000, 5, 5, 450, 399, 2000]);
  const places = [{ path: whole, target: "a.ndjson.gz", records: 500 }];
  for (const held of [1, 7, 100, 1000]) {
    const novelty = await newRecords({ path: part, target: "b.ndjson.gz" }, places, {}, held);
    expect([0, 1, 2, 3, 4, 5, 6].filter((index) => novelty.has(index))).toEqual([1, 3, 4, 6]);
    expect(novelty.count).toBe(4);
  }
});

test.runIf(canTrace)(
  "killed at any call while it recovers what a killed append left, each record is there once (L-10)",
  async () => {
    const calls = ["rename", "unlink", "fsync", "ftruncate", "link"];
    const survived: string[] = [];
    for (const call of calls) {
      for (let count = 1; survived.at(-1) !== call; count += 1) {
        const folder = temporaryFolder();
        await runStore(folder, { x: [0, 3] }, APPEND, { run: "r0" });
        await killedBehindTheData(folder);
        const child = new Child({ folder, params: APPEND, run: "r2", steps: ["wait", "done"] });
        await child.printed("waiting");
        await child.killAt(call, count);
        child.process.stdin.write("\n");
        const { signal } = await child.exited;
        await runStore(folder, {}, APPEND, { run: "r3" });
        const records = files(folder).map((file) => [file, ...linesOf(folder, file)]);
        expect({ call, count, records, leftovers: leftovers(folder) }).toEqual({
          call,
          count,
          records: [
            ["x.ndjson", 0, 1, 2],
            ["x.r1.partial.ndjson", 3, 4, 5],
          ],
          leftovers: [],
        });
        if (signal === null) survived.push(call);
      }
    }
    expect(survived).toEqual(calls);
  },
  300_000,
);
