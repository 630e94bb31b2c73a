import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { makeRecord } from "./make-record.ts";
import {
  attempt,
  batchOf,
  canMount,
  canTrace,
  Child,
  files,
  leftovers,
  MEMORY,
  numbers,
  openStore,
  readArray,
  readLines,
  runChild,
  runStore,
  temporaryFolder,
} from "./support.ts";

/** A file system of its own with these limits. */
function mounted(options: string): string {
  const folder = join(temporaryFolder(), "disk");
  mkdirSync(folder);
  execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder]);
  onTestFinished(() => {
    execFileSync("umount", ["--lazy", folder]);
  });
  return folder;
}

const strace = (...injections: string[]): string[] => ["strace", "-f", "-qqq", "-o", "/dev/null", ...injections];

test.runIf(canMount)("a full disk costs no record that fits, and keeps the file whole (FS-06)", async () => {
  const folder = mounted("size=1m");
  const store = await openStore(folder);
  await store.write([makeRecord("x", 0, "a".repeat(600_000))], attempt());
  const [temp = ""] = leftovers(folder);
  const before = readFileSync(join(folder, temp)).length;
  await expect(store.write([makeRecord("x", 1, "a".repeat(600_000))], attempt())).rejects.toMatchObject({
    status: "retry",
    code: "disk_full",
    message: `Cannot write ${join(folder, temp)}: the disk has no space or no inodes left; free some (ENOSPC).`,
  });
  expect(readFileSync(join(folder, temp)).length, "cut off at the last record").toBe(before);
  await store.write([makeRecord("x", 2, "a".repeat(100_000))], attempt());
  await store.done({ complete: true });
  expect(numbers(readArray(folder, "x.json"))).toEqual([0, 2]);
});

test.runIf(canMount)("space that becomes free lets the same batch pass (FS-06)", async () => {
  const folder = mounted("size=1m");
  const ballast = join(folder, "ballast");
  const store = await openStore(folder, { format: "ndjson" });
  writeFileSync(ballast, Buffer.alloc(900_000));
  const batch = [makeRecord("x", 0, "a".repeat(300_000))];
  await expect(store.write(batch, attempt())).rejects.toMatchObject({ code: "disk_full" });
  rmSync(ballast);
  await store.write(batch, attempt());
  await store.done({ complete: true });
  expect(numbers(readLines(folder, "x.ndjson"))).toEqual([0]);
});

test.runIf(canMount)("a worker whose file does not fit does not harm the others (FS-06)", async () => {
  const folder = mounted("size=1m");
  const store = await openStore(folder);
  const batch = [makeRecord("small", 0), makeRecord("large", 1, "a".repeat(2_000_000)), makeRecord("small", 2)];
  expect(await store.write(batch, attempt())).toEqual([
    expect.objectContaining({ index: 1, status: "retry", code: "disk_full" }),
  ]);
  await store.done({ complete: true });
  expect(files(folder)).toEqual(["small.json"]);
  expect(numbers(readArray(folder, "small.json"))).toEqual([0, 2]);
});

test.runIf(canMount)("a disk without free inodes is a full disk (FS-06)", async () => {
  // The root folder, the control file and one more.
  const folder = mounted("nr_inodes=3");
  const store = await openStore(folder);
  await store.write(batchOf("x", 0, 1), attempt());
  await expect(store.write(batchOf("y", 0, 1), attempt())).rejects.toMatchObject({
    status: "retry",
    code: "disk_full",
  });
  expect(await store.done({ complete: true })).toMatchObject({
    notes: [expect.stringContaining("The next run cannot tell which of them are out of date.")],
  });
  expect(files(folder)).toEqual(["x.json"]);
});

test.runIf(canMount)("a read-only mount is blocked, at open and in check (FS-06)", async () => {
  const folder = mounted("size=1m");
  const store = await openStore(folder);
  execFileSync("mount", ["-o", "remount,ro", folder]);
  expect(await store.check()).toEqual({
    ok: false,
    code: "read_only",
    message: `Cannot create a file in ${folder}: the file system is mounted read-only (EROFS).`,
  });
  await expect(store.write(batchOf("x", 0, 1), attempt())).rejects.toMatchObject({
    status: "blocked",
    code: "read_only",
  });
  await expect(openStore(folder)).rejects.toMatchObject({
    status: "blocked",
    code: "read_only",
    message: `Cannot use ${folder}: the file system is mounted read-only (EROFS).`,
  });
});

test.runIf(canMount)("a second user is told to name a folder of their own (FS-06)", async () => {
  const folder = temporaryFolder();
  const wrapper = ["setpriv", "--reuid=65534", "--clear-groups"];
  const output = await runChild({ folder, steps: [] }, wrapper);
  expect(output).toContain(`run failed blocked no_permission Cannot use ${folder}: this user may not write there`);
  expect(output).toContain("name a folder of your own, such as `path: ~/audit-records`");
});

