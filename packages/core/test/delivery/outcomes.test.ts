import {
  BlockedError,
  RejectError,
  RetryError,
  TooLargeError,
  UnknownOutcomeError,
  blocked,
  duplicate,
  reject,
  retry,
  unknown,
  written,
} from "@cloudmarker/store-api";
import { expect, test } from "vitest";
import { Kept, ScriptedQueue, numbers } from "../support/scripted-queue.ts";

const small = { batchRecords: 4 };

test("a batch without outcomes was written", async () => {
  const scripted = new ScriptedQueue(() => undefined, small).accept(4);
  await scripted.finish();
  expect(scripted.batches).toEqual([[1, 2, 3, 4]]);
  expect(scripted.queue.counts).toMatchObject({
    accepted: 4,
    written: 4,
    batches: 1,
    retries: 0,
    bytes: 33 * 4,
    reasons: [],
  });
  expect(scripted.written).toMatchObject([{ records: 4, bytes: 33 * 4, attempt: 1, durationMs: 0, outcomes: [] }]);
});

test("duplicates and diverted records are counted as such", async () => {
  const scripted = new ScriptedQueue(() => [duplicate(1), written(2, { diverted: true })], small).accept(4);
  await scripted.finish();
  expect(scripted.queue.counts).toMatchObject({ written: 3, duplicate: 1, diverted: 1, bytes: 33 * 3 });
  expect(scripted.written[0]).toMatchObject({ records: 4, bytes: 33 * 4, outcomes: [{ index: 1 }, { index: 2 }] });
});

test("a rejected record becomes a dead letter and costs its neighbours nothing", async () => {
  const scripted = new ScriptedQueue((n) => [reject(n.indexOf(2), "mapping_conflict", "n is text")], small).accept(4);
  await scripted.finish();
  expect(scripted.deadLetters).toEqual([
    {
      audit: "nightly",
      store: "search",
      run: "20261123_145314",
      time: "2026-11-23T14:53:14.000Z",
      code: "mapping_conflict",
      reason: "n is text",
      attempts: 1,
      id: "2",
      json: '{"raw":{"n":2},"ext":{},"com":{}}',
    },
  ]);
  expect(scripted.queue.counts).toMatchObject({
    written: 3,
    deadLettered: 1,
    reasons: [{ code: "mapping_conflict", count: 1, reason: "n is text" }],
  });
});

test("only the records that failed are sent again, in order, over several rounds", async () => {
  const kept = new Kept();
  const scripted = new ScriptedQueue(
    (n, { attempt }) => {
      const bad = n.filter((x) => x % 4 < 4 - attempt);
      kept.keep(n.filter((x) => !bad.includes(x)));
      return bad.map((x) => (x % 2 ? retry : unknown)(n.indexOf(x), "busy", "one shard is busy"));
    },
    { batchRecords: 8 },
  ).accept(8);
  await scripted.finish();
  expect(scripted.batches).toEqual([numbers(1, 8), [1, 2, 4, 5, 6, 8], [1, 4, 5, 8], [4, 8]]);
  expect(scripted.attempts).toEqual([1, 2, 3, 4]);
  expect([...kept.writes.values()]).toEqual(Array.from({ length: 8 }, () => 1));
  expect(scripted.queue.counts).toMatchObject({ written: 8, batches: 4, retries: 3 });
});

test("a batch that fails in part does not hold up the others", async () => {
  const scripted = new ScriptedQueue((n) => (n.includes(1) ? [retry(n.indexOf(1), "busy", "…")] : []), small).accept(
    12,
  );
  await scripted.clock.advance(0);
  expect(scripted.queue.counts).toMatchObject({ accepted: 12, written: 11 });
  expect(scripted.batches).toEqual([numbers(1, 4), numbers(5, 8), numbers(9, 12)]);
});

test.each([
  ["retry", () => new RetryError("unreachable", "connection refused")],
  ["unknown", () => new UnknownOutcomeError("closed", "connection refused")],
  ["retry", () => ({ status: "retry", code: "unreachable", message: "from another copy of the package" })],
])("a thrown %s has the whole batch sent again after the back-off", async (status, error) => {
  const scripted = new ScriptedQueue((_, { attempt }) => {
    if (attempt < 4) throw error();
  }, small).accept(4);
  await scripted.finish();
  expect(scripted.batches).toHaveLength(4);
  expect(scripted.retries.map(({ delayMs }) => delayMs)).toEqual([1000, 2000, 4000]);
  expect(scripted.retries[0]).toMatchObject({ records: 4, attempt: 1, status });
  expect(scripted.queue.counts).toMatchObject({ written: 4, retries: 3, deadLettered: 0 });
});

