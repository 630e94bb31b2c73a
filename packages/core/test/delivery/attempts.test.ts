import { RetryError } from "@cloudmarker/store-api";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Kept, ScriptedQueue, numbers } from "../support/scripted-queue.ts";

const unhandled: unknown[] = [];
const note = (reason: unknown): void => {
  unhandled.push(reason);
};

beforeEach(() => {
  unhandled.length = 0;
  process.on("unhandledRejection", note);
});

afterEach(() => {
  process.off("unhandledRejection", note);
});

const never = (): Promise<void> => new Promise(() => {});

test("an attempt that hangs is aborted at its time limit and counts as unknown", async () => {
  const signals: AbortSignal[] = [];
  const scripted = new ScriptedQueue(
    (_, { attempt, signal }) => {
      signals.push(signal);
      return attempt === 1 ? never() : undefined;
    },
    { batchRecords: 4, timeoutMs: 5000 },
  ).accept(4);
  await scripted.clock.advance(4999);
  expect(signals[0]?.aborted).toBe(false);
  await scripted.clock.advance(1);
  expect(signals[0]?.aborted).toBe(true);
  expect(signals[0]?.reason).toMatchObject({ name: "TimeoutError" });
  expect(scripted.retries).toMatchObject([{ status: "unknown", code: "timeout", reason: "No answer within 5000 ms." }]);
  await scripted.finish();
  expect(scripted.queue.counts).toMatchObject({ written: 4, retries: 1 });
});

test("an attempt is aborted before its records are sent again", async () => {
  const signals: AbortSignal[] = [];
  const before: (boolean | undefined)[] = [];
  // From the fourth attempt on, a batch is taken apart without a wait.
  const scripted = new ScriptedQueue(
    (_, { signal }) => {
      before.push(signals.at(-1)?.aborted);
      signals.push(signal);
      return never();
    },
    { batchRecords: 4, timeoutMs: 1000, retryMinMs: 1, retryMaxMs: 1 },
  ).accept(4);
  await scripted.clock.advance(10_000);
  expect(before.length).toBeGreaterThan(4);
  expect(before).toEqual([undefined, ...before.slice(1).map(() => true)]);
});

test("every attempt has a signal of its own (ES-45)", async () => {
  const signals = new Set<AbortSignal>();
  const scripted = new ScriptedQueue(
    (_, { attempt, signal }) => {
      signals.add(signal);
      if (attempt < 3) throw new RetryError("busy", "…");
    },
    { batchRecords: 1 },
  ).accept(4);
  await scripted.finish();
  expect(signals.size).toBe(scripted.batches.length);
});

test("a hanging attempt holds one of the places, and the others work on", async () => {
  const scripted = new ScriptedQueue((n) => (n.includes(1) ? never() : undefined), { batchRecords: 4 }).accept(40);
  await scripted.clock.advance(0);
  expect(scripted.queue.counts.written).toBe(36);
});

test.each([
  ["answer", () => undefined],
  ["rejection", () => Promise.reject(new Error("late"))],
])("a late %s changes nothing", async (_, late) => {
  const releases: (() => void)[] = [];
  const scripted = new ScriptedQueue(
    async (__, { attempt }) => {
      if (attempt === 1) {
        await new Promise<void>((resolve) => releases.push(resolve));
        await late();
      }
    },
    { batchRecords: 4, timeoutMs: 1000 },
  ).accept(4);
  await scripted.clock.advance(5000);
  expect(scripted.queue.counts.written).toBe(4);
  for (const release of releases) release();
  await scripted.clock.advance(0);
  expect(scripted.queue.counts).toMatchObject({ accepted: 4, written: 4, retries: 1 });
  expect(unhandled).toEqual([]);
});

test.each([1, 2, 5])("never more than %i batches are sent at a time", async (concurrency) => {
  const waiting: (() => void)[] = [];
  const scripted = new ScriptedQueue(() => new Promise<void>((resolve) => waiting.push(resolve)), {
    batchRecords: 1,
    concurrency,
  }).accept(20);
  for (let done = 0; done < 20; done++) {
    // oxlint-disable-next-line no-await-in-loop -- step by step
    await scripted.clock.advance(0);
    expect(scripted.running).toBe(Math.min(concurrency, 20 - done));
    waiting.shift()?.();
  }
  await scripted.finish();
  expect(scripted.mostRunning).toBe(concurrency);
  expect(scripted.queue.counts.written).toBe(20);
});

test("a producer that never yields has its first batches on their way", () => {
  const scripted = new ScriptedQueue(never, { batchRecords: 10 }).accept(25);
  expect(scripted.batches).toEqual([numbers(1, 10), numbers(11, 20)]);
});

test("in order, later batches wait while a part of an earlier one is sent again", async () => {
  const kept = new Kept();
  const scripted = new ScriptedQueue(
    (n, { attempt }) => {
      const bad = attempt === 1 ? n.filter((x) => x % 3 === 0) : attempt === 2 ? n.slice(1) : [];
      kept.keep(n.filter((x) => !bad.includes(x)));
      return bad.map((x) => ({ index: n.indexOf(x), status: "retry" as const, code: "busy", reason: "…" }));
    },
    { batchRecords: 10, ordered: true, concurrency: 1 },
  ).accept(100);
  await scripted.finish();
  expect(scripted.mostRunning).toBe(1);
  expect(kept.writes.size).toBe(100);
  const batchOf = kept.order.map((n) => Math.floor((n - 1) / 10));
  expect(batchOf).toEqual(batchOf.toSorted((a, b) => a - b));
});

test("in order, batches that fail whole keep their order", async () => {
  const kept = new Kept();
  let calls = 0;
  const scripted = new ScriptedQueue(
    (n) => {
      if (++calls % 3) throw new RetryError("busy", "…");
      kept.keep(n);
    },
    { batchRecords: 10, ordered: true, concurrency: 1 },
  ).accept(100);
  await scripted.finish();
  expect(kept.order).toEqual(numbers(1, 100));
});

test("an outage of 60 s loses nothing, writes nothing twice, and is over soon after it ends", async () => {
  const kept = new Kept();
  const scripted = new ScriptedQueue(
    (n) => {
      if (scripted.clock.now() < up) throw new RetryError("unreachable", "connection refused");
      kept.keep(n);
    },
    { batchRecords: 100, retryMaxMs: 10_000, deadlineMs: 90_000 },
  );
  const start = scripted.clock.now();
  const up = start + 60_000;
  await scripted.clock.run(scripted.produce(20_000));
  await scripted.clock.run(scripted.queue.flush());
  expect(scripted.clock.now()).toBeLessThanOrEqual(up + 10_000);
  expect(scripted.queue.counts).toMatchObject({ accepted: 20_000, written: 20_000, deadLettered: 0 });
  expect([...kept.writes.values()].every((times) => times === 1)).toBe(true);
});
