import type { Clock, Outcome, OutcomeStatus } from "@cloudmarker/store-api";
import { StoreError } from "@cloudmarker/store-api";
import { expect, test } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { Kept, ScriptedQueue, numbers, seeded } from "../support/scripted-queue.ts";

const seeds = numbers(1, 40);

/** The back end's own timers, which may outlive what the host waits for. */
class Nap {
  asleep = 0;
  clock: Clock = systemClock;

  take(ms: number): Promise<void> {
    this.asleep++;
    return new Promise((resolve) => {
      this.clock.setTimeout(() => {
        this.asleep--;
        resolve();
      }, ms);
    });
  }
}

/** Every way to answer that there is, and some that there are not. */
function anything(random: () => number, kept: Kept, nap: Nap) {
  return async (batch: readonly number[]): Promise<readonly Outcome[]> => {
    const dice = random();
    if (dice < 0.03) return new Promise(() => {});
    if (dice < 0.1) await nap.take(random() * 5000);
    if (dice < 0.3) {
      const statuses = ["retry", "unknown", "blocked", "too_large", "reject"] as const;
      const status = statuses[Math.floor(random() * 5)];
      throw status && random() < 0.6 ? new StoreError(status, `thrown_${status}`, "…") : new Error("batch failed");
    }
    const outcomes: Outcome[] = [];
    for (const [index, n] of batch.entries()) {
      const roll = random();
      const status: OutcomeStatus =
        roll < 0.8
          ? "written"
          : roll < 0.85
            ? "duplicate"
            : roll < 0.9
              ? "retry"
              : roll < 0.95
                ? "unknown"
                : roll < 0.98
                  ? "reject"
                  : "blocked";
      if (status === "written" || status === "duplicate") kept.keep([n]);
      if (status !== "written" || random() < 0.1) outcomes.push({ index, status });
    }
    return outcomes;
  };
}

test.each([
  ["unordered", false],
  ["ordered", true],
])("%s: accepted = written + duplicate + dead-lettered + lost, whatever the store does", async (_, ordered) => {
  for (const seed of seeds) {
    const random = seeded(seed);
    const kept = new Kept();
    const nap = new Nap();
    const scripted = new ScriptedQueue(
      anything(random, kept, nap),
      {
        batchRecords: 1 + Math.floor(random() * 40),
        queueRecords: 20 + Math.floor(random() * 200),
        timeoutMs: 3000,
        deadlineMs: 20_000,
        concurrency: ordered ? 1 : 1 + Math.floor(random() * 4),
        ordered,
      },
      random,
    );
    nap.clock = scripted.clock;
    scripted.deadLetter = async (deadLetters) => {
      if (random() < 0.1) throw new Error("disk full");
      scripted.deadLetters.push(...deadLetters);
    };
    // oxlint-disable-next-line no-await-in-loop -- one case after the other
    await scripted.clock.run(scripted.produce(600));
    // oxlint-disable-next-line no-await-in-loop -- one case after the other
    await scripted.finish(random() * 100_000);
    const { accepted, written, duplicate, deadLettered, lost, reasons } = scripted.queue.counts;
    expect(accepted, `seed ${seed}`).toBe(600);
    expect(written + duplicate + deadLettered + lost, `seed ${seed}`).toBe(600);
    expect(written + duplicate).toBe(kept.order.length);
    expect(kept.writes.size).toBe(kept.order.length);
    expect(new Set([...kept.order, ...scripted.deadLetters.map(({ id }) => Number(id))]).size).toBe(600 - lost);
    expect(reasons.reduce((sum, { count }) => sum + count, 0)).toBe(deadLettered + lost);
    expect(scripted.clock.pending, `seed ${seed}`).toBe(nap.asleep);
    expect(scripted.queue.full).toBe(false);
  }
});

test.each(numbers(1, 10))("a store that fails 30 percent of the time gets everything once (seed %i)", async (seed) => {
  const random = seeded(seed);
  const kept = new Kept();
  const scripted = new ScriptedQueue(
    (batch) => {
      if (random() < 0.3) throw random() < 0.5 ? new StoreError("retry", "busy", "503") : new Error("503");
      const failed = batch.filter(() => random() < 0.3);
      kept.keep(batch.filter((n) => !failed.includes(n)));
      return failed.map((n) => ({ index: batch.indexOf(n), status: "retry" as const }));
    },
    { batchRecords: 100 },
    random,
  );
  await scripted.clock.run(scripted.produce(20_000));
  await scripted.clock.run(scripted.queue.flush());
  expect(scripted.queue.counts).toMatchObject({ accepted: 20_000, written: 20_000, deadLettered: 0, lost: 0 });
  expect(kept.writes.size).toBe(20_000);
  expect(kept.order).toHaveLength(20_000);
});
