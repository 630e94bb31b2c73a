import { BlockedError, RetryError, UnknownOutcomeError } from "@cloudmarker/store-api";
import { expect, test } from "vitest";
import { ScriptedQueue, numbers } from "../support/scripted-queue.ts";

const never = (): Promise<void> => new Promise(() => {});

test("finish ends at the deadline although the store hangs, and gives up the rest with a word", async () => {
  const signals: AbortSignal[] = [];
  const s = new ScriptedQueue(
    (_, { signal }) => {
      signals.push(signal);
      return never();
    },
    { batchRecords: 4 },
  ).accept(10);
  const start = s.clock.now();
  await s.finish(5000);
  expect(s.clock.now() - start).toBe(5000);
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  expect(s.buried).toEqual(numbers(1, 10).map((n) => `${n}:deadline`));
  expect(s.deadLetters[0]).toMatchObject({
    attempts: 1,
    reason: "not delivered before the deadline; an attempt was under way, so the store may have it",
  });
  expect(s.deadLetters[9]).toMatchObject({
    attempts: 0,
    reason: "not delivered before the deadline; it was never sent",
  });
  expect(s.queue.counts).toMatchObject({ accepted: 10, written: 0, deadLettered: 10, lost: 0 });
  expect(s.clock.pending).toBe(0);
});

test("what is given up at the deadline says what failed last", async () => {
  const s = new ScriptedQueue(
    () => {
      throw new BlockedError("unauthorized", "401: the API key is not known");
    },
    { batchRecords: 4 },
  ).accept(4);
  await s.finish();
  expect(s.deadLetters[0]?.reason).toBe(
    "not delivered before the deadline; last failure: unauthorized: 401: the API key is not known",
  );
  expect(s.queue.counts.reasons).toEqual([{ code: "deadline", count: 4, reason: s.deadLetters[0]?.reason }]);
  expect(s.queue.problem?.code).toBe("unauthorized");
});

test("near the deadline waits are cut, so that a store that is repaired in time gets everything", async () => {
  const s = new ScriptedQueue(
    () => {
      if (s.clock.now() < repaired) throw new BlockedError("unauthorized", "401");
    },
    { batchRecords: 4 },
  );
  const repaired = s.clock.now() + 20_000;
  s.accept(4);
  await s.clock.advance(0);
  expect(s.blocked[0]?.recheckMs).toBe(60_000);
  await s.finish();
  expect(s.queue.counts).toMatchObject({ written: 4, deadLettered: 0 });
  expect(s.clock.now()).toBeLessThan(repaired + 20_000);
});

test("a wait that the server asked for is kept even near the deadline", async () => {
  const s = new ScriptedQueue(
    () => {
      throw new RetryError("throttled", "429", { retryAfterMs: 50_000 });
    },
    { batchRecords: 4 },
  ).accept(4);
  await s.finish();
  expect(s.batches).toHaveLength(2);
});

test("of two pauses the one that the server asked for is kept near the deadline, also where it is the shorter one", async () => {
  const s = new ScriptedQueue(
    (batch) => {
      throw new BlockedError("locked", "423", batch.includes(1) ? { retryAfterMs: 20_000 } : {});
    },
    { batchRecords: 1, concurrency: 2 },
  ).accept(2);
  await s.clock.advance(0);
  const finished = s.queue.finish(15_000);
  await s.clock.advance(15_000);
  await finished;
  expect(s.batches).toEqual([[1], [2]]);
});

test("a back-off that is longer than what the server asked for is cut near the deadline", async () => {
  const s = new ScriptedQueue(
    (_, { attempt }) => {
      if (attempt <= 6) throw new RetryError("throttled", "429", { retryAfterMs: 1 });
    },
    { batchRecords: 4 },
  ).accept(4);
  await s.clock.advance(31_000);
  expect(s.retries.at(-1)).toMatchObject({ attempt: 6, delayMs: 32_000 });
  await s.finish(10_000);
  expect(s.queue.counts).toMatchObject({ written: 4, deadLettered: 0 });
});

test("finish of an idle queue is immediate and leaves no timer", async () => {
  const s = new ScriptedQueue(() => undefined);
  await s.queue.finish(60_000);
  expect(s.clock.pending).toBe(0);
});

test("stop aborts what is sent, gives up the rest at once and whatever still comes", async () => {
  const s = new ScriptedQueue(never, { batchRecords: 4 }).accept(9);
  s.queue.stop();
  s.accept(5);
  const start = s.clock.now();
  await s.finish();
  expect(s.clock.now()).toBe(start);
  expect(s.buried).toEqual(numbers(1, 14).map((n) => `${n}:stopped`));
  expect(s.queue.counts).toMatchObject({ accepted: 14, deadLettered: 14 });
});

test("stop gives up at once what comes after it, also while one batch is sent to see how the store is", async () => {
  const s = new ScriptedQueue(
    (_, { attempt }) => (attempt === 1 ? Promise.reject(new RetryError("busy", "503")) : never()),
    {
      batchRecords: 10,
      queueRecords: 4,
    },
  ).accept(4);
  await s.clock.advance(1000);
  expect(s.attempts).toEqual([1, 2]);
  s.queue.stop();
  const start = s.clock.now();
  await s.clock.run(s.produce(10));
  await s.finish();
  expect(s.clock.now()).toBe(start);
  expect(s.buried).toEqual(numbers(1, 14).map((n) => `${n}:stopped`));
  expect(s.failures).toEqual([]);
});

test("records whose dead letter cannot be kept are counted as lost, and that is reported", async () => {
  const s = new ScriptedQueue((n) => (n.includes(2) ? [{ index: 1, status: "reject", code: "bad" }] : []), {
    batchRecords: 4,
  });
  s.deadLetter = () => Promise.reject(new Error("ENOSPC: no space left on device"));
  s.accept(8);
  await s.finish();
  expect(s.queue.counts).toMatchObject({ accepted: 8, written: 7, deadLettered: 0, lost: 1 });
  expect(s.failures).toMatchObject([
    {
      code: "DEAD_LETTER_FAILED",
      store: "search",
      message: "1 record of search is lost: it could not be dead-lettered: ENOSPC: no space left on device",
    },
  ]);
});

test("dead letters that come while others are being kept go together", async () => {
  const calls: number[] = [];
  const s = new ScriptedQueue((n) => n.map((_, index) => ({ index, status: "reject" as const })), {
    batchRecords: 1,
    concurrency: 1,
  });
  s.deadLetter = async (deadLetters) => {
    calls.push(deadLetters.length);
    await new Promise<void>((resolve) => {
      s.clock.setTimeout(resolve, 10);
    });
  };
  s.accept(50);
  await s.finish();
  expect(calls).toEqual([1, 49]);
});

test("the receipt tells twenty codes apart and counts the rest together", async () => {
  const s = new ScriptedQueue((n) =>
    n.map((x, index) => ({ index, status: "reject" as const, code: `c${x}`, reason: "r".repeat(1000) })),
  );
  s.accept(40);
  await s.finish();
  const { reasons } = s.queue.counts;
  expect(reasons).toHaveLength(20);
  expect(reasons[0]).toEqual({ code: "c1", count: 1, reason: "r".repeat(300) });
  expect(reasons[19]).toMatchObject({ code: "other", count: 21 });
});

test("no pause outlives the last record", async () => {
  const s = new ScriptedQueue(
    () => {
      throw new UnknownOutcomeError("cut", "cut", { retryAfterMs: 3_000_000 });
    },
    { guarantee: "at-most-once", batchRecords: 5 },
  ).accept(5);
  await s.finish();
  expect(s.clock.pending).toBe(0);
});
