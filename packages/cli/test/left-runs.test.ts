// What `resume`, `runs` and `dead-letters` say of what is left, and of signals that come early (issue 14).
import { createHost } from "@cloudmarker/core";
import { mkdirSync, existsSync, readdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { defineStore } from "@cloudmarker/store-api";
import { expect, test } from "vitest";
import { finished, Sandbox } from "./support/cli.ts";

const AWAY = `
export default {
  kind: "store", name: "away", apiVersion: 1, params: { type: "object" },
  open: () => ({ write: (batch) => batch.map((_, index) => ({ index, status: "retry", code: "away", reason: "away" })) }),
};
`;

/** Waits for something that a child process will do. */
async function until(condition: () => boolean): Promise<void> {
  // oxlint-disable-next-line no-await-in-loop -- until it is so
  while (!condition()) await delay(10);
}

const stateOf = (sandbox: Sandbox): string => join(sandbox.state, "cloudmarker");

/** Runs of another program. */
async function foreignRuns(sandbox: Sandbox, status: "spooled" | "incomplete", ...runs: string[]): Promise<void> {
  const away = defineStore({
    name: "away",
    apiVersion: 1,
    params: { type: "object" },
    open: () => ({
      write: (batch) =>
        batch.map((_, index) => ({
          index,
          status: status === "spooled" ? "retry" : "reject",
          code: "no",
          reason: "no",
        })),
    }),
  });
  for (const run of runs) {
    const host = createHost({ stateDir: stateOf(sandbox), stores: { away }, run });
    // oxlint-disable-next-line no-await-in-loop -- one run after the other
    await host.write({ n: 1 });
    // oxlint-disable-next-line no-await-in-loop -- as above
    await host.done({ deadlineMs: 50 });
  }
}

test("resume --all says of runs of other programs that it leaves them; runs says so only of those that left something", async () => {
  using sandbox = new Sandbox();
  await foreignRuns(sandbox, "incomplete", "r0");
  const none = await sandbox.run(["resume", "--all"]);
  expect([none.code, none.stderr]).toEqual([0, `Nothing is left to deliver in ${stateOf(sandbox)}.\n`]);
  await foreignRuns(sandbox, "spooled", "r1");
  const one = await sandbox.run(["resume"]);
  expect([one.code, one.stderr]).toEqual([0, "The run r1, spooled 1 for away, is left to the program that made it.\n"]);
  await foreignRuns(sandbox, "spooled", "r2");
  const two = await sandbox.run(["resume", "--all"]);
  expect(two.stderr).toBe("2 runs that left something are left to the programs that made them: cloudmarker runs\n");
  expect(JSON.parse((await sandbox.run(["resume", "--all", "--json"])).stdout)).toEqual({
    runs: [],
    others: [
      { run: "r2", status: "spooled", how: "spooled 1 for away" },
      { run: "r1", status: "spooled", how: "spooled 1 for away" },
    ],
    exit: 0,
  });
  const listed = (await sandbox.run(["runs"])).stdout;
  expect(listed).toMatch(/^r2 .* spooled 1 for away \(the program that made it resumes it\)$/mu);
  expect(listed).toMatch(/^r0 .* NOT all delivered$/mu);
});

test("resume says of a run that another process has that it is under way (exit 75)", async () => {
  using sandbox = new Sandbox();
  const store = defineStore({
    name: "s",
    apiVersion: 1,
    params: { type: "object" },
    open: () => ({ write: () => {} }),
  });
  const host = createHost({ stateDir: stateOf(sandbox), stores: { store }, run: "r1" });
  await host.open();
  for (const args of [["resume"], ["resume", "--all"]]) {
    // oxlint-disable-next-line no-await-in-loop -- one command after the other
    const { code, stderr } = await sandbox.run(args);
    expect([code, stderr]).toEqual([75, "1 run is under way in another process.\n"]);
  }
  expect(JSON.parse((await sandbox.run(["resume", "--json"])).stdout)).toMatchObject({ runs: [], exit: 75 });
  await host.done();
});

test("of many runs that were interrupted, write names the newest; it does not look at those of others (L-85)", async () => {
  using sandbox = new Sandbox();
  sandbox.file("in.json", '{"n":1}\n');
  const write = ["write", "--store", "filestore", "--param", `path=${sandbox.path}/out`, "in.json"];
  const interrupted = async (run: string, store: string): Promise<void> => {
    const nothing = defineStore({
      name: "nothing",
      apiVersion: 1,
      params: { type: "object" },
      open: () => ({ write: () => {} }),
    });
    const about = { program: "cloudmarker write", cwd: sandbox.path, files: [], store: [store], inputs: [] };
    const host = createHost({ stateDir: stateOf(sandbox), stores: { [store]: nothing }, run, about });
    await host.open();
    await host.done({ goesOn: true });
  };
  // oxlint-disable-next-line no-await-in-loop -- the order of their beginnings counts
  for (const run of ["r1", "r2", "r3", "r4", "r5"]) await interrupted(run, "filestore");
  await interrupted("r6", "other");
  const { code, stderr } = await sandbox.run(write);
  expect(code).toBe(0);
  expect(stderr.split("\n").slice(0, -1)).toEqual([
    "An earlier run was interrupted: cloudmarker resume r5",
    "An earlier run was interrupted: cloudmarker resume r4",
    "An earlier run was interrupted: cloudmarker resume r3",
    "So were 2 more runs: cloudmarker runs",
  ]);
});

test("resume tells of a run that cannot be read (exit 78)", async () => {
  using sandbox = new Sandbox();
  mkdirSync(join(stateOf(sandbox), "runs"), { recursive: true });
  writeFileSync(join(stateOf(sandbox), "runs", "r1.run"), "no database");
  for (const args of [["resume"], ["resume", "--all"], ["resume", "r1"]]) {
    // oxlint-disable-next-line no-await-in-loop -- one command after the other
    const { code, stderr } = await sandbox.run(args);
    expect([code, stderr]).toEqual([
      78,
      expect.stringMatching(/^error: The run r1 cannot be read: .*no database.*\n.*runs forget r1\n$/u),
    ]);
  }
});

test("a damaged receipt is told by runs and check, is in nobody's way, and can be forgotten (issue 14)", async () => {
  using sandbox = new Sandbox();
  sandbox.file("cloudmarker.yaml", "audits: { a: { stores: [filestore] } }\n");
  for (const run of ["r0", "r1"]) {
    // oxlint-disable-next-line no-await-in-loop -- one command after the other
    expect((await sandbox.run(["write", "--run-id", run], '{"n":1}')).code).toBe(0);
  }
  const path = join(stateOf(sandbox), "receipts", "r1.json");
  writeFileSync(path, "{");
  const why = `cannot be read: The receipt ${path} cannot be read: `;
  expect((await sandbox.run(["runs"])).stdout).toContain(why);
  expect((await sandbox.run(["runs", "r1"])).stdout).toContain(why);
  expect((await sandbox.run(["check"])).stdout).toContain(`Waiting in it:\n  r1  ${why}`);
  const none = await sandbox.run(["resume", "--all"]);
  expect([none.code, none.stderr]).toEqual([0, `Nothing is left to deliver in ${stateOf(sandbox)}.\n`]);
  const named = await sandbox.run(["resume", "r1", "--state-dir", stateOf(sandbox)]);
  const forget = `  If it is not to be mended: cloudmarker runs forget r1 --state-dir ${stateOf(sandbox)}\n`;
  expect([named.code, named.stderr]).toEqual([78, expect.stringContaining(forget)]);
  expect((await sandbox.run(["runs", "forget", "r1", "--yes"])).code).toBe(0);
  expect(readdirSync(join(stateOf(sandbox), "receipts"))).toEqual(["r0.json"]);
  expect((await sandbox.run(["runs"])).stdout).not.toContain("r1");
  // It is no file that is damaged: nothing is removed.
  mkdirSync(path);
  expect((await sandbox.run(["resume", "r1"])).stderr).toContain("  Correct that, and do it again");
  expect((await sandbox.run(["runs", "forget", "r1", "--yes"])).code).toBe(64);
  rmdirSync(path);
  // It is JSON, and no receipt.
  writeFileSync(path, "[]");
  expect((await sandbox.run(["runs"])).stdout).toContain(`cannot be read: ${path} is no receipt.`);
  expect((await sandbox.run(["write", "--run-id", "r1"], '{"n":1}')).code).toBe(0);
  expect((await sandbox.run(["runs"])).stdout).not.toContain("cannot be read");
});

test.each([
  [["dead-letters", "reply"], 'dead-letters has no command "reply". Did you mean replay?'],
  [["dead-letters", "frob"], 'dead-letters has no command "frob".'],
  [["runs", "forgte", "r1"], 'runs has no command "forgte". Did you mean forget?'],
  [["resume", "--param", "x"], "--param number 1 is not of the form key=value."],
])("%j is told, also where nothing is left (exit 64)", async (args, message) => {
  using sandbox = new Sandbox();
  const { code, stderr } = await sandbox.run(args);
  expect([code, stderr.split("\n")[0]]).toEqual([64, `error: ${message}`]);
});

test("a signal while plugins are loaded leaves no run behind", async () => {
  using sandbox = new Sandbox();
  // It goes on as soon as the signal has been heard.
  sandbox.file(
    "slow.mjs",
    `import { writeFileSync } from "node:fs";
     writeFileSync("importing", "");
     await new Promise((resolve) => process.once("SIGTERM", resolve));
     ${AWAY}`,
  );
  const child = sandbox.start(["write", "--store", "./slow.mjs"]);
  const end = finished(child);
  await until(() => existsSync(join(sandbox.path, "importing")));
  child.kill("SIGTERM");
  const { code, named, stderr } = await end;
  expect([code, named]).toEqual([1, ""]);
  expect(stderr).toContain("error: the run was interrupted (SIGTERM) before it began.\n");
  expect(existsSync(join(stateOf(sandbox), "runs")) ? readdirSync(join(stateOf(sandbox), "runs")) : []).toEqual([]);
  expect((await sandbox.run(["runs"])).stdout).toContain("No run is known in ");
});

test("a signal while replay reads its input ends it with a word (exit 75)", async () => {
  using sandbox = new Sandbox();
  const child = sandbox.start(["dead-letters", "replay", "-"]);
  const end = finished(child);
  const letter =
    '{"time":"2026-11-23T14:53:14.009Z","run":"r","audit":"a","store":"s","code":"c","reason":"r","attempts":1,';
  // So many are kept at once. The input stays open.
  for (let n = 0; n < 1_001; n += 1) child.stdin.write(`${letter}"id":"${n}","record":{"raw":{}}}\n`);
  await until(() => existsSync(join(stateOf(sandbox), "state.db")));
  child.kill("SIGINT");
  const { code, signal, stderr } = await end;
  expect([code, signal]).toEqual([75, null]);
  expect(stderr).toBe(
    "error: the replay was interrupted (SIGINT) before it began.\n  Nothing was sent; what is kept stays as it is.\n",
  );
});
