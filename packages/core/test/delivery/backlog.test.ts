// The batches that wait: which one is next, and the timers of their waits.
import { expect, test } from "vitest";
import { Backlog } from "../../src/delivery/backlog.ts";
import { type QueuedBatch, makeBatch, withHistory } from "../../src/delivery/batch.ts";
import { Checkpoints } from "../../src/delivery/checkpoints.ts";
import type { History } from "../../src/delivery/history.ts";
import { NumberedRecord } from "../support/scripted-queue.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const checkpoint = new Checkpoints().current;

function batch(from: number, history: Partial<History> = {}): QueuedBatch {
  const record = new NumberedRecord(from);
  const made = makeBatch([record], record.bytes, from, checkpoint);
  return withHistory(made, { ...made.history, ...history });
}

function setUp() {
  const clock = new VirtualClock();
  const state = { ready: 0 };
  const limits = { batchRecords: 10, batchBytes: 1000 };
  const backlog = new Backlog(clock, limits, () => void state.ready++);
  return { clock, state, backlog };
}

test("a batch that came back goes before those that were never sent, in the order of acceptance", () => {
  const { backlog } = setUp();
  for (const from of [20, 30]) backlog.push(batch(from));
  for (const from of [10, 0]) backlog.wait(batch(from), 0, 0);
  const taken = [1, 2, 3, 4, 5].map(() => backlog.takeReady()?.from);
  expect(taken).toEqual([0, 10, 20, 30, undefined]);
});

test("a waiting batch is passed, and reported when it is ready", async () => {
  const { backlog, clock, state } = setUp();
  backlog.wait(batch(0), 500, 0);
  backlog.push(batch(1));
  expect(backlog.takeReady()?.from).toBe(1);
  await clock.advance(499);
  expect([backlog.takeReady(), state.ready]).toEqual([undefined, 0]);
  await clock.advance(1);
  expect([state.ready, backlog.takeReady()?.from]).toEqual([1, 0]);
});

test("in order nothing passes the first one, unless it is to be passed", () => {
  const { backlog } = setUp();
  backlog.wait(batch(0), 500, 0);
  backlog.wait(batch(1), 0, 0);
  expect(backlog.takeInOrder()).toBeUndefined();
  expect(backlog.takeInOrder(({ from }) => from === 0)?.from).toBe(1);
});

test("in order: batches before an acknowledged record are taken, and their timers end", () => {
  const { backlog, clock } = setUp();
  for (const from of [0, 1, 2]) backlog.wait(batch(from), 500, 0);
  expect(backlog.takeBefore(2).map(({ from }) => from)).toEqual([0, 1]);
  expect(clock.pending).toBe(1);
});

test("while nothing succeeds, each gets its turn: the one with the fewest attempts is next", () => {
  const { backlog } = setUp();
  backlog.wait(batch(0, { attempts: 3 }), 0, 0);
  backlog.wait(batch(1, { attempts: 2 }), 0, 0);
  expect(backlog.takeLeastTried()?.from).toBe(1);
});

test("a wait is shortened, but never below what was asked for", async () => {
  const { backlog, clock } = setUp();
  backlog.wait(batch(0), 5000, 0);
  backlog.wait(batch(1), 5000, 3000);
  backlog.shorten(() => 1000);
  await clock.advance(1000);
  expect([backlog.takeReady()?.from, backlog.takeReady()]).toEqual([0, undefined]);
  await clock.advance(2000);
  expect(backlog.takeReady()?.from).toBe(1);
});

test("a wait stays as it is unless it is shortened, and is never made longer", async () => {
  const { backlog, clock } = setUp();
  for (const from of [0, 1]) backlog.wait(batch(from), 500, 0);
  backlog.shorten(({ from }) => (from === 0 ? undefined : 9000));
  await clock.advance(500);
  expect([backlog.takeReady()?.from, backlog.takeReady()?.from]).toEqual([0, 1]);
});

test("a revised batch takes the place of the old one, and its wait goes on", async () => {
  const { backlog, clock } = setUp();
  backlog.wait(batch(0), 500, 0);
  backlog.revise((one) => withHistory(one, { ...one.history, checks: 2 }));
  await clock.advance(500);
  expect(backlog.takeReady()?.history.checks).toBe(2);
});

test("rests with one history go together, in order, and no timer is left of them (SC-23)", () => {
  const { backlog, clock } = setUp();
  const rest = { isRest: true, attempts: 1, idle: 1 };
  backlog.wait(batch(5, rest), 0, 0);
  backlog.wait(batch(9, rest), 500, 0);
  backlog.wait(batch(7, { ...rest, attempts: 2 }), 0, 0);
  expect(backlog.takeReady()?.records.map(({ id }) => id)).toEqual(["5", "9"]);
  expect(clock.pending).toBe(0);
});

test("a rest that was asked to wait joins no other before that time is over (SC-23)", () => {
  const { backlog } = setUp();
  const rest = { isRest: true, attempts: 1, idle: 1 };
  backlog.wait(batch(5, rest), 0, 0);
  backlog.wait(batch(9, rest), 500, 500);
  expect(backlog.takeReady()?.records.map(({ id }) => id)).toEqual(["5"]);
});

test("rests, and all are taken without a timer left", () => {
  const { backlog, clock } = setUp();
  backlog.wait(batch(0, { isRest: true }), 500, 0);
  for (const from of [1, 2]) backlog.wait(batch(from), 500, 0);
  backlog.push(batch(3));
  expect(backlog.takeRests().map(({ from }) => from)).toEqual([0]);
  expect(backlog.takeAll().map(({ from }) => from)).toEqual([1, 2, 3]);
  expect([clock.pending, backlog.hasReturned]).toEqual([0, false]);
});
