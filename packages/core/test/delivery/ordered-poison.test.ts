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
  const s = new ScriptedQueue(
    (batch) => {
      if (batch.some((n) => poison.includes(n))) return end();
      kept.keep(batch);
      return undefined;
    },
    { ...inOrder, ...settings },
    seeded(1),
  );
  s.check = () => Promise.resolve(true);
  return s;
}

test.each([
  ["the first of a batch", [1]],
  ["the first two", [1, 2]],
  ["the first of two batches", [1, 101]],
  ["one in the middle", [57]],
  ["the last of a batch, and the first of the next", [100, 101]],
])("a record that breaks the connection is found, and costs no other: %s", async (_, poison) => {
  const kept = new Kept();
  const s = well(poison, lost, { batchRecords: 100, queueRecords: 1000 }, kept).accept(250);
  await s.finish(120_000);
  expect(s.buried).toEqual(poison.map((n) => `${n}:connection_lost`));
  expect(kept.order).toEqual(numbers(1, 250).filter((n) => !poison.includes(n)));
});

test("a record on which the store hangs is found, and costs no other", async () => {
  const kept = new Kept();
  const s = well([1], never, { batchRecords: 10, queueRecords: 100, timeoutMs: 1000 }, kept).accept(30);
  await s.finish(120_000);
  expect(s.buried).toEqual(["1:timeout"]);
  expect(kept.order).toEqual(numbers(2, 30));
});

test("the default deadline is long enough to find it at the head of a thousand", async () => {
  const kept = new Kept();
  const s = well([1], lost, { batchRecords: 1000, queueRecords: 10_000 }, kept).accept(3000);
  await s.finish();
  expect(s.buried).toEqual(["1:connection_lost"]);
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
    const s: ScriptedQueue = new ScriptedQueue(
      async (batch) => {
        const begun = s.clock.now();
        await new Promise<void>((resolve) => void s.clock.setTimeout(resolve, 50));
        if (begun < upAt) return fail();
        kept.keep(batch);
        return undefined;
      },
      { ...inOrder, batchRecords: 4, queueRecords: 100, timeoutMs: 5000, retryMaxMs: 4000 },
      seeded(lastsMs),
    );
    const upAt = s.clock.now() + lastsMs;
    if (hasCheck) s.check = async () => s.clock.now() >= upAt;
    s.accept(20);
    await s.finish(3_600_000);
    expect(s.buried, `after ${lastsMs} ms`).toEqual([]);
    expect(kept.order).toEqual(numbers(1, 20));
  }
});

test("while nothing is written no record is given up, although the store says that it is well", async () => {
  const kept = new Kept();
  const s = well(numbers(1, 100), lost, { batchRecords: 10, queueRecords: 100, retryMaxMs: 1000 }, kept).accept(100);
  await s.clock.advance(3_600_000);
  expect(s.deadLetters).toEqual([]);
});

test("a store that is well only now and then gives up no record", async () => {
  const kept = new Kept();
  const s = well([1], lost, { batchRecords: 1, queueRecords: 100, retryMaxMs: 1000 }, kept).accept(10);
  let asked = 0;
  s.check = () => Promise.resolve(++asked % 3 > 0);
  await s.clock.advance(600_000);
  expect(asked).toBeGreaterThan(100);
  expect(s.deadLetters).toEqual([]);
  expect(kept.order).toEqual([]);
});

test("nothing is sent while the store is asked, and one that does not answer is not well", async () => {
  const kept = new Kept();
  const s = well([1], lost, { batchRecords: 1, queueRecords: 100, timeoutMs: 1000 }, kept).accept(10);
  let asked = 0;
  s.check = () => {
    asked++;
    return never();
  };
  await s.clock.advance(600_000);
  expect(asked).toBeGreaterThan(3);
  expect(s.deadLetters).toEqual([]);
  await s.finish(100);
  expect(s.deadLetters).toHaveLength(10);
  expect(s.clock.pending).toBe(0);
});

test("a batch that is sent past a record to see whether the store works is not taken apart", async () => {
  const kept = new Kept();
  const s = new ScriptedQueue(
    (batch) => {
      if (batch.includes(1)) throw new Error("insert failed");
      if (batch.length > 1) return never();
      kept.keep(batch);
      return undefined;
    },
    { ...inOrder, batchRecords: 2, queueRecords: 100, timeoutMs: 1000, retryMaxMs: 1000 },
    seeded(1),
  ).accept(1);
  await s.clock.advance(1000);
  s.accept(2);
  await s.finish(600_000);
  const firstWritten = s.batches.findIndex((batch) => batch.length === 1 && batch[0] !== 1);
  expect(s.batches.slice(firstWritten).flat()).not.toContain(1);
  expect(s.buried).toEqual(["1:batch_failed"]);
  expect(kept.order).toEqual([2, 3]);
});

test("a record that was passed is given up as soon as a part of the next batch is written, and is not sent again", async () => {
  const kept = new Kept();
  const s = new ScriptedQueue(
    (batch) => {
      if (batch.includes(1)) throw new Error("insert failed");
      if (batch.includes(3)) return lost();
      kept.keep(batch);
      return undefined;
    },
    { ...inOrder, batchRecords: 6, queueRecords: 100, retryMaxMs: 1000 },
    seeded(1),
  ).accept(6);
  s.check = () => Promise.resolve(true);
  await s.finish(600_000);
  const firstWritten = s.batches.findIndex((batch) => batch.length === 1 && batch[0] === 2);
  expect(s.batches.slice(firstWritten).flat()).not.toContain(1);
  expect(s.buried).toEqual(["1:batch_failed", "3:connection_lost"]);
  expect(kept.order).toEqual([2, 4, 5, 6]);
});
