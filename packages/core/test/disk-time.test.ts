import { expect, test } from "vitest";
import { DiskTime } from "../src/disk-time.ts";
import { VirtualClock } from "./support/virtual-clock.ts";

const never = (): Promise<never> => new Promise(() => undefined);

function setUp() {
  const clock = new VirtualClock();
  return { clock, disk: new DiskTime(clock) };
}

test("a call on a disk that answers gives its own result, and leaves no timer (L-19)", async () => {
  const { clock, disk } = setUp();
  expect(await disk.within("/a", () => Promise.resolve(7))).toBe(7);
  await expect(disk.within("/a", () => Promise.reject(new Error("ENOSPC")))).rejects.toThrow("ENOSPC");
  expect(clock.pending).toBe(0);
});

test("a call that hangs is left alone after 30 s, and no other waits for the same file until it comes back", async () => {
  const { clock, disk } = setUp();
  const hanging = Promise.withResolvers<void>();
  const waiting = disk.within("/a", () => hanging.promise);
  waiting.catch(() => undefined);
  await clock.advance(29_999);
  expect(clock.pending).toBe(1);
  await clock.advance(1);
  await expect(waiting).rejects.toThrow("the disk did not answer within 30000 ms for /a");
  await expect(disk.within("/a", never)).rejects.toThrow("the disk still does not answer for /a");
  expect(await disk.within("/b", () => Promise.resolve(1))).toBe(1);
  hanging.resolve();
  await hanging.promise;
  await clock.advance(0);
  expect(await disk.within("/a", () => Promise.resolve(2))).toBe(2);
  expect(clock.pending).toBe(0);
});

test("when the run has to end, 5 s are left, also to a call that is under way", async () => {
  const { clock, disk } = setUp();
  const first = disk.within("/a", never);
  first.catch(() => undefined);
  await clock.advance(1_000);
  disk.hurry();
  const second = disk.within("/b", never);
  second.catch(() => undefined);
  expect(clock.pending).toBe(2);
  await clock.advance(5_000);
  await expect(first).rejects.toThrow("within 5000 ms for /a");
  await expect(second).rejects.toThrow("within 5000 ms for /b");
});

test("the last 5 s begin at the deadline, also in what comes after the stores have ended (L-19)", async () => {
  const { clock, disk } = setUp();
  disk.hurryIn(100);
  const late = disk.within("/a", never);
  late.catch(() => undefined);
  await clock.advance(5_099);
  expect(clock.pending).toBe(1);
  await clock.advance(1);
  await expect(late).rejects.toThrow("within 5000 ms for /a");
  disk.hurryIn(100);
  disk.rest();
  expect(clock.pending).toBe(0);
});
