import { appendFileSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeRecord } from "./make-record.ts";
import {
  attempt,
  batchOf,
  files,
  incompleteRun,
  leftovers,
  numbers,
  openStore,
  readArray,
  readLines,
  runStore,
  temporaryFolder,
} from "./support.ts";

test("a worker without records in this run leaves no old file posing as current (MF-6)", async () => {
  const folder = temporaryFolder();
  await runStore(folder, { x: [0, 1], y: [0, 1] }, {}, { run: "monday" });
  expect(await runStore(folder, { x: [5, 6] }, {}, { run: "tuesday" })).toEqual([
    "y.json is of run monday and has no records in this one; it is now y.monday.previous.json.",
  ]);
  expect(files(folder)).toEqual(["x.json", "y.monday.previous.json"]);
  expect(numbers(readArray(folder, "x.json"))).toEqual([5]);
});

test("a run of other workers leaves the file of a run alone, until that worker has no records", async () => {
  const folder = temporaryFolder();
  await runStore(folder, { prowler: [0, 1] }, {}, { run: "monday", workers: ["prowler"] });
  expect(await runStore(folder, { trivy: [0, 1] }, {}, { run: "monday", workers: ["trivy"] })).toEqual([]);
  expect(files(folder)).toEqual(["prowler.json", "trivy.json"]);
  await runStore(folder, {}, {}, { run: "tuesday", workers: ["prowler"] });
  expect(files(folder)).toEqual(["prowler.monday.previous.json", "trivy.json"]);
});

test("an incomplete run replaces and sets aside nothing: its records are beside the old files, and named (L-07, MF-7)", async () => {
  const folder = temporaryFolder();
  await runStore(folder, { x: [0, 3], y: [0, 1] }, {}, { run: "monday" });
  const notes = await incompleteRun(folder, { x: [5, 6] }, {}, { run: "tuesday" });
  expect(notes).toEqual([
    "These may not be all records of the run, so x.json stays as it was. The records of this run are in x.tuesday.partial.json.",
  ]);
  expect(files(folder)).toEqual(["x.json", "x.tuesday.partial.json", "y.json"]);
  expect(numbers(readArray(folder, "x.json"))).toEqual([0, 1, 2]);
  expect(numbers(readArray(folder, "x.tuesday.partial.json"))).toEqual([5]);
  expect(leftovers(folder)).toEqual([]);
  // What monday published is still known: a later run without records sets it aside, and leaves the partial file alone.
  await runStore(folder, {}, {}, { run: "wednesday" });
  expect(files(folder)).toEqual(["x.monday.previous.json", "x.tuesday.partial.json", "y.monday.previous.json"]);
});

test.each([
  ["json", "gzip", "x.r1.partial.json.gz"],
  ["ndjson", "zstd", "x.r1.partial.ndjson.zst"],
] as const)(
  "an incomplete run passes for no complete one where nothing was before: %s, %s (L-07)",
  async (...given) => {
    const folder = temporaryFolder();
    const [format, compress, name] = given;
    expect(await incompleteRun(folder, { x: [0, 2] }, { format, compress })).toEqual([
      `These may not be all records of the run, so ${name.replace("r1.partial.", "")} is not published. The records of this run are in ${name}.`,
    ]);
    expect(files(folder)).toEqual([name]);
  },
);

test("two incomplete runs of one id keep both their records, and the complete one leaves them (L-07)", async () => {
  const folder = temporaryFolder();
  await incompleteRun(folder, { x: [0, 1] });
  await incompleteRun(folder, { x: [1, 2] });
  await runStore(folder, { x: [2, 3] });
  expect(files(folder)).toEqual(["x.json", "x.r1-2.partial.json", "x.r1.partial.json"]);
  expect(numbers(readArray(folder, "x.r1.partial.json"))).toEqual([0]);
  expect(numbers(readArray(folder, "x.r1-2.partial.json"))).toEqual([1]);
  expect(numbers(readArray(folder, "x.json"))).toEqual([2]);
});

