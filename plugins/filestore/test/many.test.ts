// Many workers: publishing advances and can be stopped, and recovery does not delay a run (L-09).
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { currentOwner } from "../src/owner.ts";
import { makeRecord } from "./make-record.ts";
import {
  attempt,
  batchOf,
  Child,
  files,
  leftovers,
  MEMORY,
  numbers,
  openStore,
  readArray,
  runStore,
  temporaryFolder,
} from "./support.ts";

function workers(count: number): Record<string, readonly [number, number]> {
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`w${n}`, [n, n + 1] as const]));
}

async function writeWorkers(store: Awaited<ReturnType<typeof openStore>>, count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) await store.write(batchOf(`w${n}`, n, n + 1), attempt());
}

/** Temporary files of that many workers, of a run called `killed`. */
async function killedRun(folder: string, count: number): Promise<void> {
  const steps = Array.from({ length: count }, (_, n) => `write w${n} ${n} ${n + 1}`);
  const child = new Child({ folder, params: { recover: "keep" }, run: "killed", steps: [...steps, "wait"] });
  await child.printed("waiting");
  child.process.kill("SIGKILL");
  await child.exited;
}

test("publishing says how far it is: each file twice, and each that is set aside", async () => {
  const folder = temporaryFolder();
  await runStore(folder, workers(20), {}, { run: "monday" });
  const store = await openStore(folder, {}, { run: "tuesday" });
  await writeWorkers(store, 15);
  const steps: [number, number][] = [];
  await store.done({ complete: true, progress: (...step) => steps.push(step) });
  expect(steps).toEqual(Array.from({ length: 35 }, (_, n) => [n + 1, 35]));
});

test("publishing that is stopped says what is published and where the others are, and these are recovered", async () => {
  const folder = temporaryFolder();
  const store = await openStore(folder);
  await writeWorkers(store, 20);
  const stop = new AbortController();
  const progress = (done: number): void => {
    // All 20 are finished, and some have their names.
    if (done === 25) stop.abort();
  };
  const done = store.done({ complete: true, signal: stop.signal, progress });
  await expect(done).rejects.toMatchObject({ status: "retry", code: "not_published" });
  const published = files(folder).length;
  await expect(done).rejects.toThrow(
    `Publishing was stopped after ${published} of 20 files; the records of the other ${20 - published} are in hidden files of ${folder}, which the next run recovers.`,
  );
  expect(published).toBeGreaterThanOrEqual(5);
  expect(published).toBeLessThan(20);
  await store.close();
  // This process goes on, but its store is closed.
  const notes = await runStore(folder, { other: [0, 1] }, {}, { run: "r2", workers: ["other"] });
  expect(notes.filter((note) => note.startsWith("Run r1 was interrupted"))).toHaveLength(Math.min(10, 20 - published));
  expect(leftovers(folder)).toEqual([]);
  const found = files(folder).filter((name) => name !== "other.json");
  expect(found.flatMap((name) => numbers(readArray(folder, name))).toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: 20 }, (_, n) => n),
  );
});

test("publishing that is stopped before any file has its name leaves the old ones", async () => {
  const folder = temporaryFolder();
  await runStore(folder, { w0: [100, 101] }, {}, { run: "r0" });
  const store = await openStore(folder);
  await writeWorkers(store, 5);
  const done = store.done({ complete: true, signal: AbortSignal.abort() });
  await expect(done).rejects.toThrow("Publishing was stopped after 0 of 5 files");
  await store.close();
  expect(numbers(readArray(folder, "w0.json"))).toEqual([100]);
  await runStore(folder, { w0: [7, 8] }, {}, { run: "r2" });
  expect(files(folder)).toEqual(["w0.json", ...[0, 1, 2, 3, 4].map((n) => `w${n}.r1.partial.json`)].toSorted());
});

test("close stops publishing once the host no longer waits for it", async () => {
  const folder = temporaryFolder(MEMORY);
  const store = await openStore(folder);
  await writeWorkers(store, 50);
  let made = 0;
  const progress = (): void => {
    made += 1;
  };
  const done = store.done({ complete: true, progress });
  const closed = store.close();
  await expect(done).rejects.toThrow("Publishing was stopped");
  await closed;
  expect(made).toBeLessThan(50);
});

