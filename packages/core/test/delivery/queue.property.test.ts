// A random model of a queue: whatever the store, the records and the producer do, what the queue promises holds. What
// fails is shown as a plan, cut down to what matters; CLOUDMARKER_SEED, CLOUDMARKER_PATH (as it is shown) and the name
// of the test run it again.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  anything,
  explainedOutages,
  oneOutage,
  poison,
  poisonInOutage,
  throttledInPart,
} from "../support/queue-model/scenarios.ts";
import type { Plan } from "../support/queue-model/plan.ts";
import { type Run, runPlan } from "../support/queue-model/run-plan.ts";
import { numbers } from "../support/scripted-queue.ts";
import { SEED, runs } from "../support/seed.ts";

const TIME_LIMIT_MS = 300_000;
/** Most steps in which a plan that fails is cut down. */
const MOST_CUTS = 1000;
const path = process.env["CLOUDMARKER_PATH"];

process.stdout.write(`The model of a queue runs with CLOUDMARKER_SEED=${SEED}.\n`);

/** What happened in all runs of a model together. */
interface Sums {
  retries: number;
  deadLettered: number;
}

async function tryAll(
  plans: fc.Arbitrary<Plan>,
  usualRuns: number,
  check: (run: Run, plan: Plan) => void,
): Promise<Sums> {
  const sums = { retries: 0, deadLettered: 0 };
  const property = fc.asyncProperty(fc.limitShrink(plans, MOST_CUTS), async (plan) => {
    const run = await runPlan(plan);
    const { retries, deadLettered } = run.queue.queue.counts;
    sums.retries += retries;
    sums.deadLettered += deadLettered;
    expect(run.violations).toEqual([]);
    check(run, plan);
  });
  await fc.assert(property, { numRuns: runs(usualRuns), seed: SEED, ...(path !== undefined && { path }) });
  return sums;
}

function costsNothing({ queue }: Run): void {
  expect(queue.buried).toEqual([]);
}

/** Numbers of the records that the store never takes. */
function badOf({ ledger }: Run, { natures }: Plan): number[] {
  return numbers(1, ledger.accepted).filter((number) => (natures[number - 1] ?? "good") !== "good");
}

function deadLettersOf({ queue }: Run): number[] {
  return queue.deadLetters.map(({ id }) => Number(id)).toSorted((a, b) => a - b);
}

test(
  "whatever happens, each record is settled once, nothing waits without end, and no promise of the contract is broken",
  async () => {
    const { retries, deadLettered } = await tryAll(anything, 4000, () => undefined);
    expect(Math.min(retries, deadLettered)).toBeGreaterThan(0);
  },
  TIME_LIMIT_MS,
);

test(
  "an outage costs no record, whatever it looks like (L-12)",
  async () => {
    expect((await tryAll(oneOutage, 2000, costsNothing)).retries).toBeGreaterThan(0);
  },
  TIME_LIMIT_MS,
);

test(
  "outages that the store explains cost no record, however many",
  async () => {
    expect((await tryAll(explainedOutages, 1000, costsNothing)).retries).toBeGreaterThan(0);
  },
  TIME_LIMIT_MS,
);

test(
  "a store that takes a part of each batch gets the rests soon, and everything once (L-80)",
  async () => {
    const { retries } = await tryAll(throttledInPart, 1000, ({ queue, ledger }, { spells }) => {
      const asked = spells.map(({ retryAfterMs }) => retryAfterMs);
      const longest = Math.max(queue.settings.retryMinMs, ...asked);
      expect(queue.retries.filter(({ delayMs }) => delayMs > longest)).toEqual([]);
      expect([queue.buried, ledger.settled.size]).toEqual([[], ledger.accepted]);
    });
    expect(retries).toBeGreaterThan(0);
  },
  TIME_LIMIT_MS,
);

test(
  "a record that the store never takes costs no other, whatever it does to the store (L-11, L-12)",
  async () => {
    const { deadLettered } = await tryAll(poison, 2000, (run, plan) =>
      expect(deadLettersOf(run)).toEqual(badOf(run, plan)),
    );
    expect(deadLettered).toBeGreaterThan(0);
  },
  TIME_LIMIT_MS,
);

test(
  "an outage together with poison records loses no record of a batch without poison",
  async () => {
    const { deadLettered } = await tryAll(poisonInOutage, 1000, (run, plan) => {
      const bad = badOf(run, plan);
      const batches = new Set(bad.map((number) => run.ledger.batchOf(number)));
      const others = deadLettersOf(run).filter((number) => !batches.has(run.ledger.batchOf(number)));
      expect(others).toEqual([]);
    });
    expect(deadLettered).toBeGreaterThan(0);
  },
  TIME_LIMIT_MS,
);
