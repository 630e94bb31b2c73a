import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { platform, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { readBounded, readBoundedNow } from "../../src/config/read-bounded.ts";
import { packageOf } from "../../src/plugins/package-json.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cloudmarker-bounded-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function pipe(name: string): string {
  const path = join(folder, name);
  expect(spawnSync("mkfifo", [path]).status).toBe(0);
  return path;
}

test("files are read whole, both ways", async () => {
  const path = join(folder, "file");
  const text = "x".repeat(200_000);
  writeFileSync(path, text);
  expect(Buffer.from(await readBounded(path, systemClock)).toString()).toBe(text);
  expect(Buffer.from(readBoundedNow(path)).toString()).toBe(text);
  expect(readBoundedNow("/dev/null").length).toBe(0);
  expect(() => readBoundedNow(join(folder, "none"))).toThrow("ENOENT");
  expect(() => readBoundedNow(folder)).toThrow("EISDIR");
  await expect(readBounded(folder, systemClock)).rejects.toThrow("EISDIR");
});

describe.skipIf(platform() === "win32")("what is not a file (L-19)", () => {
  test("a device that never ends is not read without end", async () => {
    await expect(readBounded("/dev/zero", systemClock)).rejects.toThrow("it is larger than 16 MiB");
    expect(() => readBoundedNow("/dev/zero")).toThrow("it is larger than 16 MiB");
  });

  test("a pipe is waited for, but not without end", async () => {
    const path = pipe("pipe");
    const clock = new VirtualClock();
    const reading = readBounded(path, clock);
    await expect(clock.run(reading)).rejects.toThrow("it did not come to its end within 30000 ms");
    // Lets go of the thread that waits for a writer.
    writeFileSync(path, "");
    const writer = spawn("sh", ["-c", `printf secret > ${path}`]);
    expect(Buffer.from(readBoundedNow(path)).toString()).toBe("secret");
    await once(writer, "exit");
    expect(() => readBoundedNow(path)).toThrow("it did not come to its end within 5000 ms");
  });

  test("one in the place of a package.json is not a package", () => {
    pipe("package.json");
    writeFileSync(join(folder, "plugin.js"), "");
    expect(packageOf(join(folder, "plugin.js"))).toBe(undefined);
  });
});
