import { expect, test } from "vitest";
import { taskQueue } from "../../src/tasks/index.ts";

test("a task starts when the previous one has ended, and returns its result to its own caller", async () => {
  const inTurn = taskQueue();
  const { promise: firstEnds, resolve: endFirst } = Promise.withResolvers<number>();
  const started: string[] = [];
  const first = inTurn(() => {
    started.push("first");
    return firstEnds;
  });
  const second = inTurn(async () => {
    started.push("second");
    return 2;
  });
  await Promise.resolve();
  expect(started).toEqual(["first"]);
  endFirst(1);
  expect(await second).toBe(2);
  expect(await first).toBe(1);
  expect(started).toEqual(["first", "second"]);
});

test("a task that fails, also by throwing at once, rejects for its own caller and does not stop the next one", async () => {
  const inTurn = taskQueue();
  const first = inTurn(() => {
    throw new Error("why");
  });
  const second = inTurn(async () => 2);
  await expect(first).rejects.toThrow("why");
  expect(await second).toBe(2);
});
