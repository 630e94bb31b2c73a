import type { History } from "./history.ts";

/** Failures without an explanation that a record must have seen before it is given up. */
const LEAST_FAILURES = 8;
/** Until then a record that is alone is tried again soon: its waits stop growing here. */
const SOON = 3;
/**
 * In ordered delivery: times in a row that the store has to be well, right after the record failed alone. During an
 * outage it is not, and one that comes and goes would have to hit the same record each time.
 */
export const MOST_CHECKS = 3;
/** Attempts after which a batch may be taken apart to see whether anything gets through. */
const SAMPLE_AFTER = 4;
/** Failures in a row, of whatever batches, after which the store itself is thought to be down. */
export const DOWN_AFTER = 4;
/**
 * Times that a batch breaks a connection or times out, while others are written, after which one of its records may be
 * the reason.
 */
export const MOST_DOUBTS = 3;
/** Nonsensical answers for the same records after which the batch counts as failed. */
export const MOST_INVALID = 3;

/** Kinds of failures. */
export type FailureKind = "reject" | "blocked" | "retry" | "doubt" | "unexplained";

/** What the rules look at. */
export interface Situation {
  /** The last failure is in it. */
  readonly history: History;
  /** Records of the batch. */
  readonly size: number;
  /** The store acknowledged something that it was given after the batch had failed before. */
  readonly worked: boolean;
  /** Nothing that was under way beside the batch can have done it. */
  readonly isOwn: boolean;
  /** No other batch that came back is smaller, but for single records. */
  readonly isSmallest: boolean;
  readonly ordered: boolean;
  readonly atMostOnce: boolean;
}

/** When a rule holds. */
export type When =
  | "at most once"
  | "a rest"
  | "one record"
  | "a sample"
  | "failed twice"
  | "failed twice in order"
  | "several records"
  | "failed seldom"
  | "its own fault"
  | "maybe its fault"
  | "otherwise";

/** What becomes of the batch. */
export type Act = "give up" | "split" | "split at once" | "again" | "again alone";

/** How long the batch waits by itself. */
export type Waiting = "none" | "as asked" | "recheck" | "attempts" | "idle" | "tries" | "soon" | "first";

/** Whether the store pauses. */
export type Pausing = "none" | "back off" | "recheck" | "if down";

/** What to do about a batch that failed. */
export type Rule = readonly [when: When, act: Act, wait: Waiting, pause: Pausing];

/** A condition in words and as code. */
export interface Condition {
  readonly means: string;
  readonly holds: (situation: Situation) => boolean;
}

/** When a rule holds: of the rules for a kind of failure, the first one that does. */
export const CONDITIONS: Readonly<Record<When, Condition>> = {
  "at most once": {
    means: "`delivery.guarantee` is `at-most-once`: the store may have the records, so they are never sent again",
    holds: ({ atMostOnce }) => atMostOnce,
  },
  "a rest": {
    means:
      "what is left of a batch of which some records are settled, or records that are blocked while the store takes others",
    holds: ({ history }) => history.isRest,
  },
  "one record": { means: "the batch is a single record", holds: ({ size }) => size === 1 },
  "a sample": {
    means: `nothing was written since the last failure of the batch, it had ${SAMPLE_AFTER} attempts, and no other batch that came back is smaller: if a part of it is written, the store works`,
    holds: ({ history, size, worked, isSmallest }) =>
      !worked && history.attempts >= SAMPLE_AFTER && size > 1 && isSmallest,
  },
  "failed twice": {
    means: "several records that failed twice at this size, or once if the store wrote other records meanwhile",
    holds: ({ history, size, worked }) => size > 1 && (history.tries > 1 || worked),
  },
  "failed twice in order": {
    means: "the same in ordered delivery, where one failure is enough if the batch is a half of one that failed",
    // No other batch can show meanwhile whether the store works, so a half is halved without waiting for that.
    holds: ({ history: { failures, tries }, size, worked, ordered }) =>
      ordered && size > 1 && (tries > 1 || failures > tries || worked),
  },
  "several records": { means: "the batch has more than one record", holds: ({ size }) => size > 1 },
  "failed seldom": {
    means: `the record had fewer than ${LEAST_FAILURES} failures without an explanation, those of the batches that it was in included`,
    holds: ({ history }) => history.failures < LEAST_FAILURES,
  },
  "its own fault": {
    means: "the record failed alone, the store wrote others since its last failure, and nothing else was under way",
    holds: ({ history, isOwn }) => history.failedAlone && isOwn,
  },
  "maybe its fault": {
    means: "the same, but other batches were under way, and one of them may be the reason",
    holds: ({ history }) => history.failedAlone,
  },
  otherwise: { means: "in all other cases", holds: () => true },
};

