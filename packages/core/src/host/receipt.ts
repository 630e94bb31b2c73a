import type { Receipt, StoreReceipt } from "@cloudmarker/store-api";

/** What the host counted before the stores. */
export interface IntakeCounts {
  received: number;
  filtered: number;
  rejected: number;
  readonly rejections: string[];
}

/** Whether the producers came to their end, and why not. */
export type Completeness = Pick<Receipt, "complete" | "incompleteReason">;

/** Makes the balance sheet of a run out of its parts. */
export function makeReceipt(
  run: string,
  startedMs: number,
  endedMs: number,
  intake: IntakeCounts,
  end: Completeness,
  stores: readonly StoreReceipt[],
): Receipt {
  return {
    run,
    started: new Date(startedMs).toISOString(),
    ended: new Date(endedMs).toISOString(),
    ok: end.complete && intake.rejected === 0 && stores.every(isClean),
    ...end,
    ...intake,
    stores,
  };
}

/** The receipt of a store; undefined if it is not among them. */
export function receiptOf(
  receipts: readonly StoreReceipt[],
  { audit, store }: Pick<StoreReceipt, "audit" | "store">,
): StoreReceipt | undefined {
  return receipts.find((one) => one.audit === audit && one.store === store);
}

/** Everything that the store accepted is where it belongs, and the store itself is well. */
function isClean(store: StoreReceipt): boolean {
  return store.accepted === store.written + store.duplicate && store.problem === undefined;
}
