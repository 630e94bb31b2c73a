// One call of a store: how it ends, and what is ignored after that.
import type { Batch, Outcome } from "@cloudmarker/store-api";
import { expect, test } from "vitest";
import { type AttemptContext, type AttemptEnd, startAttempt } from "../../src/delivery/attempt.ts";
import { NumberedRecord } from "../support/scripted-queue.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

/** Attempt 3 to send two records, with 5 s of time. The test gives the answer of the store. */
function start(write?: (batch: Batch, context: AttemptContext) => Promise<readonly Outcome[]>) {
  const clock = new VirtualClock();
  const ends: AttemptEnd[] = [];
  const calls: { batch: Batch; context: AttemptContext }[] = [];
  const answer = Promise.withResolvers<readonly Outcome[]>();
  const batch = [new NumberedRecord(0), new NumberedRecord(1)];
  const cancel = startAttempt(
    {
      write(given, context) {
        calls.push({ batch: given, context });
        return write?.(given, context) ?? answer.promise;
      },
      clock,
      timeoutMs: 5000,
      ended: (end) => void ends.push(end),
    },
    batch,
    3,
  );
  const call = calls[0];
  if (!call) throw new Error("the store was not called");
  return { clock, ends, answer, batch, cancel, given: call.batch, context: call.context };
}

test("the store's answer ends the attempt, once, and the timer with it", async () => {
  const { clock, ends, answer, context } = start();
  expect(context.attempt).toBe(3);
  answer.resolve([]);
  await clock.advance(60_000);
  expect(ends).toEqual([{ kind: "answer", answer: [], settled: undefined }]);
  expect([context.signal.aborted, clock.pending]).toEqual([false, 0]);
});

test("what the store throws ends it, also when it throws before it returns a promise", async () => {
  const error = new Error("boom");
  const rejected = start(() => Promise.reject(error));
  const thrown = start(() => {
    throw error;
  });
  await rejected.clock.advance(0);
  await thrown.clock.advance(0);
  for (const { ends } of [rejected, thrown]) expect(ends).toEqual([{ kind: "error", error, settled: undefined }]);
});

test("when its time is up the signal is aborted, and a late answer is ignored (ES-45)", async () => {
  const { clock, ends, answer, context } = start();
  await clock.advance(4999);
  expect([ends, context.signal.aborted]).toEqual([[], false]);
  await clock.advance(1);
  expect(ends).toEqual([{ kind: "timeout", settled: undefined }]);
  expect(context.signal.reason).toMatchObject({ name: "TimeoutError", message: "no answer within 5000 ms" });
  answer.reject(new Error("too late"));
  await clock.advance(0);
  expect(ends).toHaveLength(1);
});

test("what the store settled before its time was up counts; what it settles after that does not", async () => {
  const { clock, ends, context } = start();
  context.signal.addEventListener("abort", () => context.settle([{ index: 1, status: "written" }]));
  context.settle([{ index: 0, status: "written" }]);
  await clock.advance(5000);
  context.settle([{ index: 1, status: "written" }]);
  const settled = ends[0]?.settled;
  expect([settled?.get(0)?.status, settled?.get(1)]).toEqual(["written", undefined]);
});

test("unsettle() makes the host forget what the store has said so far", async () => {
  const { clock, ends, answer, context } = start();
  context.settle([{ index: 0, status: "written" }]);
  context.unsettle();
  context.settle([{ index: 1, status: "retry" }]);
  answer.resolve([]);
  await clock.advance(0);
  const settled = ends[0]?.settled;
  expect([settled?.get(0), settled?.get(1)?.status]).toEqual([undefined, "retry"]);
});

test("after a cancel nothing is reported; the cancel returns what was settled", async () => {
  const { clock, ends, answer, cancel, context } = start();
  context.settle([{ index: 1, status: "duplicate" }]);
  const settled = cancel();
  expect(settled?.get(1)?.status).toBe("duplicate");
  expect(context.signal.reason).toMatchObject({ name: "AbortError", message: "delivery was stopped" });
  answer.resolve([]);
  await clock.advance(60_000);
  expect([ends, clock.pending]).toEqual([[], 0]);
});

test("a store that changes its batch does not change that of the host", () => {
  const { batch, given } = start();
  (given as unknown as unknown[]).length = 0;
  expect(batch).toHaveLength(2);
});
