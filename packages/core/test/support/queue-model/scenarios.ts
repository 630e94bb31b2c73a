import * as fc from "fast-check";
import { MANNERS, OUTCOMES, common, mood, natures, settings, spell } from "./arbitraries.ts";
import { OF_BATCHES } from "./plan.ts";
import type { Manner, Nature, Plan } from "./plan.ts";

const OF_RECORDS = OUTCOMES.map((name) => `outcome:${name}` as const);

/** Anything at all. */
export const anything: fc.Arbitrary<Plan> = fc.record({
  ...common,
  settings,
  natures: natures([...OF_BATCHES, ...OF_RECORDS], 60),
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
const OUTAGES: readonly Manner[] = [
  "fails",
  "breaks",
  "hangs",
  "crashes",
  "collapses",
  "retry",
  "blocked",
  "gibberish",
];
const POISON: readonly Nature[] = [
  "crashes",
  "collapses",
  "fails",
  "breaks",
  "hangs",
  "reject",
  "too_large",
  "outcome:reject",
];
/** With these the connection is gone, so that only a check can tell whether the store is well. */
const UNSAID: ReadonlySet<Nature> = new Set<Nature>(["crashes", "breaks", "hangs"]);

/** The store reports these outages itself, so a store without a check counts as well. */
const SAID: ReadonlySet<Manner> = new Set<Manner>(["fails", "collapses", "gibberish"]);

const outage = spell(OUTAGES, HOUR_MS / 30).map((one) => [one]);
const poisoned = natures(POISON, 40);

/** Enough time for everything that may be delivered at all. */
const patient = {
  ...common,
  settings: settings.map((given) => ({
    ...given,
    guarantee: "at-least-once" as const,
    // Longer than anything takes.
    timeoutMs: 5000,
    deadlineMs: 10 * HOUR_MS,
    retryMaxMs: 60_000,
  })),
  natures: fc.constant([]),
  // During an outage nothing is written.
  settles: fc.constant([0]),
  spells: fc.constant([]),
  moods: fc.constant([]),
  taps: fc.constant([]),
  keeps: fc.constant([0]),
  deadlineMs: fc.constant(5 * HOUR_MS),
  stopMs: fc.constant(undefined),
};

/** One outage, in whatever manner, and nothing wrong with any record. */
export const oneOutage: fc.Arbitrary<Plan> = fc.record({ ...patient, spells: outage }).map(withCheck);

/** Any number of outages that the store explains. */
export const explainedOutages: fc.Arbitrary<Plan> = fc.record({
  ...patient,
  spells: fc.array(spell(["retry", "blocked"], 60_000), { maxLength: 5 }),
});

/** A store that takes a part of each batch for a long time, and nothing wrong with any record. */
export const throttledInPart: fc.Arbitrary<Plan> = fc.record({
  ...patient,
  spells: spell(["throttled"], HOUR_MS).map((one) => [one]),
});

/** Records that the store never takes among others, and nothing wrong with the store. */
export const poison: fc.Arbitrary<Plan> = fc
  .record({ ...patient, natures: poisoned, settles: common.settles })
  .map(withRoom);

/** Both at a time. */
export const poisonInOutage: fc.Arbitrary<Plan> = fc
  .record({ ...patient, natures: poisoned, spells: outage })
  .map(withRoom)
  .map(withCheck);

/** In order, nothing but a check can tell without fail such an outage from a record that the store never takes. */
function withCheck(plan: Plan): Plan {
  const needsCheck = plan.settings.ordered === true && plan.spells.some(({ manner }) => SAID.has(manner));
  return { ...plan, hasCheck: plan.hasCheck || needsCheck };
}

/**
 * The queue has room for more than poison, or nothing could be shown; and what only a check can tell, a check tells.
 */
function withRoom(plan: Plan): Plan {
  const needsCheck = plan.settings.ordered === true && plan.natures.some((nature) => UNSAID.has(nature));
  return {
    ...plan,
    settings: { ...plan.settings, queueRecords: 100, queueBytes: 100_000 },
    hasCheck: plan.hasCheck || needsCheck,
  };
}
