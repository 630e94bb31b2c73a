import { expect, test } from "vitest";
import { Positions, progressOf } from "../../src/state/positions.ts";

test("of each input the last position counts before which everything is done", () => {
  const positions = new Positions();
  positions.mark(0, { byte: 10 }, 5, 0);
  positions.mark(1, { byte: 20 }, 6, 0);
  positions.mark(0, { byte: 30 }, 7, 1);
  expect(positions.due(4)).toEqual([]);
  expect(positions.due(5).map(progressOf)).toEqual([{ input: 0, at: { byte: 10, seq: 5 } }]);
  expect(positions.due(7).map(progressOf)).toEqual([
    { input: 0, at: { byte: 30, seq: 7 } },
    { input: 1, at: { byte: 20, seq: 6 } },
  ]);
});

test("of one period the last is kept, and one that is saved is not given again", () => {
  const positions = new Positions();
  positions.mark(0, { byte: 10 }, 5, 3);
  positions.mark(0, { byte: 20 }, 6, 3);
  expect(positions.due(5)).toEqual([]);
  const due = positions.due(6);
  positions.mark(0, { byte: 30 }, 9, 4);
  positions.saved(due);
  expect(positions.due(8)).toEqual([]);
  expect(positions.due(9).map(progressOf)).toEqual([{ input: 0, at: { byte: 30, seq: 9 } }]);
});

test("however long nothing is done, an input keeps a bounded number of positions, and the last", () => {
  const positions = new Positions();
  for (let period = 0; period < 500; period++) positions.mark(0, {}, period, period);
  expect(positions.due(400)[0]?.seq).toBe(98);
  expect(positions.due(499)[0]?.seq).toBe(499);
});
