// A pause of a store: how long it lasts, and what may shorten it.
import { expect, test } from "vitest";
import { Pause } from "../../src/delivery/pause.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

/** A pause, and when it ended: milliseconds from the start of the test. */
function makePause() {
  const clock = new VirtualClock();
  const start = clock.now();
  const ends: number[] = [];
  return { clock, ends, pause: new Pause(clock, () => void ends.push(clock.now() - start)) };
}

test("it ends by itself, once", async () => {
  const { clock, ends, pause } = makePause();
  expect(pause.on).toBe(false);
  pause.start(1000, 0);
  expect(pause.on).toBe(true);
  await clock.advance(5000);
  expect(ends).toEqual([1000]);
  expect(pause.on).toBe(false);
  expect(clock.pending).toBe(0);
});

test("if two pauses overlap, the one that ends later counts", async () => {
  const { clock, ends, pause } = makePause();
  pause.start(5000, 0);
  pause.start(1000, 0);
  pause.start(3000, 0);
  await clock.advance(10_000);
  expect(ends).toEqual([5000]);
});

test("it can be shortened, but not below the time that the store asked for (SC-14)", async () => {
  const { clock, ends, pause } = makePause();
  pause.start(60_000, 0);
  pause.shorten(2000);
  await clock.advance(2000);
  expect(ends).toEqual([2000]);
  pause.start(60_000, 30_000);
  pause.shorten(2000);
  await clock.advance(60_000);
  expect(ends).toEqual([2000, 32_000]);
});

test("shortening does not lengthen it, and does nothing without a pause", async () => {
  const { clock, ends, pause } = makePause();
  pause.shorten(1000);
  expect(clock.pending).toBe(0);
  pause.start(1000, 0);
  pause.shorten(50_000);
  await clock.advance(60_000);
  expect(ends).toEqual([1000]);
});

test("once it is cleared, it does not end any more", async () => {
  const { clock, ends, pause } = makePause();
  pause.start(1000, 0);
  pause.clear();
  expect(pause.on).toBe(false);
  await clock.advance(5000);
  expect(ends).toEqual([]);
});
