// Which rests are sent together, and what the batch of several rests is (SC-23).
import { expect, test } from "vitest";
import { type QueuedBatch, makeBatch, sumBytes } from "../../src/delivery/batch.ts";
import type { Checkpoint } from "../../src/delivery/checkpoints.ts";
import { type History, NEVER_SENT } from "../../src/delivery/history.ts";
import { join, restsToJoin } from "../../src/delivery/rest.ts";
import { NumberedRecord } from "../support/scripted-queue.ts";

const checkpoint = {} as Checkpoint;
const limits = { batchRecords: 5, batchBytes: 10_000 };

/** A rest with the records of these places, after one attempt. */
function restOf(places: readonly number[], history: Partial<History> = {}): QueuedBatch {
  const records = places.map((place) => new NumberedRecord(place));
  const batch = makeBatch(records, sumBytes(records), places[0] ?? 0, checkpoint);
  return { ...batch, places, history: { ...NEVER_SENT, attempts: 1, isRest: true, ...history } };
}

test("rests of one history go together, within the limits of a batch", () => {
  const rests = [restOf([1, 4]), restOf([2, 3]), restOf([7, 8]), restOf([5])] as const;
  expect(restsToJoin(rests[0], rests.slice(1), limits)).toEqual([rests[0], rests[1], rests[3]]);
  expect(restsToJoin(rests[0], rests.slice(1), { ...limits, batchBytes: rests[0].bytes })).toEqual([rests[0]]);
});

test.each([
  ["is not a rest", { isRest: false }],
  ["has another number of attempts", { attempts: 2 }],
  ["failed without an explanation", { failures: 1 }],
  ["is in doubt", { doubts: 1 }],
  ["is sent alone", { isSentAlone: true }],
] satisfies [string, Partial<History>][])("a batch that %s joins no rest", (_, history) => {
  const rest = restOf([1]);
  expect(restsToJoin(rest, [restOf([2], history)], limits)).toEqual([rest]);
});

test("the records of joined rests are in the order in which they were accepted", () => {
  const joined = join([restOf([2, 5], { seen: 3 }), restOf([1, 4], { seen: 7 })]);
  expect(joined?.records.map(({ id }) => id)).toEqual(["1", "2", "4", "5"]);
  expect(joined).toMatchObject({ from: 1, places: [1, 2, 4, 5], history: { seen: 7, attempts: 1 } });
  expect(joined?.bytes).toBe(sumBytes(joined?.records ?? []));
});

test("one rest stays the batch that it is", () => {
  const rest = restOf([3]);
  expect(join([rest])).toBe(rest);
});
