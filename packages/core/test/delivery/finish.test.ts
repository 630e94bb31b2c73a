import { BlockedError, RetryError, UnknownOutcomeError } from "@cloudmarker/store-api";
import { expect, test } from "vitest";
import { ScriptedQueue, numbers } from "../support/scripted-queue.ts";

const never = (): Promise<void> => new Promise(() => {});

test("finish ends at the deadline although the store hangs, and gives up the rest with a word", async () => {
  const signals: AbortSignal[] = [];
  const scripted = new ScriptedQueue(
    (_, { signal }) => {
      signals.push(signal);
      return never();
    },
    { batchRecords: 4 },
  ).accept(10);
  const start = scripted.clock.now();
  await scripted.finish(5000);
  expect(scripted.clock.now() - start).toBe(5000);
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  expect(scripted.buried).toEqual(numbers(1, 10).map((n) => `${n}:deadline`));
  expect(scripted.deadLetters[0]).toMatchObject({
    attempts: 1,
    reason: "not delivered before the deadline; an attempt was under way, so the store may have it",
  });
  expect(scripted.deadLetters[9]).toMatchObject({
    attempts: 0,
    reason: "not delivered before the deadline; it was never sent",
  });
  expect(scripted.queue.counts).toMatchObject({ accepted: 10, written: 0, deadLettered: 10, lost: 0 });
  expect(scripted.clock.pending).toBe(0);
});

test("a record that is given up at the deadline names the last failure", async () => {
  const scripted = new ScriptedQueue(
    () => {
      throw new BlockedError("unauthorized", "401: the API key is not known");
    },
    { batchRecords: 4 },
  ).accept(4);
  await scripted.finish();
  expect(scripted.deadLetters[0]?.reason).toBe(
    "not delivered before the deadline; last failure: unauthorized: 401: the API key is not known",
  );
  expect(scripted.queue.counts.reasons).toEqual([
    { code: "deadline", count: 4, reason: scripted.deadLetters[0]?.reason },
  ]);
  expect(scripted.queue.problem?.code).toBe("unauthorized");
});

test("near the deadline waits are cut, so that a store that is repaired in time gets everything", async () => {
  const scripted = new ScriptedQueue(
    () => {
      if (scripted.clock.now() < repaired) throw new BlockedError("unauthorized", "401");
    },
    { batchRecords: 4 },
  );
  const repaired = scripted.clock.now() + 20_000;
  scripted.accept(4);
  await scripted.clock.advance(0);
  expect(scripted.blocked[0]?.recheckMs).toBe(60_000);
  await scripted.finish();
  expect(scripted.queue.counts).toMatchObject({ written: 4, deadLettered: 0 });
  expect(scripted.clock.now()).toBeLessThan(repaired + 20_000);
});

test("a wait that the server asked for is kept even near the deadline", async () => {
  const scripted = new ScriptedQueue(
    () => {
      throw new RetryError("throttled", "429", { retryAfterMs: 50_000 });
    },
    { batchRecords: 4 },
  ).accept(4);
  await scripted.finish();
  expect(scripted.batches).toHaveLength(2);
});

test("near the deadline only the pause that the server asked for is kept, even if it is the shorter one", async () => {
  const scripted = new ScriptedQueue(
    (batch) => {
      throw new BlockedError("locked", "423", batch.includes(1) ? { retryAfterMs: 20_000 } : {});
    },
    { batchRecords: 1, concurrency: 2 },
  ).accept(2);
  await scripted.clock.advance(0);
  const finished = scripted.queue.finish(15_000);
  await scripted.clock.advance(15_000);
  await finished;
  expect(scripted.batches).toEqual([[1], [2]]);
});

test("a back-off that is longer than what the server asked for is cut near the deadline", async () => {
  const scripted = new ScriptedQueue(
    (_, { attempt }) => {
      if (attempt <= 6) throw new RetryError("throttled", "429", { retryAfterMs: 1 });
    },
    { batchRecords: 4 },
  ).accept(4);
  await scripted.clock.advance(31_000);
  expect(scripted.retries.at(-1)).toMatchObject({ attempt: 6, delayMs: 32_000 });
  await scripted.finish(10_000);
  expect(scripted.queue.counts).toMatchObject({ written: 4, deadLettered: 0 });
});

