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

test("it says the same across pages, and tells what has changed by pages", () => {
  // Ranges that begin and end in and at the borders of words and pages.
  const EDGES = [0, 1, 31, 32, 33, 64, 4095, 4096, 4097, 4128, 8190, 8192, 12_288, 12_300, 20_480];
  const range = fc.tuple(fc.constantFrom(...EDGES), fc.constantFrom(...EDGES)).filter(([from, to]) => from < to);
  const property = fc.property(fc.array(range, { maxLength: 12 }), range, (added, [from, to]) => {
    const settled = new Settled();
    // One model of the numbers between two edges.
    const model = new Set<number>();
    const saved = { low: 0, ranges: new Map<number, readonly (readonly [number, number])[]>() };
    for (const [first, end] of added) {
      settled.add(first, end);
      for (const edge of EDGES) if (edge >= first && edge < end) model.add(edge);
      for (const [page, ranges] of settled.takeChanged()) saved.ranges.set(page, ranges);
      saved.low = settled.low;
    }
    const spans = EDGES.map((edge, at) => [edge, EDGES[at + 1] ?? edge + 1] as const);
    const isIn = ([edge]: readonly [number, number]): boolean => model.has(edge);
    expect(settled.count).toBe(spans.filter(isIn).reduce((sum, [a, b]) => sum + b - a, 0));
    expect(spans.filter(([a]) => settled.has(a))).toEqual(spans.filter(isIn));
    expect(spans.filter(([, b]) => settled.has(b - 1))).toEqual(spans.filter(isIn));
    const asked = spans.filter(([a]) => a >= from && a < to);
    expect(settled.covers(from, to)).toBe(asked.every(isIn));
    const open = settled.unsettled(from, to);
    expect(open.reduce((sum, [a, b]) => sum + b - a, 0)).toBe(
      asked.filter((one) => !isIn(one)).reduce((sum, [a, b]) => sum + b - a, 0),
    );
    const again = new Settled(saved.low, [...saved.ranges.values()].flat());
    expect([again.low, again.count, again.ranges()]).toEqual([settled.low, settled.count, settled.ranges()]);
    expect(again.takeChanged().size).toBe(0);
  });
  fc.assert(property, { numRuns: runs(500), seed: SEED });
});

test("every other number of a million costs bits, and acknowledging the others no search", () => {
  const settled = new Settled();
  const MILLION = 1_000_000;
  for (let seq = 1; seq < MILLION; seq += 2) settled.add(seq, seq + 1);
  expect([settled.low, settled.count]).toEqual([0, MILLION / 2]);
  expect(settled.takeChanged().size).toBe(Math.ceil(MILLION / 4096));
  settled.add(MILLION - 2, MILLION - 1);
  expect([...settled.takeChanged().keys()]).toEqual([Math.floor((MILLION - 2) / 4096)]);
  for (let seq = 0; seq < MILLION; seq += 2) settled.add(seq, seq + 1);
  expect([settled.low, settled.count, settled.pages]).toEqual([MILLION, MILLION, 0]);
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
