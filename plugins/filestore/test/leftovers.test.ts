import { execSync } from "node:child_process";
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  attempt,
  batchOf,
  Child,
  files,
  leftovers,
  numbers,
  openStore,
  readArray,
  readLines,
  runStore,
  temporaryFolder,
} from "./support.ts";

async function killedRun(folder: string, steps: string[], params = {}): Promise<void> {
  const child = new Child({ folder, params, run: "killed", steps: [...steps, "wait"] });
  await child.printed("waiting");
  child.process.kill("SIGKILL");
  await child.exited;
}

test.each([
  ["json", "none", "x.killed.partial.json"],
  ["json", "gzip", "x.killed.partial.json.gz"],
  ["ndjson", "zstd", "x.killed.partial.ndjson.zst"],
] as const)(
  "what a killed run had flushed is salvaged by the next run: %s, %s (FS-03)",
  async (format, compress, name) => {
    const folder = temporaryFolder();
    await killedRun(folder, ["write x 0 5", "write y 0 1", "flush"], { format, compress });
    expect(files(folder)).toEqual([]);
    const store = await openStore(folder, { format, compress });
    const report = await store.done({ complete: true });
    const note = `Run killed was interrupted; its records for x.${name.split("partial.")[1]} are in ${name}.`;
    expect(store.warnings).toContain(`${folder}: ${note}`);
    expect(report?.notes).toHaveLength(2);
    expect(report?.notes).toContain(note);
    expect(files(folder)).toEqual([name, name.replace("x", "y")]);
    expect(leftovers(folder)).toEqual([]);
    const tools = { none: "cat", gzip: "gzip -dc", zstd: "zstd -dcq" };
    const text = execSync(`${tools[compress]} ${join(folder, name)}`).toString();
    const records =
      format === "json"
        ? JSON.parse(text)
        : text
            .trimEnd()
            .split("\n")
            .map((line) => JSON.parse(line));
    expect(numbers(records)).toEqual([0, 1, 2, 3, 4]);
  },
);

test("a second run of the same id that is killed too does not overwrite what was salvaged", async () => {
  const folder = temporaryFolder();
  await killedRun(folder, ["write x 0 1"], { format: "ndjson" });
  await killedRun(folder, ["write x 1 2"], { format: "ndjson" });
  await runStore(folder, {}, { format: "ndjson" });
  const partial = ["x.killed-2.partial.ndjson", "x.killed.partial.ndjson"];
  expect(files(folder)).toEqual(partial);
  expect(new Set(partial.flatMap((name) => numbers(readLines(folder, name))))).toEqual(new Set([0, 1]));
});

test("`keep` leaves leftovers alone, `delete` removes them, and both say so", async () => {
  const folder = temporaryFolder();
  await killedRun(folder, ["write x 0 1"]);
  const [temp] = leftovers(folder);
  expect(await runStore(folder, {}, { recover: "keep" })).toEqual([
    `Run killed was interrupted; its records for x.json are left in ${temp}.`,
  ]);
  expect(leftovers(folder)).toEqual([temp]);
  expect(await runStore(folder, {}, { recover: "delete" })).toEqual([
    "Run killed was interrupted; its records for x.json were deleted, as `recover: delete` says.",
  ]);
  expect(readdirSync(folder)).toEqual([]);
});

test("the files of a living process are not touched, in another process or in this one (FS-03, FS-16)", async () => {
  const folder = temporaryFolder();
  const child = new Child({ folder, run: "living", steps: ["write x 0 5", "wait", "write x 5 9", "done"] });
  await child.printed("waiting");
  const second = await openStore(folder, {}, { run: "second" });
  await second.write(batchOf("x", 100, 102), attempt());
  const third = await openStore(folder, {}, { run: "third" });
  expect([...second.warnings, ...third.warnings]).toEqual([]);
  await second.done({ complete: true });
  expect(numbers(readArray(folder, "x.json"))).toEqual([100, 101]);
  child.process.stdin.write("\n");
  await child.exited;
  expect(numbers(readArray(folder, "x.json")), "the last to finish wins, whole").toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  await third.done({ complete: true });
  expect(files(folder)).toEqual(["x.json"]);
});

test("a temporary file whose control file is gone is a leftover", async () => {
  const folder = temporaryFolder();
  await killedRun(folder, ["write x 0 1"]);
  for (const name of readdirSync(folder)) if (name.startsWith(".cloudmarker")) rmSync(join(folder, name));
  await runStore(folder, {});
  expect(files(folder)).toEqual(["x.killed.partial.json"]);
});

test("a leftover without a complete record vanishes, and files of others stay", async () => {
  const folder = temporaryFolder();
  await killedRun(folder, []);
  writeFileSync(join(folder, ".x.json.r0.0123456789ab.tmp"), '[\n{"raw":');
  writeFileSync(join(folder, ".x.swp.tmp"), "an editor's");
  writeFileSync(join(folder, "x.tmp"), "the predecessor's");
  expect(await runStore(folder, {})).toEqual([]);
  expect(readdirSync(folder).toSorted()).toEqual([".x.swp.tmp", "x.tmp"]);
});

test("two stores that find the same leftover at once salvage it once", async () => {
  const folder = temporaryFolder();
  await killedRun(folder, ["write x 0 5"]);
  const stores = await Promise.all([openStore(folder), openStore(folder), openStore(folder)]);
  const reports = await Promise.all(stores.map((store) => store.done({ complete: true })));
  expect(reports.flatMap((report) => report?.notes)).toHaveLength(1);
  expect(files(folder)).toEqual(["x.killed.partial.json"]);
  expect(existsSync(join(folder, "x.killed-2.partial.json"))).toBe(false);
});
