// What a store settles of a batch while it still writes it (SC-37).
import {
  BlockedError,
  type Outcome,
  RejectError,
  RetryError,
  TooLargeError,
  UnknownOutcomeError,
  blocked,
  duplicate,
  reject,
  retry,
  written,
} from "@cloudmarker/store-api";
import { expect, test } from "vitest";
import { type Script, ScriptedQueue } from "../support/scripted-queue.ts";

const small = { batchRecords: 4, timeoutMs: 1000 };

/** A back end that settles this in the first attempt, and then goes on; it takes everything after that. */
function first(settled: readonly Outcome[], then: Script): Script {
  return (numbers, context) => {
    if (context.attempt > 1) return undefined;
    context.settle?.(settled);
    return then(numbers, context);
  };
}

const hangs = (): Promise<never> => new Promise(() => undefined);

test.each<[string, Script]>([
  ["runs out of time", hangs],
  ["throws unknown", () => Promise.reject(new UnknownOutcomeError("connection_lost", "cut"))],
  ["throws retry", () => Promise.reject(new RetryError("busy", "later"))],
  ["throws blocked", () => Promise.reject(new BlockedError("forbidden", "no rights"))],
  ["throws an error without a status", () => Promise.reject(new Error("failed"))],
])("what was settled counts once if the attempt %s; only the others are sent again (SC-37)", async (_, then) => {
  const settled = [written(0), duplicate(2), reject(3, "mapping", "no number")];
  const scripted = new ScriptedQueue(first(settled, then), small).accept(4);
  await scripted.finish();
  expect(scripted.batches).toEqual([[1, 2, 3, 4], [2]]);
  expect(scripted.queue.counts).toMatchObject({ accepted: 4, written: 2, duplicate: 1, deadLettered: 1, batches: 2 });
  expect(scripted.buried).toEqual(["4:mapping"]);
  expect(scripted.written).toMatchObject([
    { records: 2, bytes: 2 * 33, attempt: 1, outcomes: [{ index: 2 }, { index: 3 }] },
    { records: 1, bytes: 33, attempt: 2, outcomes: [] },
  ]);
});

test("a refusal that is thrown is about the records that were not settled", async () => {
  const script = first([written(0), written(1)], () => Promise.reject(new RejectError("bad", "one of them")));
  const scripted = new ScriptedQueue(script, small).accept(4);
  await scripted.finish();
  expect(scripted.batches).toEqual([[1, 2, 3, 4], [3], [4]]);
  expect(scripted.queue.counts).toMatchObject({ written: 4, deadLettered: 0 });
});

test("an attempt that fails after everything was settled loses no record", async () => {
  const all = [0, 1, 2, 3].map((index) => written(index));
  const scripted = new ScriptedQueue(
    first(all, () => Promise.reject(new Error("failed"))),
    small,
  ).accept(4);
  await scripted.finish();
  expect([scripted.batches, scripted.retries, scripted.queue.counts.written]).toEqual([[[1, 2, 3, 4]], [], 4]);
});

test("what is settled counts when the attempt ends, and its checkpoint is reached then", async () => {
  const gate = Promise.withResolvers<void>();
  const scripted = new ScriptedQueue(
    first([written(0)], () => gate.promise),
    small,
  ).accept(4);
  await scripted.clock.advance(10);
  expect(scripted.queue.counts.written).toBe(0);
  gate.resolve();
  await scripted.finish();
  expect([scripted.queue.counts.written, scripted.written.length]).toEqual([4, 1]);
});

test("the answer may name what was settled once more; what it does not name was written", async () => {
  const settled = [written(0), reject(1, "mapping", "no number")];
  const scripted = new ScriptedQueue(
    first(settled, () => [...settled, duplicate(2)]),
    small,
  ).accept(4);
  await scripted.finish();
  expect(scripted.queue.counts).toMatchObject({ written: 2, duplicate: 1, deadLettered: 1 });
  expect([scripted.batches.length, scripted.failures]).toEqual([1, []]);
});

