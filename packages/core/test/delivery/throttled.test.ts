// A store that takes most records of each batch and has the others sent again (L-80, SC-23).
import { StoreError, blocked, retry } from "@cloudmarker/store-api";
import { expect, test } from "vitest";
import { Kept, numbers, ScriptedQueue, seeded } from "../support/scripted-queue.ts";

const RECORDS = 100_000;

/** A queue in front of a server that answers 429 to a fifth of the items, 50 ms after it was asked. */
function throttledQueue(seed: number): ScriptedQueue {
  const random = seeded(seed);
  const scripted: ScriptedQueue = new ScriptedQueue(
    async (sent) => {
      await new Promise<void>((resolve) => void scripted.clock.setTimeout(resolve, 50));
      return sent.flatMap((_, index) => (random() < 0.2 ? [retry(index, "throttled", "429")] : []));
    },
    {},
    seeded(seed + 1),
  );
  return scripted;
}

test.each([1, 2, 3, 4, 5])(
  "a fifth of the items is throttled: full batches, and no long tail (L-80, seed %i)",
  async (seed) => {
    const scripted = throttledQueue(seed);
    const startedAt = scripted.clock.now();
    await scripted.clock.run(scripted.produce(RECORDS));
    await scripted.finish();
    expect(scripted.queue.counts).toMatchObject({ accepted: RECORDS, written: RECORDS, deadLettered: 0 });
    // 125 full ones would be the fewest, and 3.2 s the shortest time.
    expect(scripted.batches.length).toBeLessThan(200);
    expect(scripted.clock.now() - startedAt).toBeLessThan(12_000);
  },
);

test("rests go together, in the order of acceptance, as many as a batch may hold", async () => {
  const scripted = new ScriptedQueue(
    (n, { attempt }) => n.flatMap((x, i) => (attempt === 1 && x % 10 < 3 ? [retry(i, "throttled", "429")] : [])),
    { batchRecords: 10 },
  ).accept(50);
  await scripted.finish();
  expect(scripted.batches.slice(5)).toEqual([
    [1, 2, 10, 11, 12, 20, 21, 22, 30],
    [31, 32, 40, 41, 42, 50],
  ]);
  expect(scripted.attempts.slice(5)).toEqual([2, 2]);
});

test("the limit of a batch also counts bytes", async () => {
  const scripted = new ScriptedQueue(
    (n, { attempt }) => (attempt === 1 ? n.slice(1).map((_, i) => retry(i + 1, "throttled", "429")) : []),
    { batchRecords: 4, batchBytes: 5 * 33 },
  ).accept(8);
  await scripted.finish();
  expect(scripted.batches.slice(2)).toEqual([
    [2, 3, 4],
    [6, 7, 8],
  ]);
});

test.each([
  ["throttled and blocked ones", "throttled", "blocked"],
  ["those with another code", "throttled", "overloaded"],
])("rests of another history do not go together: %s", async (_, one, other) => {
  const scripted = new ScriptedQueue(
    (n, { attempt }) => {
      if (attempt > 1) return [];
      const code = n.includes(1) ? one : other;
      return [(code === "blocked" ? blocked : retry)(0, code, "…")];
    },
    { batchRecords: 4 },
  ).accept(8);
  await scripted.finish();
  expect(scripted.batches.slice(2)).toEqual([[1], [5]]);
});

test("a rest that a server asked to wait is not joined with others before its time", async () => {
  const scripted = new ScriptedQueue(
    (n, { attempt }) => (attempt === 1 ? [retry(0, "busy", "…", n.includes(1) ? { retryAfterMs: 7000 } : {})] : []),
    { batchRecords: 4 },
  ).accept(8);
  await scripted.clock.advance(6999);
  expect(scripted.batches.slice(2)).toEqual([[5]]);
  await scripted.clock.advance(1);
  expect(scripted.batches.slice(3)).toEqual([[1]]);
});

test("a flush waits for its own records, and no rest of later ones is joined with them", async () => {
  const scripted = new ScriptedQueue((_, { attempt }) => (attempt === 1 ? [retry(0, "throttled", "429")] : []), {
    batchRecords: 4,
  }).accept(4);
  const flushed = scripted.queue.flush();
  scripted.accept(4);
  await scripted.clock.run(flushed);
  await scripted.finish();
  expect(scripted.batches.slice(2)).toEqual([[1], [5]]);
});

test("a rest waits as long each time while others are written, and twice as long each time while nothing is", async () => {
  const scripted = new ScriptedQueue((n) => (n.includes(1) ? [retry(n.indexOf(1), "throttled", "429")] : []), {
    batchRecords: 4,
  }).accept(8);
  for (let i = 0; i < 3; i++) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await scripted.clock.advance(1000);
    scripted.accept(4);
  }
  await scripted.clock.advance(15_000);
  expect(scripted.retries.map(({ delayMs }) => delayMs)).toEqual([1000, 1000, 1000, 1000, 1000, 2000, 4000, 8000]);
});

test("a rest that has come to wait long is sent soon when the store takes others again", async () => {
  let isDown = false;
  const kept = new Kept();
  const scripted = new ScriptedQueue(
    (n) => {
      const bad = isDown ? n : n.filter((x) => x === 1 && kept.writes.size === 0);
      kept.keep(n.filter((x) => !bad.includes(x)));
      return bad.map((x) => retry(n.indexOf(x), "throttled", "429"));
    },
    { batchRecords: 4 },
  ).accept(4);
  await scripted.clock.advance(0);
  isDown = true;
  await scripted.clock.advance(20_000);
  expect(scripted.retries.at(-1)?.delayMs).toBe(16_000);
  isDown = false;
  scripted.accept(4);
  await scripted.clock.advance(1000);
  expect(kept.order).toEqual([2, 3, 4, 5, 6, 7, 8, 1]);
});

test("in order, a rest is sent alone and is not overtaken", async () => {
  const scripted = new ScriptedQueue(
    (n, { attempt }) => (attempt === 1 ? n.slice(2).map((_, i) => retry(i + 2, "throttled", "429")) : []),
    { batchRecords: 4, ordered: true, concurrency: 1 },
  ).accept(8);
  await scripted.finish();
  expect(scripted.batches).toEqual([numbers(1, 4), [3, 4], numbers(5, 8), [7, 8]]);
});

test.each([
  ["reject" as const, ["5:rejected"]],
  ["too_large" as const, []],
])("the halves of a rest that was answered with %s stay apart (SC-16, SC-23)", async (status, given) => {
  const kept = new Kept();
  const scripted = new ScriptedQueue(
    (sent, { attempt }) => {
      // Else it would go on without end.
      if (scripted.batches.length > 100) return new Promise<never>(() => undefined);
      if (attempt === 1) return sent.flatMap((x, i) => (x === 2 || x === 5 ? [retry(i, "throttled", "429")] : []));
      const isRefused = status === "reject" ? sent.includes(5) : sent.length > 1;
      if (isRefused) throw new StoreError(status, "rejected", "It is refused.");
      kept.keep(sent);
      return undefined;
    },
    { batchRecords: 6 },
  );
  scripted.accept(6);
  await scripted.finish();
  expect(scripted.batches).toEqual([[1, 2, 3, 4, 5, 6], [2, 5], [2], [5]]);
  expect(scripted.buried).toEqual(given);
});
