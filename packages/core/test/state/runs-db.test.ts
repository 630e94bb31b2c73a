import { statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { RunsDb } from "../../src/state/runs-db.ts";
import { Child, letterOf, runOf, temporaryFolder } from "./support.ts";

const options = { unsafe: false };

test("a run is kept, replaced, found and forgotten", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "state.db");
  const runs = RunsDb.open(path, options);
  runs.putRun(runOf("r1"));
  runs.putRun(runOf("r2", { started: 2_000, audits: ["nightly", "weekly"] }));
  const over = runOf("r1", { ended: 5_000, status: "delivered", meta: { files: ["a"] }, receipt: { accepted: 3 } });
  runs.putRun(over);
  expect(runs.runs()).toEqual([runOf("r2", { started: 2_000, audits: ["nightly", "weekly"] }), over]);
  const found = (filter: Parameters<typeof runs.runs>[0]) => runs.runs(filter).map(({ run }) => run);
  expect(found({ run: "r1" })).toEqual(["r1"]);
  expect(found({ audit: "weekly" })).toEqual(["r2"]);
  expect(found({ audit: "week" })).toEqual([]);
  expect(found({ since: 2_000 })).toEqual(["r2"]);
  expect(found({ status: "delivered" })).toEqual(["r1"]);
  expect(runs.forgetRuns(["r1", "r3"])).toBe(1);
  runs.close();
  const again = RunsDb.open(path, options);
  expect(again.runs().map(({ run }) => run)).toEqual(["r2"]);
  again.close();
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("dead letters keep the bytes of their record, and are listed, grouped, changed and purged", () => {
  using folder = temporaryFolder();
  const runs = RunsDb.open(join(folder.path, "state.db"), options);
  const letters = [
    letterOf({ record: new Uint8Array([0, 255, 10]) }),
    letterOf({ lastTime: 9_000 }),
    letterOf({ store: "hec", code: "too_large", reason: "100% of it" }),
  ];
  expect(runs.addLetters(letters)).toEqual([1, 2, 3]);
  expect(runs.letters({}, 0, 1e6)).toEqual(letters.map((letter, n) => ({ ...letter, id: n + 1, state: "kept" })));
  const ids = (filter: Parameters<typeof runs.letters>[0], after = 0, most = 1e6) =>
    runs.letters(filter, after, most).map(({ id }) => id);
  expect(ids({}, 0, 6), "as many as fit").toEqual([1, 2]);
  expect(ids({}, 1, 1), "one at least").toEqual([2]);
  expect(ids({ store: "search", since: 5_000 })).toEqual([2]);
  expect(ids({ before: 5_000 })).toEqual([1, 3]);
  expect(ids({ reason: "0%" })).toEqual([3]);
  expect(ids({ reason: "_" }), "text, no pattern").toEqual([]);
  expect(ids({ ids: [3, 1, 7], audit: "nightly", run: "r1" })).toEqual([1, 3]);
  const common = { audit: "nightly", store: "search", code: "mapping", reason: "no such field", state: "kept" };
  expect(runs.groups({ store: "search" })).toEqual([
    { ...common, count: 2, bytes: 6, firstTime: 1_000, lastTime: 9_000, sample: 1 },
  ]);
  runs.changeLetters([
    { id: 1, state: "replayed", lastTime: 10_000, attempts: 1 },
    { id: 2, state: "kept", lastTime: 10_000, attempts: 2, code: "other", reason: "still not" },
  ]);
  expect(runs.letters({}, 0, 1e6).slice(0, 2)).toEqual([
    expect.objectContaining({ state: "replayed", attempts: 2, code: "mapping", lastTime: 10_000 }),
    expect.objectContaining({ state: "kept", attempts: 3, code: "other", reason: "still not" }),
  ]);
  expect(runs.purgeLetters({ state: "replayed" })).toBe(1);
  expect(runs.purgeLetters({ state: "replayed" })).toBe(0);
  expect(ids({})).toEqual([2, 3]);
  expect(runs.addLetters([letterOf()]), "no number is used twice").toEqual([4]);
  runs.close();
});

test("several processes may open it for the first time and write at once", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "state.db");
  const said = await Promise.all([0, 1, 2].map(() => new Child([path, "runs 15"]).all()));
  expect(said).toEqual([["runs ok"], ["runs ok"], ["runs ok"]]);
  const runs = RunsDb.open(path, options);
  expect(runs.runs()).toHaveLength(45);
  expect(runs.groups()).toEqual([expect.objectContaining({ count: 45 })]);
  runs.close();
});

test("one of a newer version is named and left alone", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "state.db");
  RunsDb.open(path, options).close();
  const db = new DatabaseSync(path);
  db.exec("PRAGMA user_version = 7");
  db.close();
  expect(() => RunsDb.open(path, options)).toThrow(
    expect.objectContaining({ reason: "newer", message: expect.stringContaining(`the list of runs ${path}`) }),
  );
});
