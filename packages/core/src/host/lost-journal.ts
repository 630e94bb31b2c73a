import type { StoreReceipt } from "@cloudmarker/store-api";
import { ALL_ACCEPTED, countsOf, GONE, type NotAccepted, type QueueCounts } from "../delivery/tally.ts";
import { RECEIVED } from "../state/journal.ts";
import type { InputProgress, JournalState } from "../state/stored.ts";
import { beforeStores, type IntakeCounts, receiptOf } from "./receipt.ts";
import type { KeptReceipt } from "./receipt-files.ts";
import { laneOf, progressIn, type RunMeta } from "./run-meta.ts";

/** How many records an earlier process had kept for the stores. */
export function keptBefore(earlier: KeptReceipt | undefined): number {
  return earlier?.receipt.stores.reduce((sum, { spooled }) => sum + spooled, 0) ?? 0;
}

/**
 * The run whose journal is gone, and whose inputs cannot be read again: what had been kept is lost, and the receipt of
 * the earlier process says what became of the rest.
 */
export function stateOfLost(state: JournalState, kept: KeptReceipt): JournalState {
  const { receipt } = kept;
  const { complete, incompleteReason } = receipt;
  const receipts = receipt.stores.map(withoutRest);
  const end = { complete, ...(incompleteReason !== undefined && { incompleteReason }), receipts };
  const meta = { ...(state.meta as RunMeta), end } satisfies RunMeta;
  const came = countedBy(kept);
  const before = beforeStores(came);
  const lanes = meta.stores.map(({ audit, key }, lane) => {
    const found = receiptOf(receipts, { audit, store: key });
    if (!found) return progressIn([], lane);
    const counts = countsOf(found, before);
    return { lane, low: numbersOf(counts), ranges: [], counts };
  });
  return { ...state, meta, lanes, inputs: [receivedBy(came, receipts, meta)] };
}

/** What was kept is lost. */
function withoutRest(receipt: StoreReceipt): StoreReceipt {
  const { readAgain: _readAgain, ...store } = receipt;
  const { spooled, lost, reasons } = store;
  const gone = { ...GONE, count: spooled };
  return { ...store, spooled: 0, lost: lost + spooled, reasons: spooled > 0 ? [...reasons, gone] : reasons };
}

/** What had come in by the end of an earlier process, as its receipt says. */
export function receivedBy(
  counts: IntakeCounts,
  receipts: readonly StoreReceipt[],
  { stores }: Pick<RunMeta, "stores">,
): InputProgress {
  const before = beforeStores(counts);
  const kept = receipts.filter(({ audit, store }) => laneOf(stores, { audit, key: store }) !== -1);
  const seq = Math.max(0, ...kept.map((one) => numbersOf(countsOf(one, before))));
  return { input: RECEIVED, at: { seq, counts } };
}

/** What an earlier process had received. */
export function countedBy({ receipt, byStores = ALL_ACCEPTED }: KeptReceipt): IntakeCounts {
  const { received, filtered, rejected, rejections } = receipt;
  return { received, filtered, rejected, rejections: [...rejections], byStores };
}

/** Receipts of stores, without what did not come as far as their taps. @param counts what the run had received */
export function ownReceipts(
  receipts: readonly StoreReceipt[],
  counts: NotAccepted & Partial<Pick<IntakeCounts, "byStores">> = ALL_ACCEPTED,
): StoreReceipt[] {
  const before = beforeStores({ byStores: ALL_ACCEPTED, ...counts });
  return receipts.map((one) => ({ ...one, ...countsOf(one, before) }));
}

/** The same, of what an earlier process has left. */
export function ownReceiptsOf(earlier: KeptReceipt | undefined): StoreReceipt[] {
  return earlier ? ownReceipts(earlier.receipt.stores, countedBy(earlier)) : [];
}

/** How many numbers the records that came as far as a store had. */
function numbersOf({ accepted, filtered, rejected }: QueueCounts): number {
  return accepted + filtered + rejected;
}
