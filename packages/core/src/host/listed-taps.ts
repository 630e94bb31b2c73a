import type { Entry } from "../records/entry.ts";
import type { LaneText } from "../state/fork.ts";
import type { StoreRun } from "./store-run.ts";
import {
  type Given,
  isRefused,
  type OtherLanes,
  type RecordTaps,
  type Refused,
  TapTree,
  type Through,
} from "./tap-tree.ts";

/** Where the records are kept, as the listed taps use it. */
export interface TapsSpool {
  /** The stores that the configuration has no more. */
  readonly others: OtherLanes;
  /** A version that gave no number to what taps drop has numbered the records that are read again now. */
  readonly numbersLeft: boolean;
  /** Whether an earlier process has decided what becomes of a record for a store. */
  isDecided(lane: number, seq: number): boolean;
}

/** What became of a record. */
export interface Passed {
  /** At least one store gets it. */
  readonly isGiven: boolean;
  /** It has a number: the stores have counted it. */
  readonly isNumbered: boolean;
  /** The taps that threw, each with the first store that it threw for. */
  readonly refused: readonly { readonly cause: unknown; readonly store: StoreRun }[];
}

/**
 * The stores of a run, some of which have taps. This module is loaded for such a run alone, and takes nothing of those
 * that are loaded always: what it needs of them is given to it.
 */
export class ListedTaps {
  readonly #stores: readonly StoreRun[];
  readonly #spool: TapsSpool | undefined;
  readonly #tree: TapTree;

  /** @param taps by store: those that tap something */
  constructor(
    stores: readonly StoreRun[],
    taps: readonly (readonly RecordTaps[])[],
    spool: TapsSpool | undefined,
    through: Through,
  ) {
    this.#stores = stores;
    this.#spool = spool;
    const tapped = stores.map(({ kept }, index) => ({ kept, taps: taps[index] ?? [] }));
    this.#tree = new TapTree(tapped, through, spool?.others);
  }

  /**
   * Passes a record through the taps to the stores. It has its number before the taps run: what they answer may be
   * another thing when the record is read again.
   * @param number numbers what is kept of it
   */
  accept(record: Entry, number: (kept: Entry | readonly LaneText[]) => number): Passed {
    const given = this.#tree.give(record);
    const own = given.slice(0, this.#stores.length);
    const isGiven = own.some((one) => one !== undefined && !isRefused(one));
    const isNumbered = isGiven || this.#spool?.numbersLeft !== true;
    if (isNumbered) {
      const seq = number(this.#tree.keptOf(given));
      for (const [index, store] of this.#stores.entries()) this.#pass(store, own[index], seq);
    }
    const refused = new Map<Refused, StoreRun>();
    for (const [index, store] of this.#stores.entries()) {
      const one = own[index];
      if (isRefused(one) && !refused.has(one)) refused.set(one, store);
    }
    return { isGiven, isNumbered, refused: Array.from(refused, ([{ cause }, store]) => ({ cause, store })) };
  }

  #pass({ feed, kept }: StoreRun, given: Given, seq: number): void {
    if (given !== undefined && !isRefused(given)) feed.accept(given, seq);
    else if (kept && this.#spool?.isDecided(kept.lane, seq) === true) feed.count();
    else feed.pass(seq, given ? "rejected" : "filtered");
  }
}
