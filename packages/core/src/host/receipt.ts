import type { Receipt, StoreReceipt } from "@cloudmarker/store-api";
import type { NotAccepted } from "../delivery/tally.ts";

/** What the host counted before the stores. */
export interface IntakeCounts {
  received: number;
  filtered: number;
  rejected: number;
  readonly rejections: string[];
  /** Those of them that taps of all stores dropped or refused: the stores count them as well. */
  readonly byStores: NotAccepted;
}

/** The counts before anything came in. */
export function nothingReceived(): IntakeCounts {
  return { received: 0, filtered: 0, rejected: 0, rejections: [], byStores: { filtered: 0, rejected: 0 } };
}

/** A copy that stays as it is. `structuredClone` takes ten times as long, and inputs tell their position often. */
export function copyOf({ rejections, byStores, ...counts }: IntakeCounts): IntakeCounts {
  return { ...counts, rejections: [...rejections], byStores: { ...byStores } };
}

/** Whether the producers came to their end, and why not. */
export type Completeness = Pick<Receipt, "complete" | "incompleteReason">;

/** Makes the balance sheet of a run out of its parts. */
export function makeReceipt(
  run: string,
  startedMs: number,
  endedMs: number,
  { received, filtered, rejected, rejections }: Omit<IntakeCounts, "byStores">,
  end: Completeness,
  stores: readonly StoreReceipt[],
): Receipt {
  return {
    run,
    started: new Date(startedMs).toISOString(),
    ended: new Date(endedMs).toISOString(),
    ok: end.complete && rejected === 0 && stores.every(isClean),
    ...end,
    received,
    filtered,
    rejected,
    rejections,
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
  return store.rejected === 0 && store.accepted === store.written + store.duplicate && store.problem === undefined;
}

/** What of the counts no store has counted: it did not come as far as their taps. */
export function beforeStores({
  filtered,
  rejected,
  byStores,
}: NotAccepted & Pick<IntakeCounts, "byStores">): NotAccepted {
  return { filtered: filtered - byStores.filtered, rejected: rejected - byStores.rejected };
}
