import { expect, test } from "vitest";
import { FedQueue } from "../support/fed-queue.ts";
import { diskError } from "../support/memory-journal.ts";

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

function counted(count: number): object {
  return { accepted: count, written: count, lost: 0, deadLettered: 0 };
}

test("while the store keeps up, records go straight to it, and none is written", async () => {
  const s = new FedQueue();
  s.takesMs = 20;
  await s.clock.run(s.produce(500));
  await s.finish(60_000);
  expect(s.written).toEqual(upTo(500));
  expect(s.queue.counts).toMatchObject(counted(500));
  expect(s.storage.changes.flatMap(({ blocks = [] }) => blocks)).toEqual([]);
});

test.each([
  ["250 ms while the process is busy", 0.5, 250],
  ["50 ms while the process does nothing else", 0.6, 50],
])(
  "a store that makes no room for %s falls behind: nobody waits, and later it gets all, in order and once",
  async (_, idlePart, ms) => {
    const s = new FedQueue({ timeoutMs: 1_000, concurrency: 1, ordered: true });
    s.takesMs = Infinity;
    s.idlePart = idlePart;
    const start = s.clock.now();
    await s.clock.run(s.produce(5_000));
    expect(s.clock.now() - start).toBe(ms);
    expect(s.queue.waiting.queued).toBe(40);
    await s.clock.advance(500);
    expect(s.storage.kept).toEqual(upTo(5_000));
    s.takesMs = 1;
    await s.clock.run(s.feed.caughtUp());
    await s.finish(60_000);
    expect(s.written).toEqual(upTo(5_000));
    expect(s.queue.counts).toMatchObject(counted(5_000));
    await s.clock.advance(500);
    expect([s.journal.unsettled(0), s.storage.kept, s.failures]).toEqual([0, [], []]);
  },
);

test("records that come while the store catches up come after its backlog, and then go straight to it again", async () => {
  const s = new FedQueue({ timeoutMs: 1_000, concurrency: 1, ordered: true });
  s.takesMs = Infinity;
  await s.clock.run(s.produce(300));
  s.takesMs = 1;
  const caughtUp = s.feed.caughtUp();
  for (let i = 0; i < 20; i++) {
    // oxlint-disable-next-line no-await-in-loop -- time passes in steps
    await Promise.all([s.produce(5), s.clock.advance(100)]);
  }
  await s.clock.run(caughtUp);
  expect(s.feed.full).toBe(false);
  const { reads } = s.storage;
  await s.clock.run(s.produce(100));
  await s.finish(60_000);
  expect(s.storage.reads).toBe(reads);
  expect(s.written).toEqual(upTo(500));
  expect(s.queue.counts).toMatchObject(counted(500));
});

test.each([
  ["mostly waits for it falls behind", 0.9, 0, 1_500],
  ["is busy all the same does not", 0.1, 9_000, 10_000],
])("a store that is slow while the process %s", async (_, idlePart, leastMs, mostMs) => {
  const s = new FedQueue({ concurrency: 1 });
  s.takesMs = 100;
  s.idlePart = idlePart;
  const start = s.clock.now();
  await s.clock.run(s.produce(1_000));
  const tookMs = s.clock.now() - start;
  // 10 records in 100 ms.
  expect(tookMs).toBeGreaterThan(leastMs);
  expect(tookMs).toBeLessThan(mostMs);
  await s.finish(60_000);
  expect(s.written).toEqual(upTo(1_000));
  expect(s.queue.counts).toMatchObject(counted(1_000));
});

test("at the deadline the rest stays in the journal, and none of it becomes a dead letter", async () => {
  const s = new FedQueue({ concurrency: 1 });
  s.takesMs = 1_000;
  await s.clock.run(s.produce(200));
  await s.finish(5_500);
  const { written, deadLettered, lost } = s.queue.counts;
  expect(written).toBe(s.written.length);
  expect([deadLettered, lost, s.queue.waiting.queued]).toEqual([0, 0, 0]);
  expect(s.journal.unsettled(0)).toBe(200 - written);
  await s.clock.run(s.journal.commit());
  expect(s.storage.kept).toEqual(expect.arrayContaining(upTo(200).slice(written)));
});

test("a queue that is smaller than two batches does not wait for the age of a batch while it is read from the journal", async () => {
  const s = new FedQueue({ queueBytes: 15_000, batchRecords: 14, concurrency: 1, timeoutMs: 1_000 });
  s.padding = "x".repeat(1_000);
  s.takesMs = Infinity;
  await s.clock.run(s.produce(30));
  s.takesMs = 10;
  const start = s.clock.now();
  await s.clock.run(s.produce(1_000));
  await s.clock.run(s.feed.caughtUp());
  expect(s.clock.now() - start).toBeLessThan(4_000);
  await s.finish(60_000);
  expect(s.queue.counts).toMatchObject(counted(1_030));
});

