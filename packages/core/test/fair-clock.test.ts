import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { systemClock } from "../src/clock.ts";
import { FairClock } from "../src/fair-clock.ts";
import { NodeLikeClock, VirtualClock } from "./support/virtual-clock.ts";

function setUp() {
  const clock = new NodeLikeClock();
  const standstills: number[] = [];
  const fair = new FairClock(clock, (ms) => standstills.push(ms));
  const start = clock.now();
  const over: string[] = [];
  const limit = (name: string, ms: number) =>
    fair.setTimeout(() => over.push(`${name} after ${clock.now() - start}`), ms);
  return { clock, fair, standstills, over, limit, start };
}

describe("time limits that count only time in which the loop was free (L-15, L-28)", () => {
  it("are those of the clock below while nothing stands still", async () => {
    const { clock, fair, standstills, over, limit, start } = setUp();
    limit("a", 60_000);
    const cleared = limit("b", 1_000);
    limit("c", 0);
    fair.clearTimeout(cleared);
    fair.clearTimeout(undefined);
    await clock.advance(59_999);
    expect(over).toEqual(["c after 0"]);
    expect(fair.free.now() - start).toBe(59_999);
    await clock.advance(1);
    expect(over).toEqual(["c after 0", "a after 60000"]);
    expect(standstills).toEqual([]);
  });

  it("are extended by the time of the sleep, however little was left", async () => {
    const { clock, fair, standstills, over, limit, start } = setUp();
    limit("a", 60_000);
    await clock.advance(1_000);
    clock.freeze(70_000);
    await clock.advance(0);
    expect(standstills).toEqual([69_900]);
    expect(fair.free.now() - start).toBe(1_100);
    expect(fair.now() - start).toBe(71_000);
    await clock.advance(58_899);
    expect(over).toEqual([]);
    await clock.advance(1);
    expect(over).toEqual(["a after 129900"]);
  });

  it("let I/O run first if they would end at the moment of waking up", async () => {
    const { clock, over, limit } = setUp();
    limit("a", 1_050);
    await clock.advance(1_000);
    clock.freeze(70_000);
    await clock.advance(0);
    expect(over).toEqual([]);
    await clock.advance(250);
    expect(over).toEqual(["a after 71250"]);
  });

  it("that begin after a standstill that is not detected yet are not extended by it", async () => {
    const { clock, over, limit, fair, start } = setUp();
    limit("a", 60_000);
    await clock.advance(50);
    clock.freeze(5_000);
    limit("b", 1_000);
    expect(fair.free.now() - start).toBe(100);
    await clock.advance(1_000);
    expect(over).toEqual(["b after 6050"]);
  });

  it("are not put off without end by a store that holds the loop again and again", async () => {
    const { clock, over, limit } = setUp();
    limit("a", 60_000);
    let rounds = 0;
    while (over.length === 0 && rounds++ < 1_000) {
      clock.freeze(5_000);
      await clock.advance(1);
    }
    // Twelve times five seconds: no more is given back than the limit is long.
    expect(rounds).toBeLessThan(30);
  });

  it("if one is short, it still outlasts the long standstills of others", async () => {
    const { clock, over, limit } = setUp();
    limit("a", 500);
    for (let round = 0; round < 5; round++) {
      clock.freeze(5_000);
      await clock.advance(1);
    }
    expect(over).toEqual([]);
    await clock.advance(500);
    expect(over).toHaveLength(1);
  });

  it("take no clock that is put forward or back for time that passed", async () => {
    const { clock, fair, over, limit } = setUp();
    limit("a", 10_000);
    await clock.advance(1_000);
    const before = fair.free.now();
    clock.freeze(-3_600_000);
    await clock.advance(1);
    expect(fair.free.now()).toBeGreaterThanOrEqual(before);
    expect(over).toEqual([]);
  });

  it("work on a clock without such timers: a limit itself shows how late it is", async () => {
    const clock = new VirtualClock();
    const fair = new FairClock(clock);
    const over: number[] = [];
    const start = clock.now();
    fair.setTimeout(() => over.push(clock.now() - start), 1_000);
    fair.setTimeout(() => over.push(clock.now() - start), 60_000);
    expect(clock.pending).toBe(2);
    clock.freeze(70_000);
    await clock.advance(249);
    expect(over).toEqual([]);
    await clock.advance(1);
    expect(over).toEqual([70_250]);
    await clock.advance(60_000);
    expect(over).toEqual([70_250, 129_000]);
  });

  it("keep no process alive, and nothing runs where no limit does", async () => {
    const { clock, fair, limit } = setUp();
    fair.clearTimeout(limit("a", 60_000));
    await clock.advance(1_000);
    expect(clock.pending).toBe(0);
    const code = `
      const { FairClock } = await import("./packages/core/src/fair-clock.ts");
      const { systemClock } = await import("./packages/core/src/clock.ts");
      const clock = new FairClock(systemClock);
      clock.clearTimeout(clock.setTimeout(() => {}, 3_600_000));`;
    const cwd = new URL("../../../", import.meta.url);
    const { status, signal } = spawnSync(process.execPath, ["--input-type=module", "-e", code], {
      cwd,
      timeout: 30_000,
    });
    expect({ status, signal }).toEqual({ status: 0, signal: null });
  });

  it("run on the real clock", async () => {
    const fair = new FairClock(systemClock);
    await expect(new Promise((resolve) => fair.setTimeout(() => resolve("over"), 5))).resolves.toBe("over");
  });
});
