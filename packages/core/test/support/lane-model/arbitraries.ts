import * as fc from "fast-check";
import type { Manner, Mood, Nature, OutcomeName, Plan, Spell, Step } from "./plan.ts";

const MANNERS: readonly Manner[] = [
  "fails",
  "breaks",
  "hangs",
  "crashes",
  "collapses",
  "retry",
  "blocked",
  "reject",
  "too_large",
  "mixed",
  "nonsense",
  "gibberish",
];
const OUTCOMES: readonly OutcomeName[] = ["duplicate", "diverted", "retry", "unknown", "reject", "blocked"];

const waits = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(15_000) });

const mood: fc.Arbitrary<Mood> = fc.record({ manner: fc.constantFrom(...MANNERS), retryAfterMs: waits });

function spell(manners: readonly Manner[], longestMs: number): fc.Arbitrary<Spell> {
  return fc.record({
    manner: fc.constantFrom(...manners),
    retryAfterMs: waits,
    fromMs: fc.nat(20_000),
    lastsMs: fc.integer({ min: 1, max: longestMs }),
    cuts: fc.boolean(),
  });
}

function natures(special: readonly Nature[], maxLength: number): fc.Arbitrary<Nature[]> {
  const good = { weight: 9, arbitrary: fc.constant<Nature>("good") };
  return fc.array(fc.oneof(good, { weight: 1, arbitrary: fc.constantFrom(...special) }), { maxLength });
}

const settings = fc
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

const common = {
  paddings: fc.array(fc.oneof(fc.constant(0), fc.nat(200)), { maxLength: 4 }),
  latencies,
  steps: fc.array(step, { minLength: 1, maxLength: 8 }),
  jitterSeed: fc.nat(1000),
};

const WHOLE = ["fails", "breaks", "hangs", "crashes", "collapses", "retry", "blocked", "reject", "too_large"] as const;
const EACH = OUTCOMES.map((name) => `outcome:${name}` as const);

/** Anything at all. */
export const anything: fc.Arbitrary<Plan> = fc.record({
  ...common,
  settings,
  natures: natures([...WHOLE, ...EACH], 60),
  spells: fc.array(spell(MANNERS, 30_000), { maxLength: 3 }),
  moods: fc.array(fc.option(mood, { nil: undefined, freq: 2 }), { maxLength: 25 }),
  taps: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    {
      weight: 1,
      arbitrary: fc.array(fc.constantFrom<number | false | undefined>(undefined, false, 0, 500, 20_000), {
        maxLength: 10,
      }),
    },
  ),
  keeps: fc.oneof(
    fc.constant([0]),
    fc.array(fc.oneof(fc.constant("fails" as const), fc.nat(3000)), { minLength: 1, maxLength: 4 }),
  ),
  deadlineMs: fc.oneof(fc.nat(60_000), fc.constant(0)),
  stopMs: fc.option(fc.nat(40_000), { nil: undefined, freq: 4 }),
});

const HOUR_MS = 3_600_000;
/** Enough for everything that may be delivered at all. */
const patient = {
  ...common,
  taps: fc.constant([]),
  keeps: fc.constant([0]),
  deadlineMs: fc.constant(HOUR_MS),
  stopMs: fc.constant(undefined),
  moods: fc.constant([]),
};
const patientSettings = settings.map((given) => ({
  ...given,
  guarantee: "at-least-once" as const,
  // Longer than anything takes.
  timeoutMs: 5000,
  deadlineMs: 10 * HOUR_MS,
  retryMaxMs: 60_000,
}));

/** One outage, in whatever manner, and nothing wrong with any record. */
export const oneOutage: fc.Arbitrary<Plan> = fc.record({
  ...patient,
  settings: patientSettings.map((given) => ({ ...given, ordered: false })),
  natures: fc.constant([]),
  spells: spell(
    ["fails", "breaks", "hangs", "crashes", "collapses", "retry", "blocked", "gibberish"],
    HOUR_MS / 30,
  ).map((one) => [one]),
});

/** Records that no store takes among others, and nothing wrong with the store. The queue has room for more than these, or nothing could be shown. */
export const poison: fc.Arbitrary<Plan> = fc.record({
  ...patient,
  settings: patientSettings.map((given) => ({ ...given, ordered: false, queueRecords: 100, queueBytes: 100_000 })),
  natures: natures(["crashes", "collapses", "fails", "breaks", "hangs", "reject", "too_large", "outcome:reject"], 40),
  spells: fc.constant([]),
});

/** Any number of outages of which the store says what they are. */
export const explainedOutages: fc.Arbitrary<Plan> = fc.record({
  ...patient,
  settings: patientSettings,
  natures: fc.constant([]),
  spells: fc.array(spell(["retry", "blocked"], 60_000), { maxLength: 5 }),
});
