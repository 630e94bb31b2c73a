import { BlockedError } from "@cloudmarker/store-api";
import { expect, test } from "vitest";
import { NumberedRecord, type Script, ScriptedQueue, numbers } from "../support/scripted-queue.ts";

const never = (): Promise<void> => new Promise(() => {});
const isOdd = (n: number): boolean => n % 33 === 0;

test("a batch is sent when it has its records, its bytes or its age", async () => {
  const s = new ScriptedQueue(() => undefined, { batchRecords: 3, batchBytes: 200, batchAgeMs: 500 }).accept(4);
  expect(s.batches).toEqual([[1, 2, 3]]);
  await s.clock.advance(499);
  expect(s.batches).toHaveLength(1);
  await s.clock.advance(1);
  expect(s.batches).toEqual([[1, 2, 3], [4]]);
  expect(s.clock.pending).toBe(0);
});

test("a batch does not exceed its bytes, and a record larger than that goes alone", async () => {
  const s = new ScriptedQueue(() => undefined, { batchBytes: 100 }).accept(2);
  s.queue.accept(new NumberedRecord(3, 50));
  s.queue.accept(new NumberedRecord(4, 500));
  s.queue.accept(new NumberedRecord(5));
  await s.finish();
  expect(s.batches).toEqual([[1, 2], [3], [4], [5]]);
});

test("a batch that reaches its age while nothing can be sent grows on", async () => {
  const answers: (() => void)[] = [];
  const s = new ScriptedQueue(() => new Promise<void>((resolve) => answers.push(resolve)), {
    batchRecords: 100,
    concurrency: 1,
  }).accept(1);
  await s.clock.advance(1000);
  s.accept(1);
  await s.clock.advance(5000);
  s.accept(1);
  expect(s.batches).toEqual([[1]]);
  answers[0]?.();
  await s.clock.advance(0);
  expect(s.batches).toEqual([[1], [2, 3]]);
});

test("the queue is full at its records, counting everything that is not acknowledged", async () => {
  const answers: (() => void)[] = [];
  const s = new ScriptedQueue(() => new Promise<void>((resolve) => answers.push(resolve)), {
    batchRecords: 4,
    queueRecords: 10,
  }).accept(9);
  expect(s.queue.full).toBe(false);
  s.accept(1);
  expect(s.queue.full).toBe(true);
  const rooms = [s.queue.room(), s.queue.room(), s.queue.room()];
  answers[0]?.();
  await Promise.all(rooms);
  expect(s.queue.full).toBe(false);
  expect(s.clock.pending).toBe(2);
});

test("a record larger than the whole queue is accepted when the queue is empty", async () => {
  const s = new ScriptedQueue(() => undefined, { queueBytes: 100 });
  expect(s.queue.full).toBe(false);
  s.queue.accept(new NumberedRecord(1, 5000));
  expect(s.queue.full).toBe(true);
  await s.queue.room();
  expect(s.queue.counts.written).toBe(1);
});

test("a fast producer never has more in memory than the bounds allow, however slow the store", async () => {
  let most = 0;
  let [accepted, acknowledged] = [0, 0];
  const s = new ScriptedQueue(
    (n) =>
      new Promise<void>((resolve) => {
        s.clock.setTimeout(() => {
          acknowledged += n.length;
          resolve();
        }, 100);
      }),
    { batchRecords: 7, queueRecords: 50 },
  );
  const produce = async (): Promise<void> => {
    for (let n = 1; n <= 2000; n++) {
      // oxlint-disable-next-line no-await-in-loop -- back-pressure is what this is about
      if (s.queue.full) await s.queue.room();
      s.accept(1);
      most = Math.max(most, ++accepted - acknowledged);
    }
  };
  await s.clock.run(produce());
  await s.finish();
  expect(most).toBe(50);
  expect(s.queue.counts.written).toBe(2000);
});

test("a store that takes nothing for its deadline holds up nobody: what does not fit is dead-lettered", async () => {
  const s = new ScriptedQueue(never, { batchRecords: 10, queueRecords: 100, timeoutMs: 20_000 });
  const start = s.clock.now();
  await s.clock.run(s.produce(1000));
  expect(s.clock.now() - start).toBe(60_000);
  expect(s.failures).toMatchObject([{ code: "STORE_STALLED", store: "search" }]);
  expect(s.deadLetters.every(({ code }) => code === "stalled")).toBe(true);
  expect(s.deadLetters[0]?.reason).toBe("the queue was full and the store took nothing; it was never sent");
  await s.finish();
  expect(s.queue.counts).toMatchObject({ accepted: 1000, written: 0, deadLettered: 1000, lost: 0 });
});

