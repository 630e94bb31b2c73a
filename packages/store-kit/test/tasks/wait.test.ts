import { expect, test } from "vitest";
import { waitFor } from "../../src/tasks/index.ts";

/** A clock whose only timer the test calls. */
function openClock() {
  const timers: (() => void)[] = [];
  const clock = {
    setTimeout: (fn: () => void) => timers.push(fn),
    clearTimeout: () => void timers.pop(),
  };
  return { clock, timers };
}

const never = new Promise(() => undefined);

test("waits for a promise, passes on its value or error, and leaves no timer", async () => {
  const { clock, timers } = openClock();
  expect(await waitFor(Promise.resolve(7), clock, 50)).toBe(7);
  await expect(waitFor(Promise.reject(new Error("why")), clock, 50)).rejects.toThrow("why");
  expect(timers).toEqual([]);
});

test("but not longer than its time limit", async () => {
  const { clock, timers } = openClock();
  const wait = waitFor(never, clock, 50);
  timers[0]?.();
  expect(await wait).toBe(undefined);
  expect(timers).toEqual([]);
});

test("nor longer than the signal allows, before the wait or during it", async () => {
  const { clock, timers } = openClock();
  const controller = new AbortController();
  const wait = waitFor(never, clock, 50, controller.signal);
  controller.abort();
  expect(await wait).toBe(undefined);
  expect(await waitFor(never, clock, 50, controller.signal)).toBe(undefined);
  expect(timers).toEqual([]);
});
