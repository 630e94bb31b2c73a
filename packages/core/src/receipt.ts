import type { Receipt, StoreReceipt } from "@cloudmarker/store-api";

/** What the host counted before the stores. */
export interface IntakeCounts {
  received: number;
  filtered: number;
  rejected: number;
  readonly rejections: string[];
}

/** Makes the balance sheet of a run out of its parts. */
export function makeReceipt(
  run: string,
  startedMs: number,
  endedMs: number,
  intake: IntakeCounts,
  stores: readonly StoreReceipt[],
): Receipt {
  return {
    run,
    started: new Date(startedMs).toISOString(),
    ended: new Date(endedMs).toISOString(),
    ok: intake.rejected === 0 && stores.every(isClean),
    ...intake,
    stores,
  };
}

/** Everything that the store accepted is where it belongs, and the store itself is well. */
function isClean(store: StoreReceipt): boolean {
  return store.accepted === store.written + store.duplicate && store.problem === undefined;
}
