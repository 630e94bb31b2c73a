// L-12: in ordered delivery a record that no store takes stands before all others, and none of them may be sent to see
// whether the store works.
import { UnknownOutcomeError } from "@cloudmarker/store-api";
import { expect, test } from "vitest";
import { Kept, ScriptedQueue, numbers, seeded } from "../support/scripted-queue.ts";

const inOrder = { ordered: true, concurrency: 1 } as const;

function lost(): never {
  throw new UnknownOutcomeError("connection_lost", "closed");
}

const never = (): Promise<never> => new Promise(() => undefined);

/** A back end that is well, and ends like this each time that it is given one of these records. */
function well(poison: readonly number[], end: () => void | Promise<void>, settings: object, kept: Kept): ScriptedQueue {
  const scripted = new ScriptedQueue(
    (batch) => {
      if (batch.some((n) => poison.includes(n))) return end();
      kept.keep(batch);
      return undefined;
    },
    { ...inOrder, ...settings },
    seeded(1),
  );
  scripted.check = () => Promise.resolve(true);
  return scripted;
}

test.each([
  ["the first of a batch", [1]],
  ["the first two", [1, 2]],
  ["the first of two batches", [1, 101]],
  ["one in the middle", [57]],
  ["the last of a batch, and the first of the next", [100, 101]],
])("a record that breaks the connection is found, and costs no other: %s", async (_, poison) => {
  const kept = new Kept();
  const scripted = well(poison, lost, { batchRecords: 100, queueRecords: 1000 }, kept).accept(250);
  await scripted.finish(120_000);
  expect(scripted.buried).toEqual(poison.map((n) => `${n}:connection_lost`));
  expect(kept.order).toEqual(numbers(1, 250).filter((n) => !poison.includes(n)));
});

test("a record on which the store hangs is found, and costs no other", async () => {
  const kept = new Kept();
  const scripted = well([1], never, { batchRecords: 10, queueRecords: 100, timeoutMs: 1000 }, kept).accept(30);
  await scripted.finish(120_000);
  expect(scripted.buried).toEqual(["1:timeout"]);
  expect(kept.order).toEqual(numbers(2, 30));
});

test("the default deadline is long enough to find it at the head of a thousand", async () => {
  const kept = new Kept();
  const scripted = well([1], lost, { batchRecords: 1000, queueRecords: 10_000 }, kept).accept(3000);
  await scripted.finish();
  expect(scripted.buried).toEqual(["1:connection_lost"]);
});

test.each([
  ["cuts connections", true, lost],
  ["cuts connections, and has no check", false, lost],
  ["hangs", true, never],
  ["hangs, and has no check", false, never],
  ["fails", true, () => Promise.reject(new Error("socket hang up"))],
])("an outage that %s costs no record, whenever it ends", async (_, hasCheck, fail) => {
  for (const lastsMs of numbers(1, 40).map((n) => n * 2137)) {
    const kept = new Kept();
    const scripted: ScriptedQueue = new ScriptedQueue(
      async (batch) => {
        const begun = scripted.clock.now();
        await new Promise<void>((resolve) => void scripted.clock.setTimeout(resolve, 50));
        if (begun < upAt) return fail();
        kept.keep(batch);
        return undefined;
      },
      { ...inOrder, batchRecords: 4, queueRecords: 100, timeoutMs: 5000, retryMaxMs: 4000 },
      seeded(lastsMs),
    );
    const upAt = scripted.clock.now() + lastsMs;
    if (hasCheck) scripted.check = async () => scripted.clock.now() >= upAt;
    scripted.accept(20);
    await scripted.finish(3_600_000);
    expect(scripted.buried, `after ${lastsMs} ms`).toEqual([]);
    expect(kept.order).toEqual(numbers(1, 20));
  }
});

test("while nothing is written, no record is given up, although the store says that it is well", async () => {
  const kept = new Kept();
  const scripted = well(numbers(1, 100), lost, { batchRecords: 10, queueRecords: 100, retryMaxMs: 1000 }, kept).accept(
    100,
  );
  await scripted.clock.advance(3_600_000);
  expect(scripted.deadLetters).toEqual([]);
});

test("a store that is well only now and then gives up no record", async () => {
  const kept = new Kept();
  const scripted = well([1], lost, { batchRecords: 1, queueRecords: 100, retryMaxMs: 1000 }, kept).accept(10);
  let asked = 0;
  scripted.check = () => Promise.resolve(++asked % 3 > 0);
  await scripted.clock.advance(600_000);
  expect(asked).toBeGreaterThan(100);
  expect(scripted.deadLetters).toEqual([]);
  expect(kept.order).toEqual([]);
});

test("nothing is sent while the store is asked, and one that does not answer is not well", async () => {
  const kept = new Kept();
  const scripted = well([1], lost, { batchRecords: 1, queueRecords: 100, timeoutMs: 1000 }, kept).accept(10);
  let asked = 0;
  scripted.check = () => {
    asked++;
    return never();
  };
  await scripted.clock.advance(600_000);
  expect(asked).toBeGreaterThan(3);
  expect(scripted.deadLetters).toEqual([]);
  await scripted.finish(100);
  expect(scripted.deadLetters).toHaveLength(10);
  expect(scripted.clock.pending).toBe(0);
});

test("a batch that is sent past a record, to see whether the store works, is not split", async () => {
  const kept = new Kept();
  const scripted = new ScriptedQueue(
    (batch) => {
      if (batch.includes(1)) throw new Error("insert failed");
      if (batch.length > 1) return never();
      kept.keep(batch);
      return undefined;
    },
    { ...inOrder, batchRecords: 2, queueRecords: 100, timeoutMs: 1000, retryMaxMs: 1000 },
    seeded(1),
  ).accept(1);
  await scripted.clock.advance(1000);
  scripted.accept(2);
  await scripted.finish(600_000);
  const firstWritten = scripted.batches.findIndex((batch) => batch.length === 1 && batch[0] !== 1);
  expect(scripted.batches.slice(firstWritten).flat()).not.toContain(1);
  expect(scripted.buried).toEqual(["1:batch_failed"]);
  expect(kept.order).toEqual([2, 3]);
});

test("a record that was passed is given up as soon as a part of the next batch is written, and is not sent again", async () => {
  const kept = new Kept();
  const scripted = new ScriptedQueue(
    (batch) => {
      if (batch.includes(1)) throw new Error("insert failed");
      if (batch.includes(3)) return lost();
      kept.keep(batch);
      return undefined;
    },
    { ...inOrder, batchRecords: 6, queueRecords: 100, retryMaxMs: 1000 },
    seeded(1),
  ).accept(6);
  scripted.check = () => Promise.resolve(true);
  await scripted.finish(600_000);
  const firstWritten = scripted.batches.findIndex((batch) => batch.length === 1 && batch[0] === 2);
  expect(scripted.batches.slice(firstWritten).flat()).not.toContain(1);
  expect(scripted.buried).toEqual(["1:batch_failed", "3:connection_lost"]);
  expect(kept.order).toEqual([2, 4, 5, 6]);
});