test.each([
  ["records of every batch", (n: number) => n % 10 === 3],
  ["whole batches", (n: number) => n % 40 < 10],
])("%s that are blocked do not harm others, even if the queue is full of them", async (_, isBlocked) => {
  const kept = new Kept();
  const settings = { batchRecords: 10, queueRecords: 25, retryMaxMs: 60_000, deadlineMs: 60_000 };
  const scripted = new ScriptedQueue((batch) => {
    kept.keep(batch.filter((n) => !isBlocked(n)));
    return batch.flatMap((n, index) => (isBlocked(n) ? [blocked(index, "no_permission", "…")] : []));
  }, settings);
  await scripted.clock.run(scripted.produce(1000));
  await scripted.finish();
  expect(kept.order.toSorted((a, b) => a - b)).toEqual(numbers(1, 1000).filter((n) => !isBlocked(n)));
  expect(scripted.deadLetters.every(({ id }) => isBlocked(Number(id)))).toBe(true);
  expect(scripted.queue.counts).toMatchObject({
    accepted: 1000,
    written: kept.order.length,
    deadLettered: scripted.deadLetters.length,
  });
  expect(scripted.failures.every(({ code }) => code === "STORE_STALLED")).toBe(true);
});

test("records that are blocked while others are written arrive once that is repaired", async () => {
  let isMended = false;
  const scripted = new ScriptedQueue(
    (batch) => {
      if (isMended) return [];
      return batch.flatMap((n, index) => (n % 10 === 3 ? [blocked(index, "no_permission", "…")] : []));
    },
    { batchRecords: 10 },
  ).accept(100);
  await scripted.clock.advance(0);
  expect(scripted.queue.counts).toMatchObject({ written: 90 });
  await scripted.clock.advance(600_000);
  isMended = true;
  await scripted.finish();
  expect(scripted.queue.counts).toMatchObject({ written: 100, deadLettered: 0 });
});

test("a store that is throttled is left alone by all batches, and one of them tries", async () => {
  let down = true;
  const scripted = new ScriptedQueue(() => {
    if (down) throw new RetryError("throttled", "429");
  }, small).accept(40);
  await scripted.clock.advance(0);
  expect(scripted.batches).toHaveLength(2);
  await scripted.clock.advance(999);
  expect(scripted.batches).toHaveLength(2);
  await scripted.clock.advance(1);
  expect(scripted.batches).toHaveLength(3);
  await scripted.clock.advance(1999);
  expect(scripted.batches).toHaveLength(3);
  await scripted.clock.advance(1);
  expect(scripted.batches).toHaveLength(4);
  down = false;
  await scripted.finish();
  expect(scripted.queue.counts).toMatchObject({ written: 40, deadLettered: 0 });
});

test.each([
  ["are throttled", () => new RetryError("throttled", "429")],
  ["break off", () => new UnknownOutcomeError("closed", "connection reset")],
  ["fail without an explanation", () => new Error("failed")],
])("batches that %s together make the store wait no longer than one would (L-80)", async (_, error) => {
  let isDown = true;
  const scripted = new ScriptedQueue(
    async () => {
      if (isDown) throw error();
    },
    { batchRecords: 4, concurrency: 8 },
  ).accept(32);
  await scripted.clock.advance(0);
  expect(scripted.batches).toHaveLength(8);
  isDown = false;
  scripted.accept(4);
  await scripted.clock.advance(1000);
  expect(scripted.queue.counts.written).toBeGreaterThanOrEqual(4);
  await scripted.finish();
  expect(scripted.queue.counts).toMatchObject({ written: 36, deadLettered: 0 });
});

test("a batch that alone fails without end does not hold up the others for long", async () => {
  const scripted = new ScriptedQueue((n) => {
    if (n.includes(1)) throw new RetryError("throttled", "429");
  }, small).accept(40);
  await scripted.clock.advance(5000);
  expect(scripted.queue.counts).toMatchObject({ written: 36 });
});

test("nor does it when batches are sent one at a time: after a failure another one is tried", async () => {
  const scripted = new ScriptedQueue(
    (n) => {
      if (n.includes(1)) throw new RetryError("throttled", "429");
    },
    { ...small, concurrency: 1 },
  ).accept(40);
  await scripted.clock.advance(1000);
  expect(scripted.batches.slice(0, 2)).toEqual([numbers(1, 4), numbers(5, 8)]);
  await scripted.clock.advance(5000);
  expect(scripted.queue.counts).toMatchObject({ written: 36 });
});

test("a rest that goes on failing does not pause the store", async () => {
  const scripted = new ScriptedQueue((n) => (n.includes(1) ? [retry(n.indexOf(1), "busy", "…")] : []), small).accept(4);
  await scripted.clock.advance(1000);
  expect(scripted.batches).toEqual([numbers(1, 4), [1]]);
  scripted.accept(4);
  await scripted.clock.advance(0);
  expect(scripted.queue.counts).toMatchObject({ written: 7 });
});