test("a file over `ulimit -f` is blocked, and cut off at the last record (FS-06)", async () => {
  const folder = temporaryFolder();
  const steps = ["write x 0 1 300000", "write x 1 2 300000", "write x 2 3 10", "done"];
  const output = await runChild({ folder, steps }, ["bash", "-c", 'ulimit -f 400; exec "$@"', "bash"]);
  expect(output).toContain("write failed blocked file_too_large");
  expect(numbers(readArray(folder, "x.json"))).toEqual([0, 2]);
});

test("10,000 workers pass under `ulimit -n 64`, whole and in order (FS-07)", async () => {
  const folder = temporaryFolder(MEMORY);
  const output = await runChild({ folder, steps: ["workers 10000", "done"] }, [
    "bash",
    "-c",
    'ulimit -n 64; exec "$@"',
    "bash",
  ]);
  expect(output).toContain("workers ok\ndone ok");
  expect(files(folder)).toHaveLength(10_000);
  for (const n of [0, 1, 4999, 9999]) expect(numbers(readArray(folder, `w${n}.json`))).toEqual([0, 1]);
  expect(leftovers(folder)).toEqual([]);
});

test.runIf(existsSync("/proc/self/fd"))(
  "files of alternating workers stay open, up to a quarter of the process' limit (FS-07, L-82)",
  async () => {
    const limited = ["bash", "-c", 'ulimit -n 400; exec "$@"', "bash"];
    for (const [workers, open] of [
      [90, 90],
      [500, 100],
    ]) {
      const folder = temporaryFolder();
      const steps = [`workers ${workers}`, "count", "done"];
      expect(await runChild({ folder, steps }, limited)).toContain(`workers ok\n${open} files are open\ndone ok`);
    }
  },
);

test("if not even that many files may be open, fewer are (FS-07)", async () => {
  const folder = temporaryFolder();
  const output = await runChild({ folder, steps: ["workers 500", "done"] }, [
    "bash",
    "-c",
    'ulimit -n 24; exec "$@"',
    "bash",
  ]);
  expect(output).toContain("workers ok\ndone ok");
  expect(files(folder)).toHaveLength(500);
});

test.runIf(canTrace)("a write that fails with EIO is undone and may be tried again (FS-06)", async () => {
  const folder = temporaryFolder();
  const wrapper = strace("-e", "trace=pwrite64", "-e", "inject=pwrite64:error=EIO:when=2");
  const steps = ["write x 0 2", "write x 2 4", "write x 2 4", "done"];
  const output = await runChild({ folder, steps }, wrapper);
  expect(output).toMatch(/write ok null\nwrite failed retry io_error .*\nwrite ok null\ndone ok/);
  expect(numbers(readArray(folder, "x.json"))).toEqual([0, 1, 2, 3]);
});

test.runIf(canTrace)("short writes are continued (FS-16)", async () => {
  const folder = temporaryFolder();
  // The first call says that it took nothing, as one that was interrupted may.
  const output = await runChild(
    { folder, steps: ["write x 0 1 1000", "done"] },
    strace("-e", "trace=pwrite64", "-e", "inject=pwrite64:retval=0:when=1"),
  );
  expect(output).toContain("done ok");
  expect(numbers(readArray(folder, "x.json"))).toEqual([0]);
});

test.runIf(canTrace)(
  "a failed fsync is reported, never repaired by a second one, and nothing is published (FS-05)",
  async () => {
    const folder = temporaryFolder();
    await runStore(folder, { x: [0, 1] }, {}, { run: "r0" });
    const wrapper = strace("-e", "trace=fsync", "-e", "inject=fsync:error=EIO:when=1");
    const steps = ["write x 1 3", "write y 0 1", "flush", "flush", "write x 3 4", "write y 1 2", "done"];
    const output = await runChild({ folder, steps }, wrapper);
    const lines = output.trimEnd().split("\n");
    expect(lines.map((line) => line.split(" ").slice(0, 4).join(" "))).toEqual([
      "open ok",
      "write ok null",
      "write ok null",
      "flush failed retry io_error",
      "flush failed retry io_error",
      "write failed blocked io_error",
      "write ok null",
      "done failed retry not_published",
      "run ok null",
    ]);
    expect(lines[7]).toMatch(
      /the disk reports an input\/output error; check its health \(EIO\)\. What could be read back is in x\.r1\.partial\.json\.$/,
    );
    expect(numbers(readArray(folder, "x.json")), "the old file stays").toEqual([0]);
    expect(numbers(readArray(folder, "x.r1.partial.json"))).toEqual([1, 2]);
    expect(numbers(readArray(folder, "y.json"))).toEqual([0, 1]);
  },
);

