import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { platform, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LineFile } from "../../src/delivery/line-file.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "dead-letters-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function line(n: number): string {
  return `${JSON.stringify({ id: String(n), reason: 'field "n" is\ntext' })}\n`;
}

test("lines are appended as they are, in their order", async () => {
  const path = join(folder, "input.ndjson");
  const file = new LineFile(path);
  await file.append([line(1), line(2)]);
  await file.append([line(3)]);
  await file.close();
  expect(readFileSync(path, "utf8")).toBe(line(1) + line(2) + line(3));
});

test("only the owner can read the file, and it is made for the first line", async () => {
  const path = join(folder, "state", "dead-letters", "search.ndjson");
  const file = new LineFile(path);
  await file.append([]);
  expect(() => statSync(path)).toThrow("ENOENT");
  await file.append([line(1)]);
  await file.close();
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, "state")).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, "state", "dead-letters")).mode & 0o777).toBe(0o700);
});

test("appends that overlap keep their order and their lines whole", async () => {
  const path = join(folder, "search.ndjson");
  const files = [new LineFile(path), new LineFile(path)];
  await Promise.all(Array.from({ length: 100 }, (_, n) => files[n % 2]?.append([line(n), line(n)])));
  await Promise.all(files.map((file) => file.close()));
  const ids = readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((text) => Number((JSON.parse(text) as { id: string }).id));
  expect(ids).toHaveLength(200);
  expect(ids.filter((n) => n % 2 === 0)).toEqual(Array.from({ length: 100 }, (_, i) => Math.floor(i / 2) * 2));
});

test("half a line that a killed process left is closed off", async () => {
  const path = join(folder, "search.ndjson");
  writeFileSync(path, '{"time":"2026-11-2');
  const file = new LineFile(path);
  await file.append([line(1)]);
  await file.close();
  const lines = readFileSync(path, "utf8").split("\n");
  expect(lines[0]).toBe('{"time":"2026-11-2');
  expect(JSON.parse(lines[1] ?? "")).toMatchObject({ id: "1" });
});

test("a folder that cannot be made is an error each time, until it can", async () => {
  const blocker = join(folder, "state");
  writeFileSync(blocker, "");
  const file = new LineFile(join(blocker, "search.ndjson"));
  await expect(file.append([line(1)])).rejects.toMatchObject({ code: "EEXIST" });
  rmSync(blocker);
  await file.append([line(1)]);
  await file.close();
  expect(readFileSync(file.path, "utf8")).toContain('"id":"1"');
});

test.skipIf(process.getuid?.() !== 0)(
  "on a full disk a call leaves all its lines or none, and goes on when there is room (needs root to mount a tmpfs)",
  async () => {
    const disk = join(folder, "disk");
    await mkdir(disk);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", disk]);
    try {
      const path = join(disk, "search.ndjson");
      const file = new LineFile(path);
      await file.append([line(1)]);
      const filler = join(disk, "filler");
      writeFileSync(filler, Buffer.alloc(40_000));
      const many = Array.from({ length: 1_000 }, (_, n) => line(n));
      await expect(file.append(many)).rejects.toMatchObject({ code: "ENOSPC" });
      expect(readFileSync(path, "utf8").trimEnd().split("\n")).toHaveLength(1);
      rmSync(filler);
      await file.append([line(2)]);
      await file.close();
      const lines = readFileSync(path, "utf8").trimEnd().split("\n");
      expect(lines.map((text) => (JSON.parse(text) as { id: string }).id)).toEqual(["1", "2"]);
    } finally {
      execFileSync("umount", [disk]);
    }
  },
);

test.skipIf(!existsSync("/proc/self"))(
  "a folder that cannot be made is an error, and is not tried without end (L-19)",
  async () => {
    const file = new LineFile("/proc/1/cloudmarker/dead-letters/search.ndjson");
    await expect(file.append([line(1)])).rejects.toMatchObject({ code: "ENOENT", syscall: "mkdir" });
  },
);

test.skipIf(platform() === "win32")(
  "a pipe in the place of the file is refused, and not waited for (L-19)",
  async () => {
    const path = join(folder, "search.ndjson");
    execFileSync("mkfifo", [path]);
    const file = new LineFile(path);
    await expect(file.append([`${"x".repeat(1_000_000)}\n`])).rejects.toThrow(`${path} is not a regular file`);
    await file.close();
  },
);
