import type { StoreReceipt } from "@cloudmarker/store-api";
import type { Completeness } from "./receipt.ts";

/** A store of a run, as its journal names it. */
export interface KeptStore {
  readonly audit: string;
  readonly key: string;
  readonly plugin: string;
  /** Its `com.target_class`. */
  readonly className: string;
  /** What the ids of its records are made of. */
  readonly idPointers: readonly string[];
}

/** Number of the lane of a store; -1 where it has none. */
export function laneOf(stores: readonly KeptStore[], { audit, key }: Pick<KeptStore, "audit" | "key">): number {
  return stores.findIndex((one) => one.audit === audit && one.key === key);
}

/** What the journal of a run says about it. */
export interface RunMeta {
  readonly run: string;
  readonly startedMs: number;
  readonly audits: readonly string[];
  /** Those that the journal keeps records for, in the order of its lanes. */
  readonly stores: readonly KeptStore[];
  /** {@link HostOptions.about} */
  readonly about: Readonly<Record<string, unknown>>;
  /** Present once nothing more comes in. */
  readonly end?: EndOfIntake;
}

/** How the intake of a run ended. */
export interface EndOfIntake extends Completeness {
  /** Of all stores. */
  readonly receipts: readonly StoreReceipt[];
}
