// A batch is a value: parts of it keep the places of their records.
import { expect, test } from "vitest";
import { halve, makeBatch, pick, placeOf, sumBytes } from "../../src/delivery/batch.ts";
import type { Checkpoint } from "../../src/delivery/checkpoints.ts";
import { NumberedRecord, numbers } from "../support/scripted-queue.ts";

const checkpoint = {} as Checkpoint;

/** A batch of the records 10 to 14, which were accepted at these places. */
function makeFive() {
  const records = numbers(10, 14).map((n) => new NumberedRecord(n, n));
  return makeBatch(records, sumBytes(records), 10, checkpoint);
}

function idsOf(batch: { readonly records: readonly { readonly id: string }[] }): string[] {
  return batch.records.map(({ id }) => id);
}

test("halves have all records in order, each with its place and bytes", () => {
  const batch = makeFive();
  const [first, second] = halve(batch);
  expect([idsOf(first), idsOf(second)]).toEqual([
    ["10", "11"],
    ["12", "13", "14"],
  ]);
  expect([first.from, second.from]).toEqual([10, 12]);
  expect(placeOf(second, 2)).toBe(14);
  expect(first.bytes + second.bytes).toBe(batch.bytes);
  expect(first.bytes).toBe(sumBytes(first.records));
});

test("picked records keep their places, also in halves of what was picked", () => {
  const rest = pick(makeFive(), [1, 3, 4]);
  expect(idsOf(rest)).toEqual(["11", "13", "14"]);
  expect(rest.places).toEqual([11, 13, 14]);
  expect(rest.from).toBe(11);
  expect(rest.bytes).toBe(sumBytes(rest.records));
  const [, second] = halve(rest);
  expect(idsOf(second)).toEqual(["13", "14"]);
  expect([second.from, placeOf(second, 1)]).toEqual([13, 14]);
});

test("picking all records gives the batch itself", () => {
  const batch = makeFive();
  expect(pick(batch, [0, 1, 2, 3, 4])).toBe(batch);
});