test("a wait that the server or a tap asked for is kept although the store works for others", async () => {
  const scripted = new ScriptedQueue((n) => {
    if (n.includes(1)) throw Object.assign(new Error("failed"), { retryAfterMs: 5000 });
  }, small).accept(4);
  scripted.onRetry = ({ attempt }) => (attempt === 2 ? 20_000 : undefined);
  await scripted.clock.advance(4999);
  scripted.accept(4);
  await scripted.clock.advance(0);
  expect(scripted.batches).toEqual([numbers(1, 4), numbers(5, 8)]);
  await scripted.clock.advance(1);
  scripted.accept(4);
  await scripted.clock.advance(19_999);
  expect(scripted.batches.slice(2)).toEqual([numbers(1, 4), numbers(9, 12)]);
  await scripted.clock.advance(1);
  expect(scripted.batches[4]).toEqual([1, 2]);
});

test("back-off is full jitter under a ceiling that doubles up to the longest", async () => {
  const scripted = new ScriptedQueue(
    () => {
      throw new RetryError("unreachable", "…");
    },
    { ...small, retryMinMs: 100, retryMaxMs: 1000 },
    () => 0.5,
  ).accept(4);
  await scripted.clock.advance(4000);
  expect(scripted.retries.slice(0, 7).map(({ delayMs }) => delayMs)).toEqual([50, 100, 200, 400, 500, 500, 500]);
});

test.each([
  ["longer than the back-off is waited out", 30_000, 30_000],
  ["of a day is cut to an hour", 86_400_000, 3_600_000],
  ["of nonsense is passed over", Number.NaN, 1000],
])("a Retry-After %s", async (_, retryAfterMs, expected) => {
  const scripted = new ScriptedQueue((__, { attempt }) => {
    if (attempt === 1) throw new RetryError("throttled", "429", { retryAfterMs });
  }, small).accept(4);
  await scripted.clock.advance(expected - 1);
  expect(scripted.batches).toHaveLength(1);
  await scripted.clock.advance(1);
  expect(scripted.batches).toHaveLength(2);
  expect(scripted.retries[0]?.delayMs).toBe(expected);
});

test("a Retry-After on one outcome holds back that record alone", async () => {
  const scripted = new ScriptedQueue(
    (n, { attempt }) => (attempt === 1 && n.includes(1) ? [retry(0, "busy", "…", { retryAfterMs: 7000 })] : []),
    small,
  ).accept(8);
  await scripted.clock.advance(6999);
  expect(scripted.batches).toEqual([numbers(1, 4), numbers(5, 8)]);
  await scripted.clock.advance(1);
  expect(scripted.batches[2]).toEqual([1]);
});

test("a tap may change the wait, or have the records given up", async () => {
  const scripted = new ScriptedQueue(() => {
    throw new RetryError("unreachable", "no route");
  }, small).accept(4);
  scripted.onRetry = ({ attempt }) => (attempt === 1 ? 12_345 : false);
  await scripted.clock.advance(12_344);
  expect(scripted.batches).toHaveLength(1);
  await scripted.clock.advance(1);
  expect(scripted.batches).toHaveLength(2);
  expect(scripted.buried).toEqual(["1:unreachable", "2:unreachable", "3:unreachable", "4:unreachable"]);
  expect(scripted.deadLetters[0]).toMatchObject({ attempts: 2, reason: "no route" });
});

test("a batch that is too large is halved at once, and a record that is too large alone is a dead letter", async () => {
  const kept = new Kept();
  const scripted = new ScriptedQueue(
    (n) => {
      if (n.length > 2 || n.includes(5)) throw new TooLargeError("over 1 MB");
      kept.keep(n);
    },
    { batchRecords: 8 },
  ).accept(8);
  await scripted.clock.advance(0);
  expect(kept.order.toSorted()).toEqual([1, 2, 3, 4, 6, 7, 8]);
  expect(scripted.buried).toEqual(["5:too_large"]);
  expect(scripted.retries).toEqual([]);
});

test("a batch that is rejected whole is halved until the bad record is alone", async () => {
  const scripted = new ScriptedQueue(
    (n) => {
      if (n.includes(6)) throw new RejectError("bad_request", "400");
    },
    { batchRecords: 8 },
  ).accept(8);
  await scripted.clock.advance(0);
  expect(scripted.queue.counts).toMatchObject({ written: 7, deadLettered: 1 });
  expect(scripted.deadLetters).toMatchObject([{ id: "6", code: "bad_request", reason: "400", attempts: 4 }]);
});