test("a store that hangs with its whole queue in flight stops nobody either", async () => {
  const s = new ScriptedQueue(() => new Promise<void>(() => undefined), {
    batchRecords: 5,
    queueRecords: 10,
    concurrency: 2,
    deadlineMs: 1000,
    timeoutMs: 30_000,
  });
  await s.clock.run(s.produce(40));
  expect(s.queue.counts).toMatchObject({ accepted: 40, deadLettered: 25 });
  await s.finish();
  expect(s.queue.counts).toMatchObject({ accepted: 40, written: 0, deadLettered: 40, lost: 0 });
  expect(new Set(s.deadLetters.map(({ code }) => code))).toEqual(new Set(["stalled", "deadline"]));
});

test("a stalled store that is repaired writes the backlog it kept, and has back-pressure again", async () => {
  let repaired = false;
  const s = new ScriptedQueue(
    () => {
      if (!repaired) throw new BlockedError("unauthorized", "401");
    },
    { batchRecords: 10, queueRecords: 100 },
  );
  await s.clock.run(s.produce(150));
  expect(s.queue.full).toBe(true);
  repaired = true;
  await s.clock.advance(60_000);
  expect(s.queue.counts).toMatchObject({ accepted: 150, written: 100, deadLettered: 50 });
  repaired = false;
  const more = s.produce(150);
  await s.clock.advance(50_000);
  expect(s.queue.counts).toMatchObject({ accepted: 250, deadLettered: 50 });
  repaired = true;
  await s.clock.run(more);
  await s.finish();
  expect(s.queue.counts).toMatchObject({ accepted: 300, written: 250, deadLettered: 50 });
});

test("flush waits for what was accepted before it, and for no more", async () => {
  const answers: (() => void)[] = [];
  const s = new ScriptedQueue(() => new Promise<void>((resolve) => answers.push(resolve)), { batchRecords: 4 }).accept(
    6,
  );
  let flushed = false;
  const flush = s.queue.flush().then(() => (flushed = true));
  expect(s.batches).toEqual([numbers(1, 4), [5, 6]]);
  s.accept(4);
  answers[1]?.();
  await s.clock.advance(0);
  expect(flushed).toBe(false);
  expect(s.batches[2]).toEqual(numbers(7, 10));
  answers[0]?.();
  await flush;
  expect(s.flushes).toBe(1);
  expect(s.queue.counts).toMatchObject({ accepted: 10, written: 6 });
});

test("flush counts dead letters as safe once they are kept, and calls the store's flush last", async () => {
  let kept: (() => void) | undefined;
  const s = new ScriptedQueue((n) => n.map((_, index) => ({ index, status: "reject" as const })), { batchRecords: 4 });
  s.deadLetter = () => new Promise((resolve) => (kept = resolve));
  let flushed = false;
  const flush = s
    .accept(4)
    .queue.flush()
    .then(() => (flushed = true));
  await s.clock.advance(0);
  expect(flushed).toBe(false);
  kept?.();
  await flush;
  expect(s.flushes).toBe(1);
});

test("flush of an idle queue only flushes the store", async () => {
  const s = new ScriptedQueue(() => undefined);
  await s.queue.flush();
  expect(s.flushes).toBe(1);
  expect(s.batches).toEqual([]);
  expect(s.clock.pending).toBe(0);
});

test("whoever waits for room gets it where the whole queue is in flight and the store takes nothing any more", async () => {
  const s = new ScriptedQueue(never, { batchRecords: 10, queueRecords: 10, deadlineMs: 1000, timeoutMs: 30_000 });
  await s.clock.run(s.produce(100));
  await s.finish();
  expect(s.queue.counts).toMatchObject({ accepted: 100, written: 0, deadLettered: 100 });
});

test.each(["retry", "unknown", "blocked"] as const)(
  "records that a store never takes (%s) cost those that it takes nothing but time",
  async (status) => {
    const script: Script = (batch) =>
      batch.flatMap((n, index) => (isOdd(n) ? [{ index, status, code: "shard", reason: "429" }] : []));
    const s = new ScriptedQueue(script, { batchRecords: 100, queueRecords: 400 });
    await s.clock.run(s.produce(30_000), 1e10);
    await s.finish();
    expect(s.deadLetters.filter(({ id }) => !isOdd(Number(id)))).toEqual([]);
    expect(s.queue.counts).toMatchObject({ written: 30_000 - 909, deadLettered: 909 });
  },
);

test("a stall is over when the queue is empty, also where nothing of it was written", async () => {
  let isDown = true;
  const s: ScriptedQueue = new ScriptedQueue(
    () => (isDown ? never() : new Promise<void>((resolve) => void s.clock.setTimeout(resolve, 50))),
    { batchRecords: 10, queueRecords: 40, timeoutMs: 70_000, guarantee: "at-most-once" },
  );
  await s.clock.run(s.produce(60));
  await s.clock.advance(3_600_000);
  expect(s.queue.counts).toMatchObject({ deadLettered: 60 });
  isDown = false;
  await s.clock.advance(3_600_000);
  await s.clock.run(s.produce(1000));
  await s.finish();
  expect(s.queue.counts).toMatchObject({ written: 1000, deadLettered: 60 });
});
