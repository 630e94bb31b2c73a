import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Settled } from "../../src/state/settled.ts";
import { SEED, runs } from "../support/seed.ts";

/** Numbers that the model looks at. */
const MOST = 60;

test("what is settled from the start on raises the first number that is not", () => {
  const settled = new Settled();
  settled.add(0, 3);
  expect([settled.low, settled.ranges(), settled.count]).toEqual([3, [], 3]);
  settled.add(5, 7);
  expect([settled.low, settled.ranges(), settled.count]).toEqual([3, [[5, 7]], 5]);
  settled.add(3, 5);
  expect([settled.low, settled.ranges(), settled.count]).toEqual([7, [], 7]);
});

test("it goes on from what another process had settled", () => {
  const settled = new Settled(3, [
    [5, 7],
    [9, 10],
  ]);
  expect(settled.unsettled(0, 12)).toEqual([
    [3, 5],
    [7, 9],
    [10, 12],
  ]);
  expect(settled.count).toBe(6);
});

test("it says the same as a set of numbers, whatever is settled in whatever order", () => {
  const range = fc
    .tuple(fc.nat(MOST - 1), fc.integer({ min: 0, max: 12 }))
    .map(([from, length]) => [from, Math.min(from + length, MOST)] as const);
  const property = fc.property(fc.array(range, { maxLength: 40 }), range, (added, [from, to]) => {
    const settled = new Settled();
    const model = new Set<number>();
    for (const [first, end] of added) {
      settled.add(first, end);
      for (let seq = first; seq < end; seq++) model.add(seq);
      check(settled, model);
    }
    const asked = Array.from({ length: to - from }, (_, index) => from + index);
    expect(settled.covers(from, to)).toBe(asked.every((seq) => model.has(seq)));
    const open = settled.unsettled(from, to).flatMap(([first, end]) => numbersOf(first, end));
    expect(open).toEqual(asked.filter((seq) => !model.has(seq)));
    expect(new Settled(settled.low, settled.ranges())).toEqual(settled);
  });
  fc.assert(property, { numRuns: runs(500), seed: SEED });
});

function numbersOf(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

function check(settled: Settled, model: ReadonlySet<number>): void {
  const all = numbersOf(0, MOST + 1);
  expect(settled.low).toBe(all.find((seq) => !model.has(seq)));
  expect(settled.count).toBe(model.size);
  expect(all.filter((seq) => settled.has(seq))).toEqual(all.filter((seq) => model.has(seq)));
  let end = settled.low;
  for (const [from, to] of settled.ranges()) {
    // Neither empty nor adjacent: as few as can be.
    expect(from).toBeGreaterThan(end);
    expect(to).toBeGreaterThan(from);
    end = to;
  }
}
