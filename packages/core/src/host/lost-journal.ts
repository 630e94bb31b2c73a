import type { Receipt, StoreReceipt } from "@cloudmarker/store-api";
import { countsOf, GONE } from "../delivery/tally.ts";
import { RECEIVED } from "../state/journal.ts";
import type { InputProgress, JournalState } from "../state/stored.ts";
import { receiptOf } from "./receipt.ts";
import type { KeptReceipt } from "./receipt-files.ts";
import { laneOf, type RunMeta } from "./run-meta.ts";

/** What came in, and what the stores accepted of it. */
type Came = Pick<Receipt, "received" | "filtered" | "rejected" | "rejections" | "stores">;

/** How many records an earlier process had kept for the stores. */
export function keptBefore(earlier: KeptReceipt | undefined): number {
  return earlier?.receipt.stores.reduce((sum, { spooled }) => sum + spooled, 0) ?? 0;
}

/**
 * The run whose journal is gone, and whose inputs cannot be read again: what had been kept is lost, and the receipt of
 * the earlier process says what became of the rest.
 */
export function stateOfLost(state: JournalState, { receipt }: KeptReceipt): JournalState {
  const { complete, incompleteReason } = receipt;
  const receipts = receipt.stores.map(withoutRest);
  const end = { complete, ...(incompleteReason !== undefined && { incompleteReason }), receipts };
  const meta = { ...(state.meta as RunMeta), end } satisfies RunMeta;
  const lanes = meta.stores.map(({ audit, key }, lane) => {
    const found = receiptOf(receipts, { audit, store: key });
    return { lane, low: found?.accepted ?? 0, ranges: [], counts: found ? countsOf(found) : null };
  });
  return { ...state, meta, lanes, inputs: [receivedBy(receipt, meta)] };
}

/** What was kept is lost. */
function withoutRest(receipt: StoreReceipt): StoreReceipt {
  const { readAgain: _readAgain, ...store } = receipt;
  const { spooled, lost, reasons } = store;
  const gone = { ...GONE, count: spooled };
  return { ...store, spooled: 0, lost: lost + spooled, reasons: spooled > 0 ? [...reasons, gone] : reasons };
}

/** What had come in by the end of an earlier process, as its receipt says. */
export function receivedBy({ received, filtered, rejected, rejections, stores }: Came, meta: RunMeta): InputProgress {
  const kept = stores.filter(({ audit, store }) => laneOf(meta.stores, { audit, key: store }) !== -1);
  const seq = Math.max(0, ...kept.map(({ accepted }) => accepted));
  return { input: RECEIVED, at: { seq, counts: { received, filtered, rejected, rejections } } };
}
