import { spawn } from "node:child_process";
import { expect, test } from "vitest";
import { currentOwner, isAlive } from "../src/owner.ts";

const HOUR_MS = 3_600_000;

test("this process is alive", async () => {
  const self = await currentOwner();
  expect(await isAlive(self, self, 0, 100 * HOUR_MS)).toBe(true);
});

test("a process that has ended is dead, and so is an earlier one with the same pid (FS-03)", async () => {
  const self = await currentOwner();
  const child = spawn("true");
  await new Promise((resolve) => child.on("close", resolve));
  expect(await isAlive({ ...self, pid: child.pid ?? 0 }, self, 0, 0)).toBe(false);
  expect(await isAlive({ ...self, started: "1" }, self, 0, 0)).toBe(false);
});

test("a run from before the machine was started again is dead", async () => {
  const self = await currentOwner();
  expect(await isAlive({ ...self, boot: "earlier" }, self, 0, 0)).toBe(false);
});

test("a run on a machine or in a container that cannot be asked lives until it was quiet for a day", async () => {
  const self = await currentOwner();
  for (const other of [
    { ...self, host: "elsewhere", boot: "x" },
    { ...self, space: "pid:[1]" },
  ]) {
    expect(await isAlive(other, self, 0, 23 * HOUR_MS)).toBe(true);
    expect(await isAlive(other, self, 0, 25 * HOUR_MS)).toBe(false);
  }
});

test("if the system does not say when a process started, its pid decides", async () => {
  const self = await currentOwner();
  expect(await isAlive({ ...self, started: "" }, self, 0, 0)).toBe(true);
  expect(await isAlive({ ...self, started: "", pid: 2 ** 22 + 1 }, self, 0, 0)).toBe(false);
});