test("what the disk does not give back counts as lost, and the rest arrives", async () => {
  const s = new FedQueue({ timeoutMs: 1_000, concurrency: 1, ordered: true });
  s.takesMs = Infinity;
  await s.clock.run(s.produce(1_000));
  await s.clock.advance(500);
  const [, gone] = [...s.storage.blocks.values()].toSorted((a, b) => a.first - b.first);
  s.storage.blocks.delete(gone?.first ?? 0);
  s.takesMs = 1;
  await s.finish(60_000);
  expect(s.queue.counts).toMatchObject({ accepted: 1_000, written: 1_000 - (gone?.count ?? 0), lost: gone?.count });
  expect(s.journal.unsettled(0)).toBe(0);
});

test("an error of the disk while the backlog is read is told, and it is read again", async () => {
  const s = new FedQueue({ timeoutMs: 1_000, concurrency: 1, ordered: true });
  s.takesMs = Infinity;
  await s.clock.run(s.produce(1_000));
  await s.clock.advance(500);
  const { read } = s.storage;
  s.storage.read = () => Promise.reject(new Error("EIO"));
  s.takesMs = 1;
  await s.clock.advance(3_000);
  expect(s.failures[0]).toMatchObject({ code: "SPOOL_FAILED", message: "EIO" });
  s.storage.read = read;
  await s.finish(60_000);
  expect(s.written).toEqual(upTo(1_000));
});

test("what the disk does not take becomes dead letters when it is given up, and the rest arrives: nothing twice", async () => {
  const s = new FedQueue({ timeoutMs: 1_000, concurrency: 1, ordered: true }, 1_200_000);
  s.padding = "x".repeat(1_000);
  s.takesMs = Infinity;
  await s.clock.run(s.produce(1_500));
  await s.clock.advance(500);
  expect(s.failures).toMatchObject([{ code: "SPOOL_FULL" }]);
  const { kept } = s.storage;
  expect(kept.length).toBeGreaterThan(40);
  expect(kept.length).toBeLessThan(1_500);
  // The store takes records again, and the queue gets what is in memory, when it is given up.
  s.storage.fault = { error: diskError("full", "no room") };
  s.takesMs = 1;
  // oxlint-disable-next-line no-await-in-loop -- time passes in steps
  while (s.written.length < kept.length + 30) await s.clock.advance(1);
  const letters = Promise.withResolvers<void>();
  s.lettersKept = letters.promise;
  void s.feed.giveUp("spool_full", "no room");
  void s.feed.giveUp("spool_full", "no room");
  await s.clock.advance(1_000);
  const taken = s.written.length;
  expect(taken).toBeLessThan(1_500);
  letters.resolve();
  await s.clock.run(s.feed.caughtUp());
  s.storage.fault = undefined;
  await s.clock.run(s.produce(100));
  await s.finish(60_000);
  const given = s.letters.map(({ json }) => (JSON.parse(json) as { raw: { n: number } }).raw.n);
  expect(given).toEqual(upTo(1_500).slice(taken));
  expect(s.written).toEqual([...upTo(taken), ...upTo(1_600).slice(1_500)]);
  expect(s.letters[0]).toMatchObject({ code: "spool_full", reason: "no room", attempts: 0 });
  expect(s.queue.counts).toMatchObject({ accepted: 1_600, written: taken + 100, deadLettered: given.length });
  expect([s.journal.unsettled(0), s.journal.bytesInMemory]).toEqual([0, 0]);
});

test("a store that keeps up gives nothing up", async () => {
  const s = new FedQueue();
  await s.clock.run(s.produce(15));
  await s.feed.giveUp("spool_full", "no room");
  await s.finish(60_000);
  expect([s.letters, s.written]).toEqual([[], upTo(15)]);
});

test("a store that is behind has as many batches under way as one that is not, whatever each takes", async () => {
  const s = new FedQueue({ concurrency: 8, queueRecords: 100 });
  s.idlePart = 1;
  s.takesMs = 80;
  s.everyOtherMs = 240;
  await s.clock.run(s.produce(4_000));
  const start = s.clock.now();
  const before = s.written.length;
  await s.clock.run(s.feed.caughtUp());
  // 80 records in 200 ms, about.
  const perSecond = ((s.written.length - before) / (s.clock.now() - start)) * 1_000;
  expect(perSecond).toBeGreaterThan(390);
  await s.finish(60_000);
});
