import type { Failed, Parcel } from "./parcel.ts";

/** Unexplained failures that a record must have seen before it can be the one to blame. */
const LEAST_FAILURES = 8;
/** Until then a record that is alone is tried again soon: its waits stop growing here. */
const SOON = 3;
/**
 * In ordered delivery: times in a row that the store has to be well, right after the record failed alone. During an outage it is not, and one that
 * comes and goes would have to hit the same record each time.
 */
export const MOST_CHECKS = 3;
/** Attempts after which a batch may be taken apart to see whether anything gets through. */
const SAMPLE_AFTER = 4;
/**
 * Failures that are this much apart, in milliseconds, may have one cause: a thread that does not react is ended 5 s after the first attempt in it
 * ran out of time.
 */
const TOGETHER_MS = 10_000;

/** What to do about a batch that failed without a word. */
export interface Blame {
  /** Dead-letter it, send its halves, or send it again. */
  readonly act: "give_up" | "split" | "again";
  /** Failures that the back-off before the next attempt counts. */
  readonly failures: number;
}

/**
 * The batch failed and nobody can say why: either one of its records is poison or the store is down. Halving finds the poison;
 * that the store wrote something else between two failures tells the two apart, so that a store that is down never turns its
 * backlog into dead letters.
 * @param isOwn nothing that was under way beside it can have done it
 */
export function blame(parcel: Parcel, ordered: boolean, isOwn: boolean): Blame {
  const isHalf = parcel.failures > parcel.tries;
  const { worked: worksForOthers } = parcel;
  parcel.failures++;
  parcel.tries++;
  if (parcel.records.length > 1) {
    // In order no other batch can show meanwhile whether the store works, so a half is halved without waiting for that.
    const split = parcel.tries > 1 || worksForOthers || (isHalf && ordered);
    return split ? { act: "split", failures: 1 } : { act: "again", failures: parcel.tries };
  }
  if (worksForOthers) parcel.convicted = true;
  if (parcel.failures < LEAST_FAILURES) return { act: "again", failures: Math.min(parcel.tries, SOON) };
  if (parcel.convicted && isOwn) return { act: "give_up", failures: 0 };
  parcel.lineage.isAlone ||= parcel.convicted;
  return { act: "again", failures: parcel.convicted ? 1 : parcel.tries };
}

/**
 * The batch failed without an explanation, when the last attempt that had begun was `begun`. What was under way at that time proves nothing: it
 * may have got through just before the store went away. Of several failures in a row the first one counts, until something shows that the
 * store works.
 */
export function fail(parcel: Parcel, begun: number): void {
  if (parcel.worked || parcel.since === -1) parcel.since = begun;
}

/**
 * Where nothing gets through, be it since the store is away or since every batch has a record that breaks it, the smallest batch is taken apart:
 * a part that is written shows that the store works. One batch only, so that an outage leaves the others as they are.
 */
export function isSample({ attempts, records }: Parcel, others: readonly Parcel[]): boolean {
  const isSmallest = others.every((other) => other.records.length === 1 || other.records.length >= records.length);
  return attempts >= SAMPLE_AFTER && records.length > 1 && isSmallest;
}

/**
 * The batch failed without an explanation. Where another one, which failed before, did so while this one was under way, a crash or a connection that
 * both shared may have taken them down together. Then it counts against neither. Which of them did it shows when each is sent by itself.
 * @param others batches that are not settled
 * @param last failure before this one, whose batch may be settled by now
 * @param begun number of the last attempt that has begun
 * @returns whether that is so
 */
export function failTogether(
  parcel: Parcel,
  others: Iterable<Parcel>,
  last: Failed | undefined,
  begun: number,
  now: number,
): boolean {
  const { lineage, number, failures, doubts, since, convicted, checks } = parcel;
  const isTogether = (failed: Failed | undefined): boolean =>
    failed !== undefined && failed.begun >= number && failed.at >= now - TOGETHER_MS;
  let isShared = isTogether(last);
  for (const other of others) {
    if (!isTogether(other.failed)) continue;
    isShared = true;
    other.lineage.isAlone = true;
    Object.assign(other, other.failed?.before);
  }
  lineage.isAlone ||= isShared;
  parcel.failed = { lineage, at: now, begun, before: { failures, doubts, since, convicted, checks } };
  return isShared;
}

/** The store explained itself: what failed before without a word proves nothing any more. */
export function absolve(parcel: Parcel): void {
  parcel.failures = 0;
  parcel.tries = 0;
  parcel.doubts = 0;
  parcel.since = -1;
  parcel.worked = false;
  parcel.convicted = false;
  parcel.checks = 0;
}

/** In ordered delivery: a record that failed alone, and nearly as often as it takes. Now it counts whether the store is well meanwhile. */
export function isSuspect(parcel: Parcel): boolean {
  return parcel.records.length === 1 && parcel.tries > 0 && parcel.failures > LEAST_FAILURES - MOST_CHECKS;
}

/** In ordered delivery: a record that failed alone, and often enough, while the store was well. Halves inherit failures, so what was never tried alone is none. */
export function isProven(parcel: Parcel): boolean {
  return isSuspect(parcel) && parcel.failures >= LEAST_FAILURES && parcel.checks >= MOST_CHECKS;
}