test("finish of an idle queue is immediate and leaves no timer", async () => {
  const scripted = new ScriptedQueue(() => undefined);
  await scripted.queue.finish(60_000);
  expect(scripted.clock.pending).toBe(0);
});

test("stop aborts the attempts, and gives up all other and later records at once", async () => {
  const scripted = new ScriptedQueue(never, { batchRecords: 4 }).accept(9);
  scripted.queue.stop();
  scripted.accept(5);
  const start = scripted.clock.now();
  await scripted.finish();
  expect(scripted.clock.now()).toBe(start);
  expect(scripted.buried).toEqual(numbers(1, 14).map((n) => `${n}:stopped`));
  expect(scripted.queue.counts).toMatchObject({ accepted: 14, deadLettered: 14 });
});

test("stop gives up later records at once, also while a probe is under way", async () => {
  const scripted = new ScriptedQueue(
    (_, { attempt }) => (attempt === 1 ? Promise.reject(new RetryError("busy", "503")) : never()),
    {
      batchRecords: 10,
      queueRecords: 4,
    },
  ).accept(4);
  await scripted.clock.advance(1000);
  expect(scripted.attempts).toEqual([1, 2]);
  scripted.queue.stop();
  const start = scripted.clock.now();
  await scripted.clock.run(scripted.produce(10));
  await scripted.finish();
  expect(scripted.clock.now()).toBe(start);
  expect(scripted.buried).toEqual(numbers(1, 14).map((n) => `${n}:stopped`));
  expect(scripted.failures).toEqual([]);
});

test("records whose dead letter cannot be kept are counted as lost, and that is reported", async () => {
  const scripted = new ScriptedQueue((n) => (n.includes(2) ? [{ index: 1, status: "reject", code: "bad" }] : []), {
    batchRecords: 4,
  });
  scripted.deadLetter = () => Promise.reject(new Error("ENOSPC: no space left on device"));
  scripted.accept(8);
  await scripted.finish();
  expect(scripted.queue.counts).toMatchObject({ accepted: 8, written: 7, deadLettered: 0, lost: 1 });
  expect(scripted.failures).toMatchObject([
    {
      code: "DEAD_LETTER_FAILED",
      store: "search",
      message: "Records of search are lost: they could not be dead-lettered: ENOSPC: no space left on device",
    },
  ]);
});

test("dead letters that come while others are being kept go together", async () => {
  const calls: number[] = [];
  const scripted = new ScriptedQueue((n) => n.map((_, index) => ({ index, status: "reject" as const })), {
    batchRecords: 1,
    concurrency: 1,
  });
  scripted.deadLetter = async (deadLetters) => {
    calls.push(deadLetters.length);
    await new Promise<void>((resolve) => {
      scripted.clock.setTimeout(resolve, 10);
    });
  };
  scripted.accept(50);
  await scripted.finish();
  expect(calls).toEqual([1, 49]);
});

test("the receipt tells twenty codes apart and counts the rest together", async () => {
  const scripted = new ScriptedQueue((n) =>
    n.map((x, index) => ({ index, status: "reject" as const, code: `c${x}`, reason: "r".repeat(1000) })),
  );
  scripted.accept(40);
  await scripted.finish();
  const { reasons } = scripted.queue.counts;
  expect(reasons).toHaveLength(20);
  expect(reasons[0]).toEqual({ code: "c1", count: 1, reason: "r".repeat(300) });
  expect(reasons[19]).toMatchObject({ code: "other", count: 21 });
});

test("no pause outlives the last record", async () => {
  const scripted = new ScriptedQueue(
    () => {
      throw new UnknownOutcomeError("cut", "cut", { retryAfterMs: 3_000_000 });
    },
    { guarantee: "at-most-once", batchRecords: 5 },
  ).accept(5);
  await scripted.finish();
  expect(scripted.clock.pending).toBe(0);
});
