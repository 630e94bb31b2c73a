import type { DeliverySettings } from "../../../src/delivery/settings.ts";

/**
 * How an attempt ends where it does not simply succeed. `crashes`, `collapses`: with all that is under way, and without
 * a status; `mixed`: each record has an outcome of its own; `throttled`: most are written, and the others are to be
 * sent again; `nonsense`: the answer is not valid, of whatever kind; `gibberish`: so little that it says nothing of any
 * record.
 */
export type Manner = (typeof OF_BATCHES)[number] | "mixed" | "throttled" | "nonsense" | "gibberish";

/** Manners that a record can bring upon its whole batch. */
export const OF_BATCHES = [
  "fails",
  "breaks",
  "hangs",
  "crashes",
  "collapses",
  "retry",
  "blocked",
  "reject",
  "too_large",
] as const;

/** What is special about a record, whenever it is sent: how its batch ends, or the outcome that it alone gets. */
export type Nature = "good" | (typeof OF_BATCHES)[number] | `outcome:${OutcomeName}`;
export type OutcomeName = "duplicate" | "diverted" | "retry" | "unknown" | "reject" | "blocked";

/** How one attempt ends, whatever is sent. */
export interface Mood {
  readonly manner: Manner;
  readonly retryAfterMs: number;
}

/** A time in which no attempt succeeds that begins in it. */
export interface Spell extends Mood {
  readonly fromMs: number;
  readonly lastsMs: number;
  /** What is under way when it begins fails as well. */
  readonly cuts: boolean;
}

/** What the producer does, one after the other. */
export type Step =
  | { readonly act: "accept"; readonly count: number; readonly waits: boolean }
  | { readonly act: "sleep"; readonly ms: number }
  | { readonly act: "flush" };

/** Everything that happens to one queue, as data: a run of it is always the same. */
export interface Plan {
  readonly settings: Partial<DeliverySettings>;
  /** For record 1, 2, …; all others are good. */
  readonly natures: readonly Nature[];
  /** Bytes that records have beside their number, over and over again. */
  readonly paddings: readonly number[];
  readonly spells: readonly Spell[];
  /** For attempt 1, 2, …; `undefined`, and all other attempts, depend on their records. */
  readonly moods: readonly (Mood | undefined)[];
  /** The store has a check, which says of each spell that it is not well. */
  readonly hasCheck: boolean;
  /** Milliseconds that attempts take, over and over again. */
  readonly latencies: readonly number[];
  /**
   * Percent of the good records of an attempt that the store settles before it fails or hangs, over and over again.
   */
  readonly settles: readonly number[];
  readonly steps: readonly Step[];
  /** What a tap of `retry` says, one after the other. */
  readonly taps: readonly (number | false | undefined)[];
  /** The results of the calls that keep dead letters, in turn: kept after this many milliseconds, or a failure. */
  readonly keeps: readonly (number | "fails")[];
  readonly deadlineMs: number;
  /** Milliseconds after the start at which delivery is stopped. */
  readonly stopMs?: number | undefined;
  readonly jitterSeed: number;
}
