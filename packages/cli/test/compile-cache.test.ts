import { spawnSync } from "node:child_process";
import { chownSync, existsSync, globSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";

const BIN = join(import.meta.dirname, "../bin/cloudmarker.js");

/** Runs the command as it is installed, with folders of its own. */
function run(env: Readonly<Record<string, string>>, ...args: readonly string[]): void {
  const { status, stderr } = spawnSync(process.execPath, [BIN, ...args, "--version"], { env, encoding: "utf8" });
  expect([status, stderr]).toEqual([0, ""]);
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "cloudmarker-cache-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test("compiled code is kept in the home folder, where no other user can write", () => {
  const home = folder();
  const temporary = folder();
  run({ HOME: home, TMPDIR: temporary });
  expect(existsSync(join(home, ".cache/cloudmarker"))).toBe(true);
  expect(readdirSync(temporary)).toEqual([]);
});

// Node 22 compiles what is imported when `import()` has returned.
const isLater = process.versions.node.startsWith("22.");
const unless = isLater ? " (skipped: Node 22 compiles them later)" : "";
test.skipIf(isLater)(`all functions are kept, and not only those that run at the import (L-85)${unless}`, () => {
  const cache = folder();
  run({ HOME: folder(), XDG_CACHE_HOME: cache }, "write");
  const sizes = globSync("cloudmarker/*/*", { cwd: cache }).map((file) => statSync(join(cache, file)).size);
  const sources = globSync("../{core,cli}/lib/{index,command*}.js", { cwd: join(BIN, "..") });
  const source = sources.reduce((sum, file) => sum + statSync(join(BIN, "..", file)).size, 0);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThan(source);
});

test("XDG_CACHE_HOME names another folder", () => {
  const cache = folder();
  run({ HOME: folder(), XDG_CACHE_HOME: cache });
  expect(readdirSync(cache)).toEqual(["cloudmarker"]);
});

test("without a home folder nothing is kept", () => {
  const temporary = folder();
  run({ TMPDIR: temporary });
  run({ TMPDIR: temporary, HOME: "relative" });
  run({ TMPDIR: temporary, HOME: join(temporary, "nowhere") });
  expect(readdirSync(temporary)).toEqual([]);
});

test.skipIf(process.getuid?.() !== 0)("nothing is kept in the home folder of another user, as under sudo", () => {
  const home = folder();
  mkdirSync(join(home, ".cache"));
  chownSync(home, 65_534, 65_534);
  run({ HOME: home });
  expect(readdirSync(join(home, ".cache"))).toEqual([]);
});
