// The batches that are being sent to one store.
import { expect, test } from "vitest";
import { makeBatch, withHistory } from "../../src/delivery/batch.ts";
import { Checkpoints } from "../../src/delivery/checkpoints.ts";
import type { History } from "../../src/delivery/history.ts";
import { InFlight, type SentBatch } from "../../src/delivery/in-flight.ts";
import { NamedOutcomes } from "../../src/delivery/named-outcomes.ts";
import { NumberedRecord } from "../support/scripted-queue.ts";

const { current: checkpoint } = new Checkpoints();

/** Attempt `number`, which sends record `number`. */
function sent(number: number, parts: Partial<SentBatch> = {}, history: Partial<History> = {}): SentBatch {
  const record = new NumberedRecord(number);
  const batch = makeBatch([record], record.bytes, number, checkpoint);
  return {
    batch: withHistory(batch, { ...batch.history, ...history }),
    number,
    worked: false,
    isProbe: false,
    startedAt: 0,
    cancel: () => undefined,
    ...parts,
  };
}

function makeInFlight(...attempts: readonly SentBatch[]): InFlight {
  const inFlight = new InFlight();
  for (const attempt of attempts) inFlight.add(attempt);
  return inFlight;
}

test("an attempt that has ended is taken out by its number, once", () => {
  const [first, second] = [sent(1), sent(2)];
  const inFlight = makeInFlight(first, second);
  expect(inFlight.take(2)).toBe(second);
  expect(inFlight.take(2)).toBeUndefined();
  expect([inFlight.size, inFlight.batches]).toEqual([1, [first.batch]]);
});

test("it tells of the probe after a pause, until that has ended", () => {
  const inFlight = makeInFlight(sent(1), sent(2, { isProbe: true }));
  expect(inFlight.hasProbe).toBe(true);
  inFlight.take(2);
  expect(inFlight.hasProbe).toBe(false);
});

test("it tells of a batch that must be sent alone, until that has ended", () => {
  const inFlight = makeInFlight(sent(1), sent(2, {}, { isSentAlone: true }));
  expect(inFlight.isTaken).toBe(true);
  inFlight.take(2);
  expect(inFlight.isTaken).toBe(false);
});

test("all attempts are ended, each with what the store had said by then", () => {
  const said = new NamedOutcomes(1);
  const [first, second] = [sent(1, { cancel: () => said }), sent(2)];
  const inFlight = makeInFlight(first, second);
  expect(inFlight.cancelAll()).toEqual([
    { sent: first, settled: said },
    { sent: second, settled: undefined },
  ]);
  expect(inFlight.size).toBe(0);
});

test("a batch can be replaced while it is under way; its attempt stays the same", () => {
  const [first, second] = [sent(1), sent(2)];
  const inFlight = makeInFlight(first, second);
  const other = withHistory(second.batch, { ...second.batch.history, failures: 1 });
  inFlight.revise((batch) => (batch === second.batch ? other : batch));
  expect(inFlight.batches).toEqual([first.batch, other]);
  expect(inFlight.take(2)).toEqual({ ...second, batch: other });
});
