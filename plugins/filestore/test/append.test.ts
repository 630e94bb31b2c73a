import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { currentOwner } from "../src/owner.ts";
import {
  attempt,
  batchOf,
  canTrace,
  openStore,
  Child,
  files,
  incompleteRun,
  leftovers,
  numbers,
  readLines,
  runChild,
  runStore,
  temporaryFolder,
} from "./support.ts";

const APPEND = { format: "ndjson", write_mode: "append" } as const;

test("runs add to the file, which keeps its mode and is never set aside", async () => {
  const folder = temporaryFolder();
  await runStore(folder, { x: [0, 2] }, { ...APPEND, mode: "0640" });
  await runStore(folder, { x: [2, 3] }, APPEND);
  await runStore(folder, {}, APPEND);
  expect(numbers(readLines(folder, "x.ndjson"))).toEqual([0, 1, 2]);
  expect(statSync(join(folder, "x.ndjson")).mode & 0o777).toBe(0o640);
  expect(readdirSync(folder)).toEqual([".x.ndjson.runs", "x.ndjson"]);
});

test("an incomplete run adds its records too, since adding replaces nothing (L-07)", async () => {
  const folder = temporaryFolder();
  await runStore(folder, { x: [0, 2] }, APPEND);
  expect(await incompleteRun(folder, { x: [2, 3] }, APPEND, { run: "r2" })).toEqual([]);
  expect(numbers(readLines(folder, "x.ndjson"))).toEqual([0, 1, 2]);
});

test("appends whole members to a compressed file (FS-12)", async () => {
  const folder = temporaryFolder();
  await runStore(folder, { x: [0, 2] }, { ...APPEND, compress: "gzip" });
  await runStore(folder, { x: [2, 3] }, { ...APPEND, compress: "gzip" });
  expect(
    gunzipSync(readFileSync(join(folder, "x.ndjson.gz")))
      .toString()
      .split("\n"),
  ).toHaveLength(4);
});

test("a torn last line is cut off before more is added, and the receipt says so (FS-04)", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "x.ndjson"), '{"raw":{"n":7}}\n{"raw":{"n":');
  expect(await runStore(folder, { x: [0, 1] }, APPEND)).toEqual([
    "x.ndjson ended in a torn line of 12 bytes, which was cut off.",
  ]);
  expect(numbers(readLines(folder, "x.ndjson"))).toEqual([7, 0]);
});

test("a last line that only lacks its line break keeps its record (FS-04)", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "x.ndjson"), '{"raw":{"n":7}}');
  expect(await runStore(folder, { x: [0, 1] }, APPEND)).toEqual([]);
  expect(numbers(readLines(folder, "x.ndjson"))).toEqual([7, 0]);
});

test("processes that append to one file at once lose and mix nothing (FS-16)", async () => {
  const folder = temporaryFolder();
  const children = [0, 1, 2, 3].map(
    (n) =>
      new Child({
        folder,
        params: APPEND,
        run: `r${n}`,
        steps: [`write x ${n * 1000} ${n * 1000 + 1000} 3000`, "wait", "done"],
      }),
  );
  for (const child of children) await child.printed("waiting");
  for (const child of children) child.process.stdin.write("\n");
  await Promise.all(children.map(({ exited }) => exited));
  const found = numbers(readLines(folder, "x.ndjson"));
  expect(found.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 4000 }, (_, n) => n));
  expect(leftovers(folder)).toEqual([]);
});

async function killWhileAppending(folder: string): Promise<void> {
  // The fourth fsync is that of the published file, after those of the temporary file, the journal and the folder.
  const strace = "strace -f -qqq -e trace=fsync -e inject=fsync:signal=KILL:when=4".split(" ");
  await runChild({ folder, params: APPEND, run: "r2", steps: ["write x 3 2000 1000", "done"] }, strace);
  expect(leftovers(folder).filter((name) => /\.(journal|lock)$/.test(name))).toHaveLength(2);
}

test.runIf(canTrace)(
  "an append that was killed half-way is undone by the next open, and its records are salvaged",
  async () => {
    const folder = temporaryFolder();
    await runStore(folder, { x: [0, 3] }, APPEND);
    await killWhileAppending(folder);
    await runStore(folder, {}, APPEND);
    expect(numbers(readLines(folder, "x.ndjson"))).toEqual([0, 1, 2]);
    expect(numbers(readLines(folder, "x.r2.partial.ndjson"))).toHaveLength(1997);
    expect(leftovers(folder)).toEqual([]);
    expect(files(folder)).toHaveLength(2);
  },
);

test.runIf(canTrace)("an append that was killed half-way is undone before the next one", async () => {
  const folder = temporaryFolder();
  await runStore(folder, { x: [0, 3] }, APPEND);
  const store = await openStore(folder, APPEND);
  await store.write(batchOf("x", 9000, 9001), attempt());
  await killWhileAppending(folder);
  await store.done({ complete: true });
  expect(numbers(readLines(folder, "x.ndjson"))).toEqual([0, 1, 2, 9000]);
});

test("the lock of a dead process is removed; the lock of a living one is waited for", async () => {
  const folder = temporaryFolder();
  const owner = await currentOwner();
  await runStore(folder, { x: [0, 1] }, APPEND);
  writeFileSync(join(folder, ".x.ndjson.lock"), JSON.stringify({ token: "t", owner: { ...owner, started: "1" } }));
  await runStore(folder, { x: [1, 2] }, APPEND);
  expect(numbers(readLines(folder, "x.ndjson"))).toEqual([0, 1]);
  writeFileSync(join(folder, ".x.ndjson.lock"), JSON.stringify({ token: "t", owner }));
  let now = Date.now();
  const clock = {
    now: () => now,
    setTimeout: (fn: () => void, ms: number) => {
      now += ms;
      setImmediate(fn);
    },
    clearTimeout: () => {},
  };
  await expect(runStore(folder, { x: [2, 3] }, APPEND, { clock })).rejects.toMatchObject({
    code: "not_published",
    message: expect.stringContaining(
      "Another process has been appending to x.ndjson for over a minute. What could be read back is in x.r1.partial.ndjson.",
    ),
  });
});