test("a record that is to be sent again may be settled later, by another outcome or by the answer", async () => {
  const scripted = new ScriptedQueue((_, { settle }) => {
    settle?.([retry(0, "busy", "later"), retry(1, "busy", "later")]);
    settle?.([written(0)]);
    return [duplicate(1)];
  }, small).accept(4);
  await scripted.finish();
  expect(scripted.queue.counts).toMatchObject({ written: 3, duplicate: 1, retries: 0 });
});

test("a record that is settled as one thing and then as another is in doubt (SC-13)", async () => {
  const scripted = new ScriptedQueue(
    first([written(0)], () => [reject(0, "bad", "bad")]),
    small,
  ).accept(4);
  await scripted.finish();
  expect(scripted.batches).toEqual([[1, 2, 3, 4], [1]]);
  expect(scripted.queue.counts).toMatchObject({ written: 4, deadLettered: 0 });
  expect(scripted.failures).toMatchObject([
    {
      code: "STORE_OUTCOME_INVALID",
      message: expect.stringContaining("it names record 0 as written and then as reject"),
    },
  ]);
});

const revoked = Proxy.revocable([], {});
revoked.revoke();

test.each<[string, unknown, number[], string]>([
  ["no list", "done", [1, 2, 3, 4], 'it is "done" and no list of outcomes'],
  ["a promise", Promise.resolve([]), [1, 2, 3, 4], "no list of outcomes"],
  ["what cannot be read", revoked.proxy, [1, 2, 3, 4], "no list of outcomes"],
  ["an index outside of the batch", [written(4)], [1, 2, 3, 4], "it names record 4 of a batch of 4"],
  ["a record twice", [written(0), written(0)], [1], "it names record 0 twice"],
  ["a status that does not exist", [{ index: 1, status: "fine" }], [2], "it gives record 1 the status"],
  ["nothing in a list", [undefined], [1, 2, 3, 4], "it has an outcome that has no index, so it names no record"],
])("%s is invalid, as in an answer: records left in doubt are sent again (SC-13)", async (_, given, again, what) => {
  const scripted = new ScriptedQueue(
    first(given as Outcome[], () => []),
    small,
  ).accept(4);
  await scripted.finish();
  expect(scripted.batches).toEqual([[1, 2, 3, 4], again]);
  expect(scripted.failures).toMatchObject([{ code: "STORE_OUTCOME_INVALID", message: expect.stringContaining(what) }]);
  expect(scripted.queue.counts.written).toBe(4);
});

test("nothing, and an empty list, say nothing", async () => {
  const scripted = new ScriptedQueue((_, { settle }) => {
    settle?.([]);
    settle?.(undefined as never);
  }, small).accept(4);
  await scripted.finish();
  expect([scripted.queue.counts.written, scripted.batches.length, scripted.failures]).toEqual([4, 1, []]);
});

test("outcomes after the signal was aborted are ignored, as a late answer is (SC-18)", async () => {
  const scripted = new ScriptedQueue(
    first([], async (_, { settle, signal }) => {
      signal.addEventListener("abort", () => settle?.([written(0)]));
      await new Promise<void>((resolve) => void scripted.clock.setTimeout(resolve, scripted.settings.timeoutMs + 100));
      settle?.([written(1), reject(2, "late", "late")]);
    }),
    small,
  ).accept(4);
  await scripted.finish();
  expect(scripted.batches).toEqual([
    [1, 2, 3, 4],
    [1, 2, 3, 4],
  ]);
  expect(scripted.queue.counts).toMatchObject({ written: 4, deadLettered: 0 });
});

test("at the deadline settled records count, and the others keep what the store said (SC-18)", async () => {
  const script = first([written(0), retry(1, "busy", "later")], hangs);
  const scripted = new ScriptedQueue(script, { ...small, timeoutMs: 60_000 }).accept(4);
  await scripted.finish(1000);
  expect(scripted.queue.counts).toMatchObject({ written: 1, deadLettered: 3 });
  expect(scripted.deadLetters.map(({ id, reason }) => [id, reason.includes("an attempt was under way")])).toEqual([
    ["2", false],
    ["3", true],
    ["4", true],
  ]);
  expect(scripted.deadLetters[0]?.reason).toContain("last failure: busy: later");
});

