// What the system can do to a journal: no room, errors of the disk, no permission, and a kill at every call that
// changes something.
import { execFileSync } from "node:child_process";
import { rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { JournalDb } from "../../src/state/journal-db.ts";
import type { JournalState } from "../../src/state/stored.ts";
import { blockOf, canMount, canTrace, Child, digested, mounted, temporaryFolder } from "./support.ts";

const options = { unsafe: false };
const strace = (...rules: string[]): string[] => [
  "strace",
  "-f",
  "-qqq",
  "-o",
  "/dev/null",
  ...rules.flatMap((rule) => ["-e", rule]),
];

test.runIf(canMount)("a commit that finds no room changes nothing, and passes once there is some", () => {
  using disk = mounted("size=2m");
  const ballast = join(disk.path, "ballast");
  const journal = JournalDb.create(join(disk.path, "r1.db"), { meta: null, lanes: 1 }, options);
  journal.commit({ blocks: [blockOf(0, 10, 100_000)] });
  writeFileSync(ballast, Buffer.alloc(1_000_000));
  for (let n = 0; n < 2; n += 1)
    expect(() => journal.commit({ blocks: [blockOf(10, 10, 600_000)] })).toThrow(
      expect.objectContaining({
        reason: "full",
        message: expect.stringContaining("its disk has no room left; free some"),
      }),
    );
  expect(journal.read(0, 1e9).blocks).toHaveLength(1);
  rmSync(ballast);
  expect(journal.commit({ blocks: [blockOf(10, 10, 600_000)] }).freeBytes).toBeLessThan(1_000_000);
  expect(digested(journal.read(0, 1e9).blocks)).toEqual(digested([blockOf(0, 10, 100_000), blockOf(10, 10, 600_000)]));
  journal.close();
});

test.runIf(canMount)("what it says is free is so when the write-ahead log is copied into the database as well", () => {
  using disk = mounted("size=24m");
  const reserve = 8 * 1024 ** 2;
  const journal = JournalDb.create(join(disk.path, "r1.db"), { meta: null, lanes: 1 }, options);
  let blocks = 0;
  for (;;) {
    const { usedBytes, fileBytes, freeBytes } = journal.commit({ blocks: [blockOf(blocks, 1, 500_000)] });
    blocks += 1;
    if (fileBytes - usedBytes + freeBytes - reserve < 1_000_000) break;
  }
  journal.close();
  const { bavail, bsize } = statfsSync(disk.path);
  expect(bavail * bsize).toBeGreaterThan(reserve - 1_000_000);
  expect(blocks).toBeGreaterThan(10);
});

test.runIf(canMount)("a disk that became read-only is named, at a commit and at a new journal", () => {
  using disk = mounted("size=4m");
  const path = join(disk.path, "r1.db");
  JournalDb.create(path, { meta: null, lanes: 1 }, options).close();
  execFileSync("mount", ["-o", "remount,ro", disk.path]);
  const refused = expect.objectContaining({ name: "StorageError", reason: "read_only" });
  expect(() => JournalDb.create(join(disk.path, "r2.db"), { meta: null, lanes: 1 }, options)).toThrow(refused);
  expect(() => JournalDb.open(path, options)).toThrow(refused);
});

test.runIf(canMount)("a folder that another user owns is refused", async () => {
  using folder = temporaryFolder();
  const child = new Child([join(folder.path, "r1.db"), "create"], ["setpriv", "--reuid=65534", "--clear-groups"]);
  expect(await child.all()).toEqual([expect.stringMatching(/^refused denied Cannot make the journal /)]);
});

test.runIf(canTrace).each([
  ["pwrite64", "ENOSPC", "full"],
  ["pwrite64", "EIO", "failed"],
  ["pwrite64", "EDQUOT", "failed"],
  ["fsync", "EIO", "failed"],
])("a %s that fails with %s refuses the commit, and costs no other one", async (call, error, reason) => {
  using folder = temporaryFolder();
  const path = join(folder.path, "r1.db");
  const steps = [path, "create", "commit 3 200000", "wait", "commit 1 200000", "wait"];
  // The calls of a commit, counted from the first one of the process: some are in the making, some in each commit.
  const refusals: string[] = [];
  for (let n = 1; n <= 31; n += 5) {
    rmSync(folder.path, { recursive: true });
    const child = new Child(steps, strace(`trace=${call}`, `inject=${call}:error=${error}:when=${n}`));
    const said = await child.all();
    const confirmed = said.filter((line) => line.startsWith("committed")).length;
    refusals.push(...said.filter((line) => line.startsWith("refused")));
    if (!said.includes("create ok")) continue;
    const journal = JournalDb.open(path, options);
    const { blocks } = journal.read(0, 1e9);
    expect(journal.state().damage).toEqual([]);
    expect(blocks.length).toBeGreaterThanOrEqual(confirmed);
    expect(digested(blocks)).toEqual(digested(blocks.map(({ first }) => blockOf(first, 10, 200_000))));
    journal.close();
  }
  expect(refusals.length).toBeGreaterThan(1);
  for (const line of refusals) expect(line).toMatch(new RegExp(`^refused ${reason} `));
});

/** What a journal holds, all of which can be read; or why it cannot be opened. */
function stateOf(path: string): JournalState | string {
  try {
    const journal = JournalDb.open(path, options);
    const state = journal.state();
    expect(journal.read(0, 1e9)).toMatchObject({ blocks: state.blocks, gone: [] });
    journal.close();
    return state;
  } catch (error) {
    return (error as { reason?: string }).reason ?? String(error);
  }
}

test.runIf(canTrace)("a kill at any call leaves every confirmed commit, in a journal that is whole", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "r1.db");
  const calls = "pwrite64,fsync,ftruncate,unlink";
  let created = 0;
  const unmade: string[][] = [];
  for (const call of calls.split(",")) {
    for (let n = 1; n < 25; n += 5) {
      rmSync(folder.path, { recursive: true });
      const rules = strace(`trace=${call}`, `inject=${call}:signal=KILL:when=${n}`);
      const child = new Child([path, "create", "commit 2 200000", "settle 10", "commit 1 200000", "close"], rules);
      const said = await child.all();
      const confirmed = said.filter((line) => line.startsWith("committed")).length;
      const left = stateOf(path);
      if (typeof left === "string") {
        unmade.push([left, ...said]);
        continue;
      }
      created += 1;
      const { lanes, meta, damage, blocks } = left;
      expect([damage, lanes.length, meta], `${call} ${n}`).toEqual([[], 1, { run: "r1" }]);
      const settled = lanes[0]?.low === 0 ? 0 : 1;
      expect(settled + blocks.length, `${call} ${n}`).toBeGreaterThanOrEqual(confirmed);
    }
  }
  // Where it was not made yet, nothing was confirmed.
  expect(unmade).toContainEqual(["empty"]);
  for (const [reason, ...said] of unmade)
    expect([reason, said]).toEqual([expect.stringMatching(/^(?:missing|empty)$/), []]);
  expect(created).toBeGreaterThan(5);
});

test.runIf(canTrace)(
  "a kill in what follows a kill loses nothing either, and a removed journal does not come back",
  async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "r1.db");
    for (const call of ["pwrite64", "fsync", "unlink"])
      for (const n of [1, 3, 8]) {
        rmSync(folder.path, { recursive: true });
        const owner = new Child([path, "create", "commit 3 200000", "wait"]);
        await owner.line("waiting");
        await owner.kill();
        const rules = strace(`trace=${call}`, `inject=${call}:signal=KILL:when=${n}`);
        const said = await new Child([path, "open", "commit 1 200000", "settle 40", "remove"], rules).all();
        const left = stateOf(path);
        const isDone = said.includes("settle ok");
        const kept = typeof left === "string" ? left : left.blocks.length;
        const allowed = isDone ? [0, "missing"] : [3, 4, 0];
        expect(allowed, `${call} ${n}: ${said.join("; ")}`).toContain(kept);
      }
  },
);
