import { BlockedError } from "@cloudmarker/store-api";
import { expect, test } from "vitest";
import { NumberedRecord, type Script, ScriptedQueue, numbers } from "../support/scripted-queue.ts";

const never = (): Promise<void> => new Promise(() => {});
const isOdd = (n: number): boolean => n % 33 === 0;

test("a batch is sent when it has its records, its bytes or its age", async () => {
  const scripted = new ScriptedQueue(() => undefined, { batchRecords: 3, batchBytes: 200, batchAgeMs: 500 }).accept(4);
  expect(scripted.batches).toEqual([[1, 2, 3]]);
  await scripted.clock.advance(499);
  expect(scripted.batches).toHaveLength(1);
  await scripted.clock.advance(1);
  expect(scripted.batches).toEqual([[1, 2, 3], [4]]);
  expect(scripted.clock.pending).toBe(0);
});

test("a batch does not exceed its bytes, and a record larger than that goes alone", async () => {
  const scripted = new ScriptedQueue(() => undefined, { batchBytes: 100 }).accept(2);
  scripted.queue.accept(new NumberedRecord(3, 50), 3);
  scripted.queue.accept(new NumberedRecord(4, 500), 4);
  scripted.queue.accept(new NumberedRecord(5), 5);
  await scripted.finish();
  expect(scripted.batches).toEqual([[1, 2], [3], [4], [5]]);
});

test("a batch that reaches its age while nothing can be sent grows on", async () => {
  const answers: (() => void)[] = [];
  const scripted = new ScriptedQueue(() => new Promise<void>((resolve) => answers.push(resolve)), {
    batchRecords: 100,
    concurrency: 1,
  }).accept(1);
  await scripted.clock.advance(1000);
  scripted.accept(1);
  await scripted.clock.advance(5000);
  scripted.accept(1);
  expect(scripted.batches).toEqual([[1]]);
  answers[0]?.();
  await scripted.clock.advance(0);
  expect(scripted.batches).toEqual([[1], [2, 3]]);
});

test("the queue is full at its records, counting everything that is not acknowledged", async () => {
  const answers: (() => void)[] = [];
  const scripted = new ScriptedQueue(() => new Promise<void>((resolve) => answers.push(resolve)), {
    batchRecords: 4,
    queueRecords: 10,
  }).accept(9);
  expect(scripted.queue.full).toBe(false);
  scripted.accept(1);
  expect(scripted.queue.full).toBe(true);
  const rooms = [scripted.queue.room(), scripted.queue.room(), scripted.queue.room()];
  answers[0]?.();
  await Promise.all(rooms);
  expect(scripted.queue.full).toBe(false);
  expect(scripted.clock.pending).toBe(2);
});

test("a record larger than the whole queue is accepted when the queue is empty", async () => {
  const scripted = new ScriptedQueue(() => undefined, { queueBytes: 100 });
  expect(scripted.queue.full).toBe(false);
  scripted.queue.accept(new NumberedRecord(1, 5000), 1);
  expect(scripted.queue.full).toBe(true);
  await scripted.queue.room();
  expect(scripted.queue.counts.written).toBe(1);
});

test("a fast producer never has more in memory than the bounds allow, however slow the store", async () => {
  let most = 0;
  let [accepted, acknowledged] = [0, 0];
  const scripted = new ScriptedQueue(
    (n) =>
      new Promise<void>((resolve) => {
        scripted.clock.setTimeout(() => {
          acknowledged += n.length;
          resolve();
        }, 100);
      }),
    { batchRecords: 7, queueRecords: 50 },
  );
  const produce = async (): Promise<void> => {
    for (let n = 1; n <= 2000; n++) {
      // oxlint-disable-next-line no-await-in-loop -- back-pressure is what this is about
      if (scripted.queue.full) await scripted.queue.room();
      scripted.accept(1);
      most = Math.max(most, ++accepted - acknowledged);
    }
  };
  await scripted.clock.run(produce());
  await scripted.finish();
  expect(most).toBe(50);
  expect(scripted.queue.counts.written).toBe(2000);
});

test("a store that takes nothing for its deadline does not delay others: records that do not fit are dead-lettered", async () => {
  const scripted = new ScriptedQueue(never, { batchRecords: 10, queueRecords: 100, timeoutMs: 20_000 });
  const start = scripted.clock.now();
  await scripted.clock.run(scripted.produce(1000));
  expect(scripted.clock.now() - start).toBe(60_000);
  expect(scripted.failures).toMatchObject([{ code: "STORE_STALLED", store: "search" }]);
  expect(scripted.deadLetters.every(({ code }) => code === "deadline")).toBe(true);
  expect(scripted.deadLetters.at(-1)?.reason).toBe(
    "the queue was full, and the store took nothing before the deadline; it was never sent",
  );
  await scripted.finish();
  expect(scripted.queue.counts).toMatchObject({ accepted: 1000, written: 0, deadLettered: 1000, lost: 0 });
});

