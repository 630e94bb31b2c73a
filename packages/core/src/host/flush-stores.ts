import { errorOf } from "../errors/error-of.ts";
import type { OpenRun } from "./open-run.ts";

/**
 * Resolves when everything that was accepted before is settled in every store and durable, or in the journal.
 * @throws the error of the store that did not flush; of several, CloudmarkerError STORE_FLUSH_FAILED
 */
export async function flushStores({ stores, spool }: OpenRun): Promise<void> {
  const kept = stores.filter((store) => store.kept);
  const others = stores.filter((store) => !store.kept);
  const delivering = allOf(
    kept.map(async ({ feed, queue }) => {
      await feed.caughtUp();
      await queue.flush();
    }),
  );
  await allOf([
    ...others.map(({ queue }) => queue.flush()),
    spool ? either(spool.journal.commit(), delivering) : delivering,
  ]);
}

/** Whichever succeeds first; where the journal cannot be written, only the stores can make it safe. */
async function either(saved: Promise<void>, delivered: Promise<void>): Promise<void> {
  await Promise.any([saved, delivered]).catch(() => delivered);
}

async function allOf(flushing: readonly Promise<unknown>[]): Promise<void> {
  const settled = await Promise.allSettled(flushing);
  const errors = settled.filter((one) => one.status === "rejected").map((one) => one.reason);
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) {
    const cause = new AggregateError(errors, "Several stores did not flush.");
    throw errorOf("STORE_FLUSH_FAILED", "several", { errors }, { cause });
  }
}
