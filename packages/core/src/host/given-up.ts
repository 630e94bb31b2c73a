import { countIn } from "../state/settled.ts";
import type { JournalState } from "../state/stored.ts";
import { NOTHING_COUNTED, type QueueCounts } from "../delivery/tally.ts";
import type { KeptReceipt } from "./receipt-files.ts";
import { withReceipts } from "./resumed.ts";
import { receiptOf } from "./receipt.ts";
import { ownReceiptsOf } from "./lost-journal.ts";
import { laneOf, progressIn, type RunMeta } from "./run-meta.ts";
import { endOf, missingIn } from "./settled-elsewhere.ts";

/** What a store has yet to get. */
export interface Leftover {
  readonly audit: string;
  /** Key of the store. */
  readonly store: string;
  readonly records: number;
}

/**
 * What the stores of a run that is left have accepted and have not got, and what is not in its journal: it is in the
 * inputs alone, or nowhere. Without what the receipt of an earlier process counts as lost.
 * @param journal its state, with its dead letters settled; undefined where there is none
 */
export function missingFor(journal: JournalState | undefined, earlier: KeptReceipt | undefined): Leftover[] {
  const receipts = ownReceiptsOf(earlier);
  const known = journal && withReceipts(journal, earlier);
  const { stores } = (known?.meta ?? { stores: [] }) as Pick<RunMeta, "stores">;
  const beside = receipts
    .filter(({ audit, store: key }) => laneOf(stores, { audit, key }) === -1)
    .map(({ audit, store, spooled }) => ({ audit, store, records: spooled }));
  const inLanes = stores.map(({ audit, key: store }, index) => {
    const lane = progressIn(known?.lanes ?? [], index);
    const missing = known ? countIn(missingIn(lane, known.blocks, endOf(known))) : 0;
    const counted = (lane.counts as QueueCounts | null) ?? NOTHING_COUNTED;
    const told = receiptOf(receipts, { audit, store }) ?? NOTHING_COUNTED;
    const explained = givenUpIn(told) - givenUpIn(counted);
    return { audit, store, records: missing - Math.max(0, explained) };
  });
  return [...inLanes, ...beside].filter(({ records }) => records > 0);
}

/** What of the counts comes no more: it is given up, or taps of the store let it not through. */
function givenUpIn({ lost, deadLettered, filtered, rejected }: QueueCounts): number {
  return lost + deadLettered + filtered + rejected;
}
