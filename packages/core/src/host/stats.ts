import type { Receipt, StoreName, StoreReceipt } from "@cloudmarker/store-api";

type Counts = "accepted" | "written" | "duplicate" | "deadLettered" | "lost" | "spooled" | "problem";

/** How far one store is. `accepted = written + duplicate + deadLettered + lost + queued`. */
export interface StoreStats extends StoreName, Pick<StoreReceipt, Counts> {
  /** Records that are accepted and not settled: they wait, or are being sent. */
  readonly queued: number;
  /** The queued records of which an attempt failed. */
  readonly retrying: number;
}

/** How far a run is. */
export interface HostStats extends Pick<Receipt, "received" | "filtered" | "rejected"> {
  /** In the order of the configuration; none before the host is open. */
  readonly stores: readonly StoreStats[];
}
