// HEC-23: at most once, for users who prefer a missing record to a duplicate.
import { RetryError, unknown, UnknownOutcomeError } from "@cloudmarker/store-api";
import { expect, test } from "vitest";
import { Kept, numbers, ScriptedQueue, seeded } from "../support/scripted-queue.ts";

const once = { batchRecords: 4, guarantee: "at-most-once" } as const;

test.each([
  ["gives no answer in time", () => new Promise<never>(() => {})],
  ["says that it does not know", () => Promise.reject(new UnknownOutcomeError("connection_lost", "It broke."))],
  ["says nothing", () => Promise.reject(new Error("It broke."))],
  ["does not know of each", () => numbers(0, 3).map((index) => unknown(index, "no_ack", "It said nothing."))],
])("records of a store that %s become dead letters", async (_, answer) => {
  const scripted = new ScriptedQueue(answer, once).accept(4);
  await scripted.finish();
  expect(scripted.batches).toEqual([numbers(1, 4)]);
  expect(scripted.buried).toEqual(numbers(1, 4).map((n) => `${n}:unknown_outcome`));
  expect(scripted.deadLetters[0]?.reason).toContain("not sent again (at-most-once)");
});

test("records that were certainly not written are sent again, also those in a batch with records in doubt", async () => {
  const scripted = new ScriptedQueue((sent, { attempt }) => {
    if (attempt === 1) throw new RetryError("busy", "Later.");
    return sent.includes(2) ? [unknown(1, "lost", "…"), { index: 2, status: "retry", code: "busy", reason: "…" }] : [];
  }, once).accept(4);
  await scripted.finish();
  expect(scripted.batches).toEqual([numbers(1, 4), numbers(1, 4), [3]]);
  expect(scripted.queue.counts).toMatchObject({ written: 3, deadLettered: 1 });
});

test("records that an answer without sense leaves in doubt become dead letters, and it says so", async () => {
  const scripted = new ScriptedQueue(() => [{ index: 9, status: "written" }], once).accept(4);
  await scripted.finish();
  expect(scripted.batches).toEqual([numbers(1, 4)]);
  expect(scripted.failures[0]?.message).toContain("Records in doubt become dead letters.");
});

test("a store that keeps failing is paused after each lost batch, so that an outage does not lose the backlog", async () => {
  let attempts = 0;
  const scripted = new ScriptedQueue(
    () => {
      if (++attempts <= 5) throw new UnknownOutcomeError("connection_lost", "It broke.");
    },
    { ...once, queueRecords: 1000 },
  ).accept(400);
  const started = scripted.clock.now();
  await scripted.finish();
  expect(scripted.queue.counts).toMatchObject({ written: 380, deadLettered: 20 });
  // Two at a time at first, then one after each pause.
  expect(scripted.clock.now() - started).toBeGreaterThan(4000);
});

test("a record that may be there is never sent twice, whatever the store does", async () => {
  const random = seeded(7);
  const kept = new Kept();
  const scripted = new ScriptedQueue(
    (sent) => {
      const dice = random();
      if (dice < 0.2) throw new RetryError("busy", "…");
      kept.keep(sent);
      if (dice < 0.4) throw new UnknownOutcomeError("connection_lost", "…");
      if (dice < 0.6) throw new Error("…");
      return dice < 0.7 ? [unknown(0, "no_ack", "…")] : [];
    },
    once,
    random,
  ).accept(200);
  await scripted.finish();
  expect([...kept.writes.values()].filter((times) => times !== 1)).toEqual([]);
  expect(scripted.queue.counts.written + scripted.queue.counts.deadLettered).toBe(200);
});
