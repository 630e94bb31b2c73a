import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { platform, tmpdir } from "node:os";
import { join } from "node:path";
import type { DeadLetter } from "@cloudmarker/store-api";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DeadLetterFile } from "../../src/delivery/dead-letter-file.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "dead-letters-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function letter(n: number, json = `{"raw":{"n":${n}},"ext":{},"com":{}}`): DeadLetter {
  return {
    audit: "nightly",
    store: "search",
    run: "20261123_145314",
    time: "2026-11-23T14:53:14.000Z",
    code: "mapping_conflict",
    reason: 'field "n" is\ntext',
    attempts: 1,
    id: String(n),
    json,
  };
}

test("a line carries the reason, and the record to the byte", async () => {
  const path = join(folder, "search.ndjson");
  const file = new DeadLetterFile(path);
  const json = '{"raw":{"n":14517067005933136034,"f":1.0, "u":"\\u00e9"},"ext":{},"com":{}}';
  await file.append([letter(1, json), letter(2)]);
  await file.append([letter(3)]);
  await file.close();
  const lines = readFileSync(path, "utf8").split("\n");
  expect(lines).toHaveLength(4);
  expect(lines[0]).toBe(
    `{"time":"2026-11-23T14:53:14.000Z","run":"20261123_145314","audit":"nightly","store":"search","code":"mapping_conflict","reason":"field \\"n\\" is\\ntext","attempts":1,"id":"1","record":${json}}`,
  );
  expect(lines.slice(1, 3).map((line) => (JSON.parse(line) as { id: string }).id)).toEqual(["2", "3"]);
});

test("only the owner can read the file, and it is made for the first dead letter", async () => {
  const path = join(folder, "state", "dead-letters", "search.ndjson");
  const file = new DeadLetterFile(path);
  await file.append([]);
  expect(() => statSync(path)).toThrow("ENOENT");
  await file.append([letter(1)]);
  await file.close();
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, "state")).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, "state", "dead-letters")).mode & 0o777).toBe(0o700);
});

test("appends that overlap keep their order and their lines whole", async () => {
  const path = join(folder, "search.ndjson");
  const files = [new DeadLetterFile(path), new DeadLetterFile(path)];
  await Promise.all(Array.from({ length: 100 }, (_, n) => files[n % 2]?.append([letter(n), letter(n)])));
  await Promise.all(files.map((file) => file.close()));
  const ids = readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => Number((JSON.parse(line) as { id: string }).id));
  expect(ids).toHaveLength(200);
  expect(ids.filter((n) => n % 2 === 0)).toEqual(Array.from({ length: 100 }, (_, i) => Math.floor(i / 2) * 2));
});

test("half a line that a killed process left is closed off", async () => {
  const path = join(folder, "search.ndjson");
  writeFileSync(path, '{"time":"2026-11-2');
  const file = new DeadLetterFile(path);
  await file.append([letter(1)]);
  await file.close();
  const lines = readFileSync(path, "utf8").split("\n");
  expect(lines[0]).toBe('{"time":"2026-11-2');
  expect(JSON.parse(lines[1] ?? "")).toMatchObject({ id: "1" });
});

test("a folder that cannot be made is an error each time, until it can", async () => {
  const blocker = join(folder, "state");
  writeFileSync(blocker, "");
  const file = new DeadLetterFile(join(blocker, "search.ndjson"));
  await expect(file.append([letter(1)])).rejects.toMatchObject({ code: "EEXIST" });
  rmSync(blocker);
  await file.append([letter(1)]);
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
      const file = new DeadLetterFile(path);
      await file.append([letter(1)]);
      const filler = join(disk, "filler");
      writeFileSync(filler, Buffer.alloc(40_000));
      const many = Array.from({ length: 200 }, (_, n) => letter(n));
      await expect(file.append(many)).rejects.toMatchObject({ code: "ENOSPC" });
      expect(readFileSync(path, "utf8").trimEnd().split("\n")).toHaveLength(1);
      rmSync(filler);
      await file.append([letter(2)]);
      await file.close();
      const lines = readFileSync(path, "utf8").trimEnd().split("\n");
      expect(lines.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual(["1", "2"]);
    } finally {
      execFileSync("umount", [disk]);
    }
  },
);

test.skipIf(!existsSync("/proc/self"))(
  "a folder that cannot be made is an error, and is not tried without end (L-19)",
  async () => {
    const file = new DeadLetterFile("/proc/1/cloudmarker/dead-letters/search.ndjson");
    await expect(file.append([letter(1)])).rejects.toMatchObject({ code: "ENOENT", syscall: "mkdir" });
  },
);

test.skipIf(platform() === "win32")(
  "a pipe in the place of the file is refused, and not waited for (L-19)",
  async () => {
    const path = join(folder, "search.ndjson");
    execFileSync("mkfifo", [path]);
    const file = new DeadLetterFile(path);
    await expect(file.append([letter(1, JSON.stringify("x".repeat(1_000_000)))])).rejects.toThrow(
      `${path} is not a regular file`,
    );
    await file.close();
  },
);
