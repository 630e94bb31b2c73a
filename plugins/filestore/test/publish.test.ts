import { appendFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { attempt, batchOf, files, numbers, openStore, readArray, runStore, temporaryFolder } from "./support.ts";

test("a worker without records in this run leaves no old file posing as current", async () => {
  const folder = temporaryFolder();
  await runStore(folder, { x: [0, 1], y: [0, 1] }, {}, { run: "monday" });
  expect(await runStore(folder, { x: [5, 6] }, {}, { run: "tuesday" })).toEqual([
    "y.json is of run monday and has no records in this one; it is now y.monday.previous.json.",
  ]);
  expect(files(folder)).toEqual(["x.json", "y.monday.previous.json"]);
  expect(numbers(readArray(folder, "x.json"))).toEqual([5]);
});

test("a run without any records sets all of them aside, and the next one finds nothing to do", async () => {
  const folder = temporaryFolder();
  await runStore(folder, { x: [0, 1], y: [0, 1] }, {}, { run: "monday" });
  expect(await runStore(folder, {}, {}, { run: "tuesday" })).toHaveLength(2);
  expect(await runStore(folder, {}, {}, { run: "wednesday" })).toEqual([]);
  expect(readdirSync(folder).toSorted()).toEqual(["x.monday.previous.json", "y.monday.previous.json"]);
});

test("another format takes the place of the old one", async () => {
  const folder = temporaryFolder();
  await runStore(folder, { x: [0, 1] }, {}, { run: "monday" });
  await runStore(folder, { x: [0, 1] }, { format: "ndjson", compress: "gzip" }, { run: "tuesday" });
  expect(files(folder)).toEqual(["x.monday.previous.json", "x.ndjson.gz"]);
});

test("two audits and two stores in one folder leave each other's files alone (FS-16)", async () => {
  const folder = temporaryFolder();
  await runStore(folder, { a: [0, 1] }, {}, { audit: "one" });
  await runStore(folder, { b: [0, 1] }, {}, { audit: "two" });
  await runStore(folder, { c: [0, 1] }, {}, { audit: "two", key: "other" });
  await runStore(folder, { b: [0, 1] }, {}, { audit: "two" });
  expect(files(folder)).toEqual(["a.json", "b.json", "c.json"]);
});

test("runs of the same store that overlap leave each other's files alone (FS-16)", async () => {
  const folder = temporaryFolder();
  await runStore(folder, { x: [0, 1] }, {}, { run: "r0" });
  const first = await openStore(folder, {}, { run: "r1" });
  await runStore(folder, { x: [1, 2] }, {}, { run: "r2" });
  await first.write(batchOf("y", 0, 1), attempt());
  await first.done();
  expect(files(folder)).toEqual(["x.json", "y.json"]);
  expect(await runStore(folder, { z: [0, 1] }, {}, { run: "r3" })).toHaveLength(2);
  expect(files(folder)).toEqual(["x.r2.previous.json", "y.r1.previous.json", "z.json"]);
});

test("a file that someone else wrote or changed is never moved", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "theirs.json"), "[]");
  await runStore(folder, { x: [0, 1] });
  appendFileSync(join(folder, "x.json"), " ");
  expect(await runStore(folder, {})).toEqual([]);
  expect(files(folder)).toEqual(["theirs.json", "x.json"]);
});

test("files set aside with the same run id do not overwrite each other", async () => {
  const folder = temporaryFolder();
  for (const n of [1, 2]) {
    await runStore(folder, { x: [n, n + 1] });
    await runStore(folder, {});
  }
  expect(files(folder)).toEqual(["x.r1-2.previous.json", "x.r1.previous.json"]);
  expect(numbers(readArray(folder, "x.r1-2.previous.json"))).toEqual([2]);
});
