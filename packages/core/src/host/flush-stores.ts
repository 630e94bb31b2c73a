import { errorOf } from "../errors/error-of.ts";
import type { StoreRun } from "./store-run.ts";

/**
 * Resolves when everything that was accepted before is settled in every store, and durable.
 * @throws the error of the store that did not flush; of several, CloudmarkerError STORE_FLUSH_FAILED
 */
export async function flushStores(stores: readonly StoreRun[]): Promise<void> {
  const settled = await Promise.allSettled(stores.map((store) => store.queue.flush()));
  const errors = settled.filter((one) => one.status === "rejected").map((one) => one.reason);
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) {
    const cause = new AggregateError(errors, "Several stores did not flush.");
    throw errorOf("STORE_FLUSH_FAILED", "several", { errors }, { cause });
  }
}
