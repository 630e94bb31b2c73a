// How long a queue waits after failures, and near its end.
import { expect, test } from "vitest";
import { Backoff, LONGEST_RETRY_AFTER_MS, retryAfter } from "../../src/delivery/backoff.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const settings = { retryMinMs: 1000, retryMaxMs: 60_000 };

function backoffEndingIn(ms: number): Backoff {
  const clock = new VirtualClock();
  const backoff = new Backoff(settings, clock);
  backoff.endsAt = clock.now() + ms;
  return backoff;
}

test.each([
  [0, 1000],
  [1, 1000],
  [2, 2000],
  [6, 32_000],
  [7, 60_000],
  [2000, 60_000],
])("after %i failures the ceiling is %i ms", (failures, ceiling) => {
  const backoff = new Backoff(settings, new VirtualClock());
  expect(backoff.wait(1, failures, 0)).toBe(ceiling);
  expect(backoff.wait(0.5, failures, 0)).toBe(ceiling / 2);
  expect(backoff.wait(0, failures, 0)).toBe(0);
});

test("a wait that the server asks for is never shortened, not even near the end (SC-14)", () => {
  expect(backoffEndingIn(2000).wait(1, 7, 50_000)).toBe(50_000);
  expect(backoffEndingIn(2000).recheck(50_000)).toBe(50_000);
});

test("any other wait is cut to half of the time that is left, but not below the shortest one", () => {
  expect(backoffEndingIn(10_000).wait(1, 7, 0)).toBe(5000);
  expect(backoffEndingIn(10_000).recheck(0)).toBe(5000);
  expect(backoffEndingIn(500).recheck(0)).toBe(1000);
});

test("without an end, a blocked store is tried again after the longest wait (SC-17)", () => {
  expect(new Backoff(settings, new VirtualClock()).recheck(0)).toBe(60_000);
});

test.each([
  [undefined, 0],
  ["5", 0],
  [Number.NaN, 0],
  [-1, 0],
  [1500, 1500],
  [Infinity, LONGEST_RETRY_AFTER_MS],
])("of the wait %s that a store asks for, %i ms are kept", (asked, kept) => {
  expect(retryAfter(asked)).toBe(kept);
});
