// What a store has acknowledged, by the numbers of its attempts.
import { expect, test } from "vitest";
import { Progress } from "../../src/delivery/progress.ts";

test("a store has worked since attempt 2 when it acknowledged something of a later attempt", () => {
  const progress = new Progress();
  progress.acknowledge(2);
  expect([progress.since(1), progress.since(2), progress.since(3)]).toEqual([true, false, false]);
  progress.acknowledge(3);
  expect([progress.since(2), progress.since(3)]).toEqual([true, false]);
});

test("the late answer of an earlier attempt does not hide that of a later one", () => {
  const progress = new Progress();
  progress.acknowledge(5);
  progress.acknowledge(1);
  expect(progress.since(4)).toBe(true);
});

test("it counts the attempts with acknowledged records", () => {
  const progress = new Progress();
  for (const number of [1, 4, 2]) progress.acknowledge(number);
  expect(progress.answers).toBe(3);
});