test.each([
  [
    "thrown",
    () => {
      throw new BlockedError("unauthorized", "401: the API key is not known");
    },
  ],
  [
    "as an outcome",
    (n: readonly number[]) => n.map((_, i) => blocked(i, "unauthorized", "401: the API key is not known")),
  ],
])("blocked (%s) pauses the store, says so once, and goes on when repaired", async (_, answer) => {
  let repaired = false;
  const scripted = new ScriptedQueue((n) => (repaired ? undefined : answer(n)), small).accept(40);
  await scripted.clock.advance(59_999);
  expect(scripted.batches).toHaveLength(2);
  expect(scripted.blocked).toEqual([
    { code: "unauthorized", reason: "401: the API key is not known", recheckMs: 60_000 },
  ]);
  expect(scripted.queue.problem).toEqual({ code: "unauthorized", message: "401: the API key is not known" });
  await scripted.clock.advance(3_600_000);
  expect(scripted.batches).toHaveLength(2 + 60);
  expect(scripted.blocked).toHaveLength(1);
  expect(scripted.deadLetters).toEqual([]);
  repaired = true;
  await scripted.clock.advance(60_000);
  expect(scripted.queue.counts).toMatchObject({ accepted: 40, written: 40, deadLettered: 0 });
  expect(scripted.queue.problem).toBeUndefined();
  expect(scripted.clock.pending).toBe(0);
});

test("a blocked store is tried again when it says", async () => {
  const scripted = new ScriptedQueue((_, { attempt }) => {
    if (attempt === 1) throw new BlockedError("maintenance", "…", { retryAfterMs: 5000 });
  }, small).accept(4);
  await scripted.clock.advance(4999);
  expect(scripted.batches).toHaveLength(1);
  await scripted.clock.advance(1);
  expect(scripted.queue.counts.written).toBe(4);
});

test.each([
  ["an index out of range", [{ index: 4, status: "written" }], [1, 2, 3, 4], "names record 4 of a batch of 4"],
  ["a negative index", [{ index: -1, status: "reject" }], [1, 2, 3, 4], "names record -1 of a batch of 4"],
  ["half an index", [{ index: 0.5, status: "reject" }], [1, 2, 3, 4], "names record 0.5"],
  ["no index", [{ status: "reject" }], [1, 2, 3, 4], "has an outcome that has no index"],
  [
    "a record named twice",
    [
      { index: 1, status: "reject" },
      { index: 1, status: "written" },
    ],
    [2],
    "names record 1 twice",
  ],
  ["an unknown status", [{ index: 2, status: "ok" }], [3], 'gives record 2 the status "ok", which does not exist'],
  ["no list", "done", [1, 2, 3, 4], 'is "done" and no list of outcomes'],
  ["a list of nothing", [null], [1, 2, 3, 4], "has an outcome that has no index"],
])("%s is reported, and records in doubt are sent again", async (_, answer, inDoubt, message) => {
  const scripted = new ScriptedQueue((__, { attempt }) => (attempt === 1 ? (answer as []) : []), small).accept(4);
  await scripted.finish();
  expect(scripted.batches).toEqual([numbers(1, 4), inDoubt]);
  expect(scripted.failures).toMatchObject([
    { code: "STORE_OUTCOME_INVALID", store: "search", plugin: "esstore", hook: "store.hooks.write" },
  ]);
  expect(scripted.failures[0]?.message).toContain(message);
  expect(scripted.queue.counts).toMatchObject({ accepted: 4, written: 4, deadLettered: 0 });
});

test("named records keep their outcome when the answer also names one that is not there", async () => {
  const scripted = new ScriptedQueue(
    (n) => (n.length === 4 ? [reject(1, "bad", "…"), duplicate(2), reject(7, "bad", "…")] : []),
    small,
  ).accept(4);
  await scripted.finish();
  expect(scripted.batches).toEqual([numbers(1, 4), [1, 4]]);
  expect(scripted.queue.counts).toMatchObject({ written: 2, duplicate: 1, deadLettered: 1 });
});

test("from the third answer in a row that makes no sense the batch counts as failed and is halved", async () => {
  const scripted = new ScriptedQueue((n) => (n.includes(3) ? [{ index: 99, status: "reject" }] : []), small).accept(8);
  await scripted.clock.advance(60_000);
  expect(scripted.buried).toEqual(["3:invalid_outcome"]);
  expect(scripted.queue.counts).toMatchObject({ written: 7, deadLettered: 1 });
});

test("an error with an HTTP number as its status counts as unexplained", async () => {
  const scripted = new ScriptedQueue((_, { attempt }) => {
    if (attempt === 1) throw Object.assign(new Error("Service Unavailable"), { status: 503, code: "ERR_BAD_RESPONSE" });
  }, small).accept(4);
  await scripted.finish();
  expect(scripted.retries).toMatchObject([
    { status: "unknown", code: "ERR_BAD_RESPONSE", reason: "Service Unavailable" },
  ]);
  expect(scripted.queue.counts.written).toBe(4);
});