test("an incomplete run of many workers names the first files and counts the others (L-07)", async () => {
  const folder = temporaryFolder();
  const workers = Object.fromEntries(Array.from({ length: 15 }, (_, n) => [`w${n}`, [0, 1] as const]));
  const notes = await incompleteRun(folder, workers);
  expect(notes).toHaveLength(11);
  expect(notes.at(-1)).toBe("There are 5 more such files.");
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
  await first.done({ complete: true });
  expect(files(folder)).toEqual(["x.json", "y.json"]);
  expect(await runStore(folder, {}, {}, { run: "r3" })).toHaveLength(2);
  expect(files(folder)).toEqual(["x.r2.previous.json", "y.r1.previous.json"]);
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

test("a forged control file leads nowhere", async () => {
  const base = temporaryFolder();
  const folder = join(base, "out");
  await runStore(folder, { x: [0, 1] });
  const control = readdirSync(folder).find((name) => name.startsWith(".cloudmarker")) ?? "";
  const outside = join(base, "y.json");
  writeFileSync(outside, "[]");
  const { size, mtimeMs } = statSync(outside);
  const forged = {
    ...JSON.parse(readFileSync(join(folder, control), "utf8")),
    published: [{ name: "../y.json", size, mtimeMs }],
  };
  writeFileSync(join(folder, ".cloudmarker.0123456789ab.run"), JSON.stringify(forged));
  expect(await runStore(folder, { x: [0, 1] })).toEqual([]);
  expect(files(base)).toEqual(["out", "y.json"]);
});

test("a worker whose records could not be written keeps its old file", async () => {
  const folder = temporaryFolder();
  await runStore(folder, { x: [0, 1] });
  const store = await openStore(folder);
  const failing = {
    ...makeRecord("x", 1),
    writeTo() {
      throw new Error("no text");
    },
  };
  await expect(store.write([failing], attempt())).rejects.toMatchObject({ status: "retry", code: "disk_error" });
  await store.done({ complete: true });
  expect(files(folder)).toEqual(["x.json"]);
  expect(leftovers(folder)).toEqual([]);
});

test("of many notes the receipt has the first few", async () => {
  const folder = temporaryFolder();
  await runStore(folder, Object.fromEntries(Array.from({ length: 15 }, (_, n) => [`w${n}`, [0, 1] as const])));
  const notes = await runStore(folder, {});
  expect(notes).toHaveLength(11);
  expect(notes.at(-1)).toBe("There are 5 more such files.");
});

test.each([
  ["before", true],
  ["while", false],
])(
  "a run that is resumed replaces and sets aside nothing of a younger one that ended %s it was",
  async (_, isBefore) => {
    const folder = temporaryFolder();
    await runStore(folder, { x: [8, 9], y: [8, 9], z: [8, 9] }, {}, { run: "sunday", ...at(1_000) });
    const publishYounger = () =>
      runStore(folder, { x: [5, 6], y: [5, 6] }, {}, { run: "tuesday", workers: ["x", "y"], ...at(3_000) });
    if (isBefore) await publishYounger();
    const resumed = await openStore(folder, {}, { run: "monday", resumedStartMs: 2_000, ...at(9_000) });
    for (const worker of ["x", "z"]) await resumed.write(batchOf(worker, 0, 2), attempt());
    if (!isBefore) await publishYounger();
    const report = await resumed.done({ complete: true });
    expect(report?.notes).toEqual([
      "A younger run, tuesday, has published x.json, so it stays as it was; the records of this run are in x.monday.partial.json.",
    ]);
    expect(files(folder)).toEqual(["x.json", "x.monday.partial.json", "y.json", "z.json", "z.sunday.previous.json"]);
    expect(numbers(readArray(folder, "x.json"))).toEqual([5]);
    expect(numbers(readArray(folder, "x.monday.partial.json"))).toEqual([0, 1]);
    expect(numbers(readArray(folder, "z.json"))).toEqual([0, 1]);
    expect(leftovers(folder)).toEqual([]);
    // The next run knows what is current.
    await runStore(folder, {}, {}, { run: "wednesday", ...at(10_000) });
    expect(files(folder)).toEqual([
      "x.monday.partial.json",
      "x.tuesday.previous.json",
      "y.tuesday.previous.json",
      "z.monday.previous.json",
      "z.sunday.previous.json",
    ]);
  },
);

test("a run that is resumed replaces what older runs and its own earlier tries have published", async () => {
  const folder = temporaryFolder();
  await runStore(folder, { x: [0, 1] }, {}, { run: "sunday", ...at(1_000) });
  await runStore(folder, { x: [1, 2] }, {}, { run: "monday", ...at(2_005) });
  expect(await runStore(folder, { x: [1, 3] }, {}, { run: "monday", resumedStartMs: 2_000, ...at(9_000) })).toEqual([]);
  expect(files(folder)).toEqual(["x.json"]);
  expect(numbers(readArray(folder, "x.json"))).toEqual([1, 2]);
});

test("a run that is resumed adds its records to the file of a younger one, with `append`", async () => {
  const folder = temporaryFolder();
  const given = { format: "ndjson", write_mode: "append" } as const;
  await runStore(folder, { x: [5, 6] }, given, { run: "tuesday", ...at(3_000) });
  await runStore(folder, { x: [0, 1] }, given, { run: "monday", resumedStartMs: 2_000, ...at(9_000) });
  expect(numbers(readLines(folder, "x.ndjson"))).toEqual([5, 0]);
});

/** A clock that stands still. */
function at(ms: number) {
  return { clock: { now: () => ms, setTimeout: () => 0, clearTimeout: () => {} } };
}