test("leftovers are recovered while the run writes: open and check leave them alone", async () => {
  const folder = temporaryFolder();
  await killedRun(folder, 15);
  const before = leftovers(folder).toSorted();
  const store = await openStore(folder);
  expect(await store.check()).toMatchObject({ ok: true });
  await store.close();
  expect(leftovers(folder).toSorted()).toEqual(before);
  const notes = await runStore(folder, {});
  expect(notes).toHaveLength(11);
  expect(notes[0]).toMatch(
    /^Run killed was interrupted; its records for w\d+\.json are in w\d+\.killed\.partial\.json\.$/,
  );
  expect(notes[10]).toBe("There are 5 more such files.");
  expect(leftovers(folder)).toEqual([]);
  expect(files(folder)).toHaveLength(15);
});

test("if there are more leftovers than time, the receipt says how many are left, and the next run continues", async () => {
  const folder = temporaryFolder();
  await killedRun(folder, 30);
  const store = await openStore(folder, {}, { run: "r2" });
  await store.write(batchOf("mine", 0, 1), attempt());
  const stop = new AbortController();
  // Once its own file is published, its time is over.
  const progress = (done: number, total: number): void => {
    if (done === total) stop.abort();
  };
  const report = await store.done({ complete: true, signal: stop.signal, progress });
  await store.close();
  const left = leftovers(folder).length;
  expect(left).toBeGreaterThan(0);
  expect(files(folder)).toContain("mine.json");
  expect(report?.notes).toContain(
    `${left} files of interrupted runs in ${folder} are not recovered yet; the next run goes on with them.`,
  );
  await runStore(folder, {}, {}, { run: "r3", workers: ["mine"] });
  expect(leftovers(folder)).toEqual([]);
  expect(files(folder).filter((name) => name.includes("killed.partial"))).toHaveLength(30);
});

test("a run that is repeated under the id of a killed one keeps apart what both write", async () => {
  const folder = temporaryFolder();
  await killedRun(folder, 3);
  await killedRun(folder, 3);
  expect(leftovers(folder)).toHaveLength(6);
  const store = await openStore(folder, {}, { run: "killed" });
  for (let n = 0; n < 50; n += 1) await store.write(batchOf("w0", n, n + 1), attempt());
  const report = await store.done({ complete: true });
  expect(numbers(readArray(folder, "w0.json"))).toEqual(Array.from({ length: 50 }, (_, n) => n));
  // Nothing is said of what was made of temporary files of w0 and removed again (issue 14).
  expect(report?.notes?.map((note) => / are in (\S+)\.$/u.exec(note)?.[1]).toSorted()).toEqual(
    ["w1", "w2"].flatMap((name) => [`${name}.killed-2.partial.json`, `${name}.killed.partial.json`]),
  );
  const others = ["w1", "w2"].flatMap((name) => [`${name}.killed-2.partial.json`, `${name}.killed.partial.json`]);
  expect(files(folder)).toEqual(["w0.json", ...others]);
  expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});

test("long work on one file reports progress: copying, and comparing what a repeated run has added", async () => {
  const folder = temporaryFolder(MEMORY);
  const given = { format: "ndjson", write_mode: "append" } as const;
  await runStore(folder, { x: [0, 1] }, given, { run: "r0" });
  const stepsOf = async (): Promise<number> => {
    const store = await openStore(folder, given);
    for (let n = 0; n < 8; n += 1) await store.write([makeRecord("x", n, "a".repeat(1 << 20))], attempt());
    const steps: [number, number][] = [];
    await store.done({ complete: true, progress: (...step) => steps.push(step) });
    expect(steps.every(([done, total], n) => done === n + 1 && done <= total)).toBe(true);
    return steps.length;
  };
  // Two for the file, and one for each MiB or so.
  expect(await stepsOf()).toBeGreaterThanOrEqual(2 + 8);
  expect(await stepsOf()).toBeGreaterThanOrEqual(2 + 2 * 8);
  expect(readdirSync(folder).filter((name) => !name.startsWith("."))).toEqual(["x.ndjson"]);
});

test("waiting for another process that appends ends with the time, and the records are recovered", async () => {
  const folder = temporaryFolder();
  const given = { format: "ndjson", write_mode: "append" } as const;
  const lock = join(folder, ".x.ndjson.lock");
  const store = await openStore(folder, given);
  await store.write(batchOf("x", 0, 1), attempt());
  writeFileSync(lock, JSON.stringify({ token: "t", owner: await currentOwner() }));
  const stop = new AbortController();
  const done = store.done({ complete: true, signal: stop.signal, progress: () => setImmediate(() => stop.abort()) });
  await expect(done).rejects.toThrow(
    /Another process is appending to x\.ndjson\. Its records are in .*\.tmp; the next run/,
  );
  await store.close();
  rmSync(lock);
  expect(await runStore(folder, {}, given, { run: "r2" })).toEqual([
    "Run r1 was interrupted; its records for x.ndjson are in x.r1.partial.ndjson.",
  ]);
});
