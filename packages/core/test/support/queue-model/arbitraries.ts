import * as fc from "fast-check";
import { OF_BATCHES } from "./plan.ts";
import type { Manner, Mood, Nature, OutcomeName, Plan, Spell, Step } from "./plan.ts";

/** All of them. */
export const MANNERS: readonly Manner[] = [...OF_BATCHES, "mixed", "throttled", "nonsense", "gibberish"];
/** All of them. */
export const OUTCOMES: readonly OutcomeName[] = ["duplicate", "diverted", "retry", "unknown", "reject", "blocked"];

const waits = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(15_000) });

/** How one attempt ends. */
export const mood: fc.Arbitrary<Mood> = fc.record({ manner: fc.constantFrom(...MANNERS), retryAfterMs: waits });

/** A time in which nothing succeeds. */
export function spell(manners: readonly Manner[], longestMs: number): fc.Arbitrary<Spell> {
  return fc.record({
    manner: fc.constantFrom(...manners),
    retryAfterMs: waits,
    fromMs: fc.nat(20_000),
    lastsMs: fc.integer({ min: 1, max: longestMs }),
    cuts: fc.boolean(),
  });
}

/** What records are like: most are good. */
export function natures(special: readonly Nature[], maxLength: number): fc.Arbitrary<Nature[]> {
  const good = { weight: 9, arbitrary: fc.constant<Nature>("good") };
  return fc.array(fc.oneof(good, { weight: 1, arbitrary: fc.constantFrom(...special) }), { maxLength });
}

/** Settings of a queue, small enough that much happens. */
export const settings: fc.Arbitrary<Plan["settings"]> = fc
  .record({
    ordered: fc.boolean(),
    guarantee: fc.constantFrom("at-least-once" as const, "at-most-once" as const),
    concurrency: fc.integer({ min: 1, max: 4 }),
    batchRecords: fc.integer({ min: 1, max: 12 }),
    batchBytes: fc.constantFrom(1_000_000, 200, 80, 1),
    batchAgeMs: fc.constantFrom(0, 50, 1000),
    queueRecords: fc.integer({ min: 1, max: 40 }),
    queueBytes: fc.constantFrom(16_000_000, 1000, 100, 1),
    timeoutMs: fc.constantFrom(1000, 5000, 100),
    deadlineMs: fc.constantFrom(10_000, 1000, 60_000),
    retryMinMs: fc.constantFrom(1000, 100),
    retryMaxMs: fc.constantFrom(10_000, 1000),
  })
  .map((given) => (given.ordered ? { ...given, concurrency: 1 } : given));

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      act: fc.constant("accept" as const),
      count: fc.integer({ min: 1, max: 20 }),
      waits: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ act: fc.constant("sleep" as const), ms: fc.nat(10_000) }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant("flush" as const) }) },
);

const latencies = fc.oneof(
  fc.constant([0]),
  fc.array(fc.oneof(fc.nat(50), fc.nat(2000)), { minLength: 1, maxLength: 5 }),
);

/** What every plan has. */
export const common = {
  paddings: fc.array(fc.oneof(fc.constant(0), fc.nat(200)), { maxLength: 4 }),
  hasCheck: fc.boolean(),
  latencies,
  settles: fc.oneof(fc.constant([0]), fc.array(fc.nat(100), { minLength: 1, maxLength: 5 })),
  steps: fc.array(step, { minLength: 1, maxLength: 8 }),
  jitterSeed: fc.nat(1000),
};
