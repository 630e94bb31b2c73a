// Pipes, devices and links in place of files, and folders that cannot be (L-19).
import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { platform } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  attempt,
  batchOf,
  canMount,
  Child,
  files,
  incompleteRun,
  numbers,
  openStore,
  readArray,
  readLines,
  runStore,
  temporaryFolder,
} from "./support.ts";

const APPEND = { format: "ndjson", write_mode: "append" } as const;

function pipe(folder: string, name: string): void {
  execFileSync("mkfifo", [join(folder, name)]);
}

test.runIf(existsSync("/proc/self"))(
  "a folder below /proc is refused at once: there is no room for folders",
  async () => {
    await expect(runStore("/proc/cloudmarker/audit", { x: [0, 1] })).rejects.toMatchObject({ status: "blocked" });
  },
);

test("a pipe in place of the folder is refused at once", async () => {
  const folder = temporaryFolder();
  pipe(folder, "out");
  await expect(runStore(join(folder, "out"), {})).rejects.toMatchObject({ status: "blocked", code: "not_a_folder" });
});

test.skipIf(platform() === "win32")("a folder that was removed is reported at `flush` (FS-01)", async () => {
  const folder = join(temporaryFolder(), "out");
  const store = await openStore(folder);
  await store.write(batchOf("x", 0, 1), attempt());
  rmSync(folder, { recursive: true });
  await expect(store.flush()).rejects.toMatchObject({
    status: "blocked",
    code: "folder_gone",
    message: `Cannot make the file names in ${folder} durable: the folder or the file was removed while FileStore used it (ENOENT).`,
  });
  await store.close();
});

test.each(["x.ndjson", ".x.ndjson.lock", ".x.ndjson.journal", ".x.ndjson.runs"])(
  "a pipe in place of %s holds up nothing: the records are kept and named",
  async (name) => {
    const folder = temporaryFolder();
    if (name === ".x.ndjson.runs") await runStore(folder, { x: [0, 1] }, APPEND, { run: "r0" });
    const known = name === ".x.ndjson.runs" ? [0] : [];
    execFileSync("rm", ["-f", join(folder, name)]);
    pipe(folder, name);
    await expect(runStore(folder, { x: [1, 3], y: [0, 1] }, APPEND)).rejects.toMatchObject({
      code: "not_published",
      message: `${join(folder, name)} is not a regular file; FileStore does not open it. What could be read back is in x.r1.partial.ndjson.`,
    });
    expect(numbers(readLines(folder, "x.r1.partial.ndjson"))).toEqual([1, 2]);
    expect(numbers(readLines(folder, "y.ndjson"))).toEqual([0]);
    expect(known).toEqual(name === ".x.ndjson.runs" ? numbers(readLines(folder, "x.ndjson")) : []);
  },
);

test.runIf(canMount)("nor does a device", async () => {
  const folder = temporaryFolder();
  execFileSync("mknod", [join(folder, "x.ndjson"), "c", "1", "5"]);
  await expect(runStore(folder, { x: [0, 1] }, APPEND)).rejects.toThrow("x.ndjson is not a regular file");
  expect(lstatSync(join(folder, "x.ndjson")).isCharacterDevice()).toBe(true);
});

test("a pipe in place of a control file or a leftover is left alone and reported", async () => {
  const folder = temporaryFolder();
  pipe(folder, ".cloudmarker.0123456789aa.run");
  pipe(folder, ".x.json.r0.0123456789ab.tmp");
  const notes = await runStore(folder, { x: [0, 1] });
  expect(notes).toEqual([
    expect.stringMatching(/\.x\.json\.r0\.[0-9a-f]{12}\.tmp is not a regular file; FileStore does not open it\.$/),
  ]);
  expect(files(folder)).toEqual(["x.json"]);
  for (const name of [".cloudmarker.0123456789aa.run", ".x.json.r0.0123456789ab.tmp"])
    expect(lstatSync(join(folder, name)).isFIFO()).toBe(true);
});

test("a link in place of a leftover, a list of runs or a journal is not followed", async () => {
  const folder = temporaryFolder();
  const precious = join(temporaryFolder(), "precious");
  writeFileSync(precious, '{"n":1}\n{"torn');
  for (const name of [".x.ndjson.r0.0123456789ab.tmp", ".y.ndjson.journal", ".z.ndjson.runs"])
    symlinkSync(precious, join(folder, name));
  const run = runStore(folder, { y: [0, 1] }, APPEND);
  await expect(run).rejects.toThrow("a symbolic link stands in the way; FileStore does not follow it (ELOOP)");
  await runStore(folder, { w: [0, 1] }, APPEND);
  expect(readFileSync(precious, "utf8")).toBe('{"n":1}\n{"torn');
});

test("a pipe in place of a leftover of an earlier try does not block the repeated run", async () => {
  const folder = temporaryFolder();
  pipe(folder, "x.r1.partial.json");
  expect(await runStore(folder, { x: [0, 1] })).toEqual([
    expect.stringContaining("x.r1.partial.json is not a regular file"),
  ]);
  expect(numbers(readArray(folder, "x.json"))).toEqual([0]);
  await incompleteRun(folder, { x: [0, 1] });
  expect(files(folder)).toEqual(["x.json", "x.r1-2.partial.json", "x.r1.partial.json"]);
});

test("if the disk hangs while files are published, the receipt says where the records are, once the time is over", async () => {
  const folder = temporaryFolder();
  pipe(folder, "pipe");
  const child = new Child({ folder, steps: ["write x 0 1", "hang pipe", "stop"] });
  await child.printed("done failed");
  expect(child.output).toContain(
    `done failed retry no_answer The disk does not answer. What was written may lie in hidden files of ${folder}, which the next run recovers.`,
  );
  child.process.kill("SIGKILL");
  await child.exited;
  expect(await runStore(folder, {}, {}, { run: "r2" })).toEqual([
    "Run r1 was interrupted; its records for x.json are in x.r1.partial.json.",
  ]);
});
