import type { OpenRun } from "./open-run.ts";
import type { DoneOptions } from "./options.ts";
import type { Completeness } from "./receipt.ts";
import type { RunParts } from "./run-parts.ts";

/** How a run is to end. */
export interface EndOptions extends DoneOptions {
  /** Whether an `end_audit` record is the last one. */
  readonly markers: boolean;
  /** Whether the inputs are read on later. */
  readonly goesOn: boolean;
}

/**
 * Waits for the producers, takes nothing more, and lets every store deliver and publish, all before the deadline.
 * The disk is hurried from the deadline on, also in what the caller does then, until it calls `disk.rest()`.
 * @returns whether the producers came to their end
 */
export async function endRun(
  { clock, disk, intake, producers }: RunParts,
  { stores, spool }: OpenRun,
  { deadlineMs, complete: told, goesOn, markers }: EndOptions,
): Promise<Completeness> {
  const longestMs = deadlineMs ?? Math.max(0, ...stores.map((store) => store.deadlineMs));
  const endMs = clock.now() + longestMs;
  await producers.ended(longestMs, clock);
  intake.close();
  if (!goesOn && told !== false && spool?.isShort === true) producers.brokeOff("fewer");
  const why = producers.close();
  const earlier = spool?.resumed?.meta.end;
  const complete = earlier?.complete ?? (told !== false && why === undefined);
  // With a journal, the next record that is read has the number that a marker would have.
  if (markers && !earlier && !goesOn) intake.marker("end_audit");
  spool?.endIntake(goesOn);
  const leftMs = Math.max(endMs - clock.now(), 0);
  // A rejected record is missing in every store, just as one that the producer did not come to.
  const end = { complete: complete && intake.counts.rejected === 0 };
  disk.hurryIn(leftMs);
  const hasDeadline = deadlineMs !== undefined;
  await Promise.all(
    stores.map((store) => store.finish(Math.min(deadlineMs ?? store.deadlineMs, leftMs), end, hasDeadline)),
  );
  await spool?.settle(goesOn);
  const reason = earlier ? earlier.incompleteReason : why;
  return { complete, ...(reason !== undefined && { incompleteReason: reason }) };
}
