import type { Receipt, StoreReceipt } from "@cloudmarker/store-api";
import type { LaneProgress } from "../state/stored.ts";
import type { Completeness, IntakeCounts } from "./receipt.ts";

/** A store of a run, as its journal names it. */
export interface KeptStore {
  readonly audit: string;
  readonly key: string;
  readonly plugin: string;
  /** Its `com.target_class`. */
  readonly className: string;
  /** What the ids of its records are made of. */
  readonly idPointers: readonly string[];
  /** Keys of the listed taps through which its records go; absent where there are none. */
  readonly taps?: readonly string[];
}

/** Number of the lane of a store; -1 where it has none. */
export function laneOf(stores: readonly KeptStore[], { audit, key }: Pick<KeptStore, "audit" | "key">): number {
  return stores.findIndex((one) => one.audit === audit && one.key === key);
}

/** What a store has of its lane: nothing, where the journal does not say. */
export function progressIn(lanes: readonly LaneProgress[], lane: number): LaneProgress {
  return lanes.find((one) => one.lane === lane) ?? { lane, low: 0, ranges: [], counts: null };
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

/** What is known of an earlier process of a run. */
export interface Before {
  /** Undefined if it was killed. */
  readonly receipt: Receipt | undefined;
  /** What it had received; undefined if it was killed. */
  readonly counts: IntakeCounts | undefined;
  /** The run has a journal, which counts for the stores that it keeps records for. */
  readonly hasJournal: boolean;
  /** It was killed while records came in: what it did last is not in the journal. */
  readonly isKilled: boolean;
}

/** When a run began: ISO 8601, UTC. */
export function startOf({ startedMs }: Pick<RunMeta, "startedMs">): string {
  return new Date(startedMs).toISOString();
}

/** How the intake of a run ended. */
export interface EndOfIntake extends Completeness {
  /** Of all stores. */
  readonly receipts: readonly StoreReceipt[];
  /** What had come in; absent in a journal of an earlier version. */
  readonly counts?: IntakeCounts;
}
