import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { DiskTime } from "../../src/disk-time.ts";
import { openStorage, type StateStorage } from "../../src/state/storage.ts";
import { blockOf, deadLetterOf, digested, NO_LIMITS, temporaryFolder } from "./support.ts";

const CORE = join(import.meta.dirname, "..", "..");
const WORKER = pathToFileURL(join(CORE, "src", "isolation", "worker.ts"));
const NODE_22 = join(CORE, "..", "..", "test", "node_modules", "node22", "bin", "node");

function storage(worker = WORKER): StateStorage {
  const opened = openStorage({ worker, disk: new DiskTime(systemClock), unsafe: false });
  onTestFinished(() => opened.close());
  return opened;
}

test("a journal in the thread keeps what it is given, and takes the bytes without a copy", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "runs", "r1.db");
  const journal = await storage().createJournal(path, { meta: { run: "r1" }, lanes: 1 });
  const block = blockOf(0, 10, 100_000);
  const { usedBytes } = await journal.commit({ blocks: [block, blockOf(10, 10, 100)] });
  expect(block.bytes.length, "handed over").toBe(0);
  expect(usedBytes).toBeGreaterThan(100_000);
  const { blocks } = await journal.read(0, 1e9);
  expect(digested(blocks)).toEqual(digested([blockOf(0, 10, 100_000), blockOf(10, 10, 100)]));
  expect(await journal.state()).toMatchObject({ meta: { run: "r1" }, lanes: [{ lane: 0, low: 0 }], damage: [] });
  await journal.remove();
  expect(existsSync(path)).toBe(false);
});

test("a refusal crosses with its reason, and the next call is answered", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "r1.db");
  const one = storage();
  const journal = await one.createJournal(path, { meta: null, lanes: 1 });
  await journal.commit({ blocks: [blockOf(0, 10, 10)] });
  const refused = { name: "StorageError", reason: "failed", message: expect.stringContaining("NOT NULL") };
  await expect(journal.commit({ blocks: [{ ...blockOf(10, 1, 10), count: NaN }] })).rejects.toMatchObject(refused);
  await expect(one.createJournal(path, { meta: null, lanes: 1 })).rejects.toMatchObject({ reason: "exists" });
  // Two threads of one process are two owners.
  await expect(storage().openJournal(path)).rejects.toMatchObject({ reason: "locked" });
  expect((await journal.read(0, 100)).blocks).toHaveLength(1);
});

test("dead letters are kept by the thread as well", async () => {
  using folder = temporaryFolder();
  const letters = await storage().openLetters(join(folder.path, "state.db"));
  const two = [deadLetterOf({ place: 1 }), deadLetterOf({ place: 2, record: new Uint8Array([9]) })];
  expect(await letters.addLetters(two, NO_LIMITS)).toEqual({ ids: [1, 2], expired: 0 });
  expect((await letters.letters({}, 0, 1e6)).map(({ record }) => [...record].at(-1))).toEqual([3, 9]);
  await letters.close();
});

test("where the thread ends, every call is refused with the reason, and what was committed is there", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "r1.db");
  const one = storage();
  const journal = await one.createJournal(path, { meta: null, lanes: 1 });
  await journal.commit({ blocks: [blockOf(0, 10, 10)] });
  const ended = { name: "StorageError", reason: "ended", message: expect.stringContaining("has ended") };
  const pending = journal.commit({ blocks: [blockOf(10, 10, 10)] });
  await Promise.all([one.close(), expect(pending).rejects.toMatchObject(ended)]);
  await expect(journal.read(0, 1)).rejects.toMatchObject(ended);
  const again = await storage().openJournal(path);
  expect((await again.read(0, 1e6)).blocks[0]).toEqual(blockOf(0, 10, 10));
});

test("a thread that cannot start refuses the first call, with the reason", async () => {
  const broken = new URL(`data:text/javascript,throw new Error("no such module")`);
  await expect(storage(broken).openJournal("/nowhere/r1.db")).rejects.toMatchObject({
    reason: "ended",
    message: "The thread that writes to the state folder has ended: no such module. What was committed is on disk.",
  });
});

/** A program that opens a journal, commits, and closes nothing. */
const PROGRAM = (path: string): string => `
  import { systemClock } from ${JSON.stringify(join(CORE, "src", "clock.ts"))};
  import { DiskTime } from ${JSON.stringify(join(CORE, "src", "disk-time.ts"))};
  import { openStorage } from ${JSON.stringify(join(CORE, "src", "state", "storage.ts"))};
  process.on("warning", (warning) => {
    if (/SQLite/.test(warning.message)) console.log("warned", warning.message);
  });
  const disk = new DiskTime(systemClock);
  const storage = openStorage({ worker: new URL(${JSON.stringify(WORKER.href)}), disk, unsafe: false });
  const journal = await storage.createJournal(${JSON.stringify(path)}, { meta: null, lanes: 1 });
  await journal.commit({ blocks: [{ first: 0, count: 1, bytes: new Uint8Array(10) }] });
  console.log("committed");`;

test.each([
  ["this version of Node", process.execPath],
  ["Node 22", NODE_22],
])("with %s the thread keeps no process alive, and nobody reads a warning of SQLite", (_, node) => {
  using folder = temporaryFolder();
  const options = { encoding: "utf8", timeout: 30_000 } as const;
  const args = ["--input-type=module", "--eval", PROGRAM(join(folder.path, "r1.db"))];
  const { status, stdout, stderr } = spawnSync(node, args, options);
  expect({ status, stdout, stderr: stderr.includes("SQLite") ? stderr : "" }).toEqual({
    status: 0,
    stdout: "committed\n",
    stderr: "",
  });
});