test("a store that hangs with its whole queue in flight does not stop others either", async () => {
  const scripted = new ScriptedQueue(() => new Promise<void>(() => undefined), {
    batchRecords: 5,
    queueRecords: 10,
    concurrency: 2,
    deadlineMs: 1000,
    timeoutMs: 30_000,
  });
  await scripted.clock.run(scripted.produce(40));
  expect(scripted.queue.counts).toMatchObject({ accepted: 40, deadLettered: 30 });
  await scripted.finish();
  expect(scripted.queue.counts).toMatchObject({ accepted: 40, written: 0, deadLettered: 40, lost: 0 });
  expect(new Set(scripted.deadLetters.map(({ code }) => code))).toEqual(new Set(["deadline"]));
});

test("a store that is repaired after its deadline writes what comes then, and has back-pressure again", async () => {
  let repaired = false;
  const scripted = new ScriptedQueue(
    () => {
      if (!repaired) throw new BlockedError("unauthorized", "401");
    },
    { batchRecords: 10, queueRecords: 100 },
  );
  await scripted.clock.run(scripted.produce(150));
  expect(scripted.queue.counts).toMatchObject({ accepted: 150, written: 0, deadLettered: 100 });
  repaired = true;
  await scripted.clock.advance(60_000);
  expect(scripted.queue.counts).toMatchObject({ accepted: 150, written: 50, deadLettered: 100 });
  repaired = false;
  const more = scripted.produce(150);
  await scripted.clock.advance(50_000);
  expect(scripted.queue.counts).toMatchObject({ accepted: 250, deadLettered: 100 });
  repaired = true;
  await scripted.clock.run(more);
  await scripted.finish();
  expect(scripted.queue.counts).toMatchObject({ accepted: 300, written: 200, deadLettered: 100 });
});

test("flush waits only for records that were accepted before it", async () => {
  const answers: (() => void)[] = [];
  const scripted = new ScriptedQueue(() => new Promise<void>((resolve) => answers.push(resolve)), {
    batchRecords: 4,
  }).accept(6);
  let flushed = false;
  const flush = scripted.queue.flush().then(() => (flushed = true));
  expect(scripted.batches).toEqual([numbers(1, 4), [5, 6]]);
  scripted.accept(4);
  answers[1]?.();
  await scripted.clock.advance(0);
  expect(flushed).toBe(false);
  expect(scripted.batches[2]).toEqual(numbers(7, 10));
  answers[0]?.();
  await flush;
  expect(scripted.flushes).toBe(1);
  expect(scripted.queue.counts).toMatchObject({ accepted: 10, written: 6 });
});

test("flush counts dead letters as safe once they are kept, and calls the store's flush last", async () => {
  let kept: (() => void) | undefined;
  const scripted = new ScriptedQueue((n) => n.map((_, index) => ({ index, status: "reject" as const })), {
    batchRecords: 4,
  });
  scripted.deadLetter = () => new Promise((resolve) => (kept = resolve));
  let flushed = false;
  const flush = scripted
    .accept(4)
    .queue.flush()
    .then(() => (flushed = true));
  await scripted.clock.advance(0);
  expect(flushed).toBe(false);
  kept?.();
  await flush;
  expect(scripted.flushes).toBe(1);
});

test("flush of an idle queue only flushes the store", async () => {
  const scripted = new ScriptedQueue(() => undefined);
  await scripted.queue.flush();
  expect(scripted.flushes).toBe(1);
  expect(scripted.batches).toEqual([]);
  expect(scripted.clock.pending).toBe(0);
});

test("a writer that waits gets room if the whole queue is in flight and the store takes nothing any more", async () => {
  const scripted = new ScriptedQueue(never, {
    batchRecords: 10,
    queueRecords: 10,
    deadlineMs: 1000,
    timeoutMs: 30_000,
  });
  await scripted.clock.run(scripted.produce(100));
  await scripted.finish();
  expect(scripted.queue.counts).toMatchObject({ accepted: 100, written: 0, deadLettered: 100 });
});

test.each(["retry", "unknown", "blocked"] as const)(
  "records that a store never takes (%s) cost those that it takes nothing but time",
  async (status) => {
    const script: Script = (batch) =>
      batch.flatMap((n, index) => (isOdd(n) ? [{ index, status, code: "shard", reason: "429" }] : []));
    const scripted = new ScriptedQueue(script, { batchRecords: 100, queueRecords: 400 });
    await scripted.clock.run(scripted.produce(30_000), 1e10);
    await scripted.finish();
    expect(scripted.deadLetters.filter(({ id }) => !isOdd(Number(id)))).toEqual([]);
    expect(scripted.queue.counts).toMatchObject({ written: 30_000 - 909, deadLettered: 909 });
  },
);

test("a stall is over when the queue is empty, even if nothing of it was written", async () => {
  let isDown = true;
  const scripted: ScriptedQueue = new ScriptedQueue(
    () => (isDown ? never() : new Promise<void>((resolve) => void scripted.clock.setTimeout(resolve, 50))),
    { batchRecords: 10, queueRecords: 40, timeoutMs: 70_000, guarantee: "at-most-once" },
  );
  await scripted.clock.run(scripted.produce(60));
  await scripted.clock.advance(3_600_000);
  expect(scripted.queue.counts).toMatchObject({ deadLettered: 60 });
  isDown = false;
  await scripted.clock.advance(3_600_000);
  await scripted.clock.run(scripted.produce(1000));
  await scripted.finish();
  expect(scripted.queue.counts).toMatchObject({ written: 1000, deadLettered: 60 });
});
