import type { RecordHooks, TapableHooks } from "../hooks.ts";
import type { Entry } from "../records/entry.ts";
import type { LaneText } from "../state/fork.ts";

/** The hooks through which the records of some stores go: those of a listed tap, or those of the store itself. */
export type RecordTaps = TapableHooks<RecordHooks>;

/** A tap threw. */
export interface Refused {
  readonly cause: unknown;
}

/** What a store gets of a record; undefined where a tap dropped it. */
export type Given = Entry | Refused | undefined;

/** Passes a record through one tap. */
export type Through = (taps: RecordTaps, entry: Entry) => Given;

export function isRefused(given: Given): given is Refused {
  return given !== undefined && "cause" in given;
}

/** A store, as the tree knows it. */
interface TappedStore {
  /** Those of its taps that tap something, in their order. */
  readonly taps: readonly RecordTaps[];
  /** Where its records are kept. */
  readonly kept: { readonly lane: number } | undefined;
}

/** The lanes of stores that are not there. */
export interface OtherLanes {
  /** Records are kept for them as they are: no taps were listed for their stores. */
  readonly whole: readonly number[];
  /** Nothing is kept for them: the taps of their stores are not there either. */
  readonly withheld: readonly number[];
}

const NO_OTHERS: OtherLanes = { whole: [], withheld: [] };

/** One tap, for the stores that have the same taps up to it. */
interface Branch {
  readonly taps: RecordTaps;
  /** Indexes of the stores that have no further tap. */
  readonly stores: number[];
  readonly branches: Branch[];
}

/**
 * The listed taps of a run. Stores whose lists begin alike share a branch: a tap runs once for them, and makes one
 * text. What a tap changes is seen by no other branch, since each tap gets a value of its own.
 */
export class TapTree {
  readonly #root: Pick<Branch, "stores" | "branches"> = { stores: [], branches: [] };
  /** By the index of the store. */
  readonly #lanes: readonly (number | undefined)[];
  readonly #given: Given[];
  /** How many lanes get nothing. */
  readonly #withheld: number;

  readonly #through: Through;

  constructor(tapped: readonly TappedStore[], through: Through, { whole, withheld }: OtherLanes = NO_OTHERS) {
    const stores = [...tapped, ...whole.map((lane) => ({ taps: [], kept: { lane } }))];
    this.#through = through;
    this.#withheld = withheld.length;
    this.#lanes = stores.map(({ kept }) => kept?.lane);
    this.#given = stores.map(() => undefined);
    for (const [index, { taps }] of stores.entries()) {
      let at = this.#root;
      for (const one of taps) {
        let branch = at.branches.find((other) => other.taps === one);
        if (!branch) at.branches.push((branch = { taps: one, stores: [], branches: [] }));
        at = branch;
      }
      at.stores.push(index);
    }
  }

  /**
   * What each store gets of a record, by the index of the store; then what the other lanes get. The list is used again
   * for the next record.
   */
  give(entry: Entry): readonly Given[] {
    this.#pass(this.#root, entry);
    return this.#given;
  }

  /** What the journal keeps of what {@link TapTree.give} gave. */
  keptOf(given: readonly Given[]): Entry | readonly LaneText[] {
    const lanes = new Map<Entry, number[]>();
    let count = this.#withheld;
    for (const [index, lane] of this.#lanes.entries()) {
      const one = given[index];
      if (lane === undefined) continue;
      count++;
      if (one === undefined || isRefused(one)) continue;
      const known = lanes.get(one);
      if (known) known.push(lane);
      else lanes.set(one, [lane]);
    }
    const [first, all] = lanes.entries().next().value ?? [];
    if (first && all?.length === count) return first;
    return Array.from(lanes, ([one, its]) => ({ entry: one, lanes: its }));
  }

  #pass({ stores, branches }: Pick<Branch, "stores" | "branches">, given: Given): void {
    for (const index of stores) this.#given[index] = given;
    for (const branch of branches)
      this.#pass(branch, given === undefined || isRefused(given) ? given : this.#through(branch.taps, given));
  }
}
