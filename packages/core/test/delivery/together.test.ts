// Attempts that failed together: one crash or one connection may have ended them all, so they count against none.
import { expect, test } from "vitest";
import { Backlog } from "../../src/delivery/backlog.ts";
import { makeBatch, withHistory } from "../../src/delivery/batch.ts";
import { Checkpoints } from "../../src/delivery/checkpoints.ts";
import { failed } from "../../src/delivery/history.ts";
import { InFlight, type SentBatch } from "../../src/delivery/in-flight.ts";
import { Together } from "../../src/delivery/together.ts";
import { NumberedRecord } from "../support/scripted-queue.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const { current: checkpoint } = new Checkpoints();

/** Attempts 1 and 2 are under way; `fail` is what the queue does when one of them fails without an explanation. */
function setUp() {
  const backlog = new Backlog(new VirtualClock(), { batchRecords: 10, batchBytes: 1000 }, () => undefined);
  const inFlight = new InFlight();
  const together = new Together(backlog, inFlight);
  const send = (number: number): void => {
    const record = new NumberedRecord(number);
    const batch = makeBatch([record], record.bytes, number, checkpoint);
    inFlight.add({ batch, number, worked: true, isProbe: false, startedAt: 0, cancel: () => undefined });
  };
  const fail = (number: number, now: number, begun: number): boolean => {
    const sent = inFlight.take(number) as SentBatch;
    const { isShared, history } = together.note(sent, now, begun);
    const circumstances = { size: 1, worked: true, begun, ordered: false };
    const counted = isShared ? history : failed(history, circumstances);
    backlog.wait(withHistory(sent.batch, counted), 0, 0);
    return isShared;
  };
  send(1);
  send(2);
  return { backlog, inFlight, send, fail };
}

/** What became of the batches that came back: whether they are sent alone, and their failures that count. */
function returned(backlog: Backlog): { from: number; isSentAlone: boolean; failures: number }[] {
  return [backlog.takeReady(), backlog.takeReady()].flatMap((batch) =>
    batch ? [{ from: batch.from, isSentAlone: batch.history.isSentAlone, failures: batch.history.failures }] : [],
  );
}

test("one failure alone counts", () => {
  const { backlog, fail } = setUp();
  expect(fail(1, 1000, 2)).toBe(false);
  expect(returned(backlog)).toEqual([{ from: 1, isSentAlone: false, failures: 1 }]);
});

test("two attempts that overlap and fail within 10 s count against neither; both are sent alone", () => {
  const { backlog, fail } = setUp();
  expect(fail(1, 1000, 2)).toBe(false);
  expect(fail(2, 11_000, 2)).toBe(true);
  expect(returned(backlog)).toEqual([
    { from: 1, isSentAlone: true, failures: 0 },
    { from: 2, isSentAlone: true, failures: 0 },
  ]);
});

test("a batch that was given up still shows that the other one failed together with it", () => {
  const { backlog, fail } = setUp();
  fail(1, 1000, 2);
  backlog.takeReady();
  expect(fail(2, 2000, 2)).toBe(true);
  expect(returned(backlog)).toEqual([{ from: 2, isSentAlone: true, failures: 0 }]);
});

test("failures more than 10 s apart count, each against its batch", () => {
  const { backlog, fail } = setUp();
  fail(1, 1000, 2);
  expect(fail(2, 11_001, 2)).toBe(false);
  expect(returned(backlog)).toEqual([
    { from: 1, isSentAlone: false, failures: 1 },
    { from: 2, isSentAlone: false, failures: 1 },
  ]);
});

test("an attempt that began after the other had failed did not fail together with it", () => {
  const { backlog, send, fail } = setUp();
  fail(1, 1000, 2);
  send(3);
  expect(fail(3, 1001, 3)).toBe(false);
  expect(returned(backlog).map(({ failures }) => failures)).toEqual([1, 1]);
});

test("the failure of a batch that is already under way again does not count any more either", () => {
  const { backlog, inFlight, fail } = setUp();
  fail(1, 1000, 2);
  const again = backlog.takeReady();
  if (!again) throw new Error("the batch did not come back");
  inFlight.add({ batch: again, number: 3, worked: true, isProbe: false, startedAt: 0, cancel: () => undefined });
  expect(fail(2, 2000, 3)).toBe(true);
  expect(inFlight.batches.map(({ history }) => [history.isSentAlone, history.failures])).toEqual([[true, 0]]);
});
