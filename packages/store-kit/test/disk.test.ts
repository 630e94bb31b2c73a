import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { platform, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { makeFolder, syncFolder } from "../src/disk.ts";

const outside = mkdtempSync(join(tmpdir(), "cloudmarker-folder-"));
const base = join(outside, "base");
afterEach(() => rmSync(base, { recursive: true, force: true }));
afterAll(() => rmSync(outside, { recursive: true }));

test("makes the folder and those above it, each with the mode, and names them from the outermost on", async () => {
  const outer = join(base, "one");
  const inner = join(outer, "two");
  expect(await makeFolder(inner, { mode: 0o700 })).toEqual([base, outer, inner]);
  expect([outer, inner].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o700]);
  expect(await makeFolder(inner)).toEqual([]);
});

test("a folder that several make at the same time is made once", async () => {
  const path = join(base, "a", "b", "c");
  const made = await Promise.all([makeFolder(path), makeFolder(path), makeFolder(path)]);
  expect(made.flat().toSorted()).toEqual([base, join(base, "a"), join(base, "a", "b"), path]);
});

// Where mkdir with `recursive` tries without end.
test.skipIf(!existsSync("/proc/self"))("below /proc it ends with the error of the system (L-19)", async () => {
  await expect(makeFolder("/proc/1/cloudmarker/state")).rejects.toMatchObject({ code: "ENOENT", syscall: "mkdir" });
});

test("something in the way is an error: a file, a broken link", async () => {
  await makeFolder(base);
  writeFileSync(join(base, "file"), "");
  symlinkSync(join(base, "nowhere"), join(base, "link"));
  await expect(makeFolder(join(base, "file"))).rejects.toMatchObject({ code: "EEXIST" });
  await expect(makeFolder(join(base, "file", "x"))).rejects.toMatchObject({ code: "EEXIST" });
  await expect(makeFolder(join(base, "link", "x"))).rejects.toMatchObject({ code: "EEXIST" });
});

test("an aborted signal stops it", async () => {
  const path = join(base, "x");
  await expect(makeFolder(path, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
  expect(existsSync(path)).toBe(false);
});

test.skipIf(platform() === "win32")(
  "the names in a folder are made durable; anything but a folder is an error (FS-01)",
  async () => {
    await makeFolder(base);
    await syncFolder(base);
    await expect(syncFolder(join(base, "missing"))).rejects.toMatchObject({ code: "ENOENT" });
    writeFileSync(join(base, "file"), "");
    await expect(syncFolder(join(base, "file"))).rejects.toMatchObject({ code: "ENOTDIR" });
  },
);