/** What becomes of the batch. */
export const ACTS: Readonly<Record<Act, string>> = {
  "give up": "its records become dead letters",
  split: "its halves are sent",
  "split at once":
    "its halves are sent, the first one before all that waits; one more failure of a half counts as unexplained",
  again: "it is sent again",
  "again alone": "it is sent again with nothing else under way",
};

/** How long it waits by itself. A wait that the server asks for (`Retry-After`) is never shorter than that. */
export const WAITS: Readonly<Record<Waiting, string>> = {
  none: "not at all",
  "as asked": "as long as the server asked for",
  recheck: "as long as the server asked for, else `delivery.retry.max`",
  attempts: "back-off of its attempts, or of the failures of the store in a row if they are more",
  idle: "back-off of the failures since the store last acknowledged anything between two of them",
  tries: "back-off of the failures at this size",
  soon: `back-off of the failures at this size, ${SOON} at most`,
  first: "back-off of one failure",
};

/**
 * Whether the store pauses for all batches. After a pause one batch is sent, and the others when it is acknowledged.
 */
export const PAUSES: Readonly<Record<Pausing, string>> = {
  none: "it does not pause",
  "back off": "back-off of the failures of the store in a row",
  recheck: "as long as the server asked for, else `delivery.retry.max`",
  "if down": `from the ${DOWN_AFTER}th failure of the store in a row on: back-off that counts this failure as the first. In ordered delivery the store does not pause; after a single record the host checks the store`,
};

const OTHERWISE: Rule = ["otherwise", "again", "attempts", "back off"];

/**
 * What to do about a batch that failed. If there is no explanation, either one of its records is the reason or the
 * store is down. Halving finds the record. If the store wrote something else between two failures, it is not down; so a
 * store that is down never turns its backlog into dead letters.
 */
export const RULES: Readonly<Record<FailureKind, readonly Rule[]>> = {
  reject: [
    ["one record", "give up", "none", "none"],
    ["otherwise", "split", "none", "none"],
  ],
  blocked: [
    ["a rest", "again", "recheck", "none"],
    ["otherwise", "again", "none", "recheck"],
  ],
  retry: [["a rest", "again", "idle", "none"], OTHERWISE],
  doubt: [
    ["at most once", "give up", "none", "back off"],
    ["a sample", "split at once", "as asked", "none"],
    ["a rest", "again", "idle", "none"],
    OTHERWISE,
  ],
  unexplained: [
    ["at most once", "give up", "none", "back off"],
    ["failed twice in order", "split", "first", "if down"],
    ["failed twice", "split", "as asked", "if down"],
    ["several records", "again", "tries", "if down"],
    ["failed seldom", "again", "soon", "if down"],
    ["its own fault", "give up", "none", "none"],
    ["maybe its fault", "again alone", "first", "if down"],
    ["otherwise", "again", "tries", "if down"],
  ],
};

/** What each kind of failure is. */
export const FAILURES: Readonly<Record<FailureKind, string>> = {
  reject: "a thrown `reject` or `too_large`",
  blocked: "`blocked`, thrown or as an outcome",
  retry:
    "a thrown `retry`, an outcome `retry` or `unknown`, or a failure without an explanation while other batches failed as well",
  doubt: "a thrown `unknown`, such as a cut connection, or no answer in time",
  unexplained: `an error without a status, the ${MOST_DOUBTS}rd doubt while others are written, the ${MOST_INVALID}rd answer in a row that makes no sense`,
};

/** What holds for a failure. */
export function ruleFor(kind: FailureKind, situation: Situation): Rule {
  return RULES[kind].find(([when]) => CONDITIONS[when].holds(situation)) ?? OTHERWISE;
}

/**
 * Failures that a back-off counts.
 * @param streak failures of the store in a row
 */
export function failuresOf(wait: Waiting, { attempts, idle, tries }: History, streak: number): number {
  switch (wait) {
    case "attempts":
      return Math.max(attempts, streak);
    case "idle":
      return idle;
    case "tries":
      return tries;
    case "soon":
      return Math.min(tries, SOON);
    default:
      return 1;
  }
}

/**
 * In ordered delivery: a record failed alone, and nearly often enough. Now it counts whether the store is well
 * meanwhile.
 */
export function needsCheck(history: History, size: number): boolean {
  return size === 1 && history.tries > 0 && history.failures > LEAST_FAILURES - MOST_CHECKS;
}

/**
 * In ordered delivery: a record failed alone, and often enough, while the store was well. The next batch is sent past
 * it; if that is acknowledged, the record is given up. Halves inherit failures, so what was never tried alone is not
 * meant.
 */
export function mayBePassed(history: History, size: number): boolean {
  return needsCheck(history, size) && history.failures >= LEAST_FAILURES && history.checks >= MOST_CHECKS;
}