test.runIf(canTrace)(
  "a failed early sync counts as a failed flush, since a later sync may succeed although data is lost (FS-05)",
  async () => {
    const folder = temporaryFolder();
    const wrapper = strace("-e", "trace=fdatasync", "-e", "inject=fdatasync:error=EIO");
    const output = await runChild({ folder, steps: ["write x 0 18 1000000", "flush", "done"] }, wrapper);
    const lines = output.split("\n").map((line) => line.split(" ").slice(0, 4).join(" "));
    expect(lines.slice(1, 4)).toEqual([
      "write ok null",
      "flush failed retry io_error",
      "done failed retry not_published",
    ]);
    expect(files(folder).filter((name) => name === "x.json")).toEqual([]);
  },
);

test.runIf(canTrace).each(["fsync:error=EIO:when=1", "rename:error=EXDEV:when=2", "fchmod:error=EPERM:when=1"])(
  "%s in done leaves the old file and names where the records are (FS-05)",
  async (injection) => {
    const folder = temporaryFolder();
    await runStore(folder, { x: [0, 1] }, {}, { run: "r0" });
    const [call] = injection.split(":");
    const output = await runChild(
      { folder, steps: ["write x 1 3", "done"] },
      strace("-e", `trace=${call}`, "-e", `inject=${injection}`),
    );
    expect(output).toContain("done failed retry not_published");
    expect(numbers(readArray(folder, "x.json"))).toEqual([0]);
    expect(numbers(readArray(folder, "x.r1.partial.json"))).toEqual([1, 2]);
  },
);

test.runIf(canTrace)("an error when the folder is synced is reported (FS-01)", async () => {
  const folder = temporaryFolder();
  // The temporary file, the control file, the folder.
  const wrapper = strace("-e", "trace=fsync", "-e", "inject=fsync:error=EIO:when=3");
  expect(await runChild({ folder, steps: ["write x 0 1", "done"] }, wrapper)).toContain("done failed");
});

test.runIf(canTrace)("publishes in the order that survives a power cut (FS-01)", async () => {
  const folder = temporaryFolder();
  const log = join(temporaryFolder(), "log");
  await runChild({ folder, steps: ["write x 0 1", "done"] }, [
    ..."strace -f -qqq -y -e trace=openat,pwrite64,fsync,close,rename -o".split(" "),
    log,
  ]);
  const lines = readFileSync(log, "utf8").split("\n");
  const created = lines.findIndex((line) => line.includes(`${folder}/.x.json`));
  expect(lines[created]).toContain("O_RDWR|O_CREAT|O_EXCL");
  const calls = lines
    .slice(created)
    .filter((line) => line.includes(`${folder}/.x.json`) || line.includes(`<${folder}>`))
    .map((line) => line.replace(/^\d+ +(\w+)\(.*/, "$1"));
  // Behind these the folder is only looked at.
  expect(calls.slice(0, 9)).toEqual([
    "openat",
    "pwrite64",
    "pwrite64",
    "fsync",
    "close",
    "rename",
    "openat",
    "fsync",
    "close",
  ]);
});

test.runIf(canTrace)(
  "killed at any call of the publish sequence, the old file or the new one is there, whole (FS-02)",
  async () => {
    const survived: string[] = [];
    for (const call of ["openat", "pwrite64", "fchmod", "fsync", "close", "rename", "unlink", "statx"]) {
      for (let count = 1; count <= 24; count += 1) {
        const folder = temporaryFolder();
        await runStore(folder, { x: [0, 1], gone: [0, 1] }, {}, { run: "r0" });
        const old = readFileSync(join(folder, "x.json"), "utf8");
        const child = new Child({ folder, steps: ["write x 1 4", "flush", "wait", "done"] });
        await child.printed("waiting");
        await child.killAt(call, count);
        child.process.stdin.write("\n");
        const { signal } = await child.exited;
        const text = readFileSync(join(folder, "x.json"), "utf8");
        const isOld = text === old;
        const at = `${call} ${count}`;
        expect([[0], [1, 2, 3]], `at ${at}`).toContainEqual(numbers(JSON.parse(text)));
        if (signal === null && !isOld) {
          survived.push(call);
          break;
        }
        await runStore(folder, { x: [9, 10] }, {}, { run: "r2" });
        const kept = isOld ? readArray(folder, "x.r1.partial.json") : [];
        expect(numbers(kept), `at ${at}: what flush had confirmed`).toEqual(isOld ? [1, 2, 3] : []);
        expect(leftovers(folder), `at ${at}`).toEqual([]);
        expect(files(folder), `at ${at}`).not.toContain("gone.json");
        expect(readdirSync(folder).filter((name) => name.startsWith(".cloudmarker"))).toHaveLength(1);
      }
    }
    expect(survived, "every call was tried until there were no more of it").toHaveLength(8);
  },
  120_000,
);