test("at most once: what was settled is settled, what was not applied is sent again, the rest is in doubt (SC-20)", async () => {
  const settled = [written(0), retry(1, "busy", "later"), blocked(2, "locked", "no rights")];
  const scripted = new ScriptedQueue(first(settled, hangs), { ...small, guarantee: "at-most-once" }).accept(4);
  await scripted.finish();
  expect(scripted.batches).toEqual([
    [1, 2, 3, 4],
    [2, 3],
  ]);
  expect(scripted.queue.counts).toMatchObject({ written: 3, deadLettered: 1 });
  expect(scripted.buried).toEqual(["4:unknown_outcome"]);
});

test("in order, what was not settled is sent before anything else, in one batch (SC-23)", async () => {
  const settled = [written(0), retry(2, "busy", "later")];
  const script: Script = (numbers, context) => {
    if (!numbers.includes(1)) return undefined;
    context.settle?.(settled);
    return hangs();
  };
  const scripted = new ScriptedQueue(script, { ...small, ordered: true, concurrency: 1 }).accept(8);
  await scripted.finish();
  expect(scripted.batches).toEqual([
    [1, 2, 3, 4],
    [2, 3, 4],
    [5, 6, 7, 8],
  ]);
});

const busy = [written(0), retry(1, "busy", "later", { retryAfterMs: 5000 })];

test.each([
  ["is thrown as retry", new RetryError("away", "later")],
  ["is thrown as too large", new TooLargeError("too large")],
])("a record gets the wait that was asked for it, and the others do not wait for what %s (SC-14)", async (_, error) => {
  const sentAt = new Map<number, number>();
  const settles = first(busy, () => Promise.reject(error));
  const scripted = new ScriptedQueue((numbers, context) => {
    for (const number of numbers) sentAt.set(number, context.attempt === 1 ? 0 : scripted.clock.now() - startedAt);
    return settles(numbers, context);
  }, small);
  const startedAt = scripted.clock.now();
  scripted.accept(4);
  await scripted.finish();
  expect(sentAt.get(2)).toBe(5000);
  expect([sentAt.get(3), sentAt.get(4)].every((ms) => ms !== undefined && ms <= 1000)).toBe(true);
  expect(scripted.queue.counts.written).toBe(4);
});

test.each([
  ["retry", new RetryError("away", "later")],
  ["too large", new TooLargeError("too large")],
])("in order all that is sent again waits for that one: %s (SC-14, SC-23)", async (_, error) => {
  const scripted = new ScriptedQueue(
    first(busy, () => Promise.reject(error)),
    { ...small, ordered: true, concurrency: 1 },
  ).accept(4);
  await scripted.finish();
  expect(scripted.retries).toMatchObject([{ records: 3, delayMs: 5000 }]);
  expect(scripted.batches).toEqual([
    [1, 2, 3, 4],
    [2, 3, 4],
  ]);
});

test("one that was settled may have ended the store with others: these are sent alone then (SC-27)", async () => {
  const crash = Promise.withResolvers<never>();
  crash.promise.catch(() => undefined);
  const beside: number[] = [];
  const scripted = new ScriptedQueue(
    async ([number], { attempt, settle }) => {
      if (attempt > 1) beside.push(scripted.running);
      else if (number === 3) await new Promise<void>((resolve) => void scripted.clock.setTimeout(resolve, 5000));
      else {
        settle?.(number === 1 ? [written(0)] : []);
        if (number === 2) crash.reject(new Error("It collapsed."));
        await crash.promise;
      }
    },
    { batchRecords: 1, concurrency: 2, timeoutMs: 10_000 },
  );
  scripted.accept(3);
  await scripted.finish();
  expect([scripted.batches, beside]).toEqual([[[1], [2], [3], [2]], [1]]);
});
