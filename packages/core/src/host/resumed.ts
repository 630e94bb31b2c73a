import type { Receipt } from "@cloudmarker/store-api";
import { NOTHING_COUNTED, type QueueCounts } from "../delivery/tally.ts";
import { RECEIVED } from "../state/journal.ts";
import { countIn, Settled } from "../state/settled.ts";
import type { JournalSize, JournalState, LaneProgress, SeqRange } from "../state/stored.ts";
import type { InputPosition, ReadsOn } from "./options.ts";
import { type IntakeCounts, nothingReceived } from "./receipt.ts";
import { countedBy, ownReceipts, ownReceiptsOf, receivedBy } from "./lost-journal.ts";
import type { KeptReceipt } from "./receipt-files.ts";
import { type EndOfIntake, progressIn, type RunMeta } from "./run-meta.ts";
import { endOf, withoutMissing } from "./settled-elsewhere.ts";

/** A mark of an input, as the journal has it. */
interface Mark {
  /** Number of the entry that came next. */
  readonly seq: number;
  /** As the program told it. */
  readonly at?: Readonly<Record<string, unknown>>;
  readonly counts: IntakeCounts;
}

/** What an earlier process of a run has left. */
export class Resumed {
  readonly meta: RunMeta;
  readonly lanes: readonly LaneProgress[];
  readonly size: JournalSize;
  /** What is damaged, each as a sentence. */
  readonly damage: readonly string[];
  /** Where the inputs stood. */
  readonly inputs: readonly InputPosition[];
  /** All entries that are known have smaller numbers. */
  readonly end: number;
  /** The program reads its inputs on: entries below {@link Resumed.end} may come again. */
  readonly rereads: boolean;
  /** A later process reads them on: what is missing on disk comes then. */
  readonly isLater: boolean;
  /** Number of the next entry. */
  readonly next: number;
  /** What had come in by then. */
  readonly counts: IntakeCounts;
  /** A version wrote it that gave a number only to what the taps had left. */
  readonly numbersLeft: boolean;
  readonly #inBlocks: Settled;
  readonly #settled: readonly Settled[];

  private constructor(
    { meta, lanes, size, damage, inputs, blocks }: JournalState,
    readsOn: ReadsOn,
    fromStart: boolean,
  ) {
    const rereads = readsOn === true;
    this.meta = meta as RunMeta;
    this.lanes = lanes;
    this.size = size;
    this.damage = damage;
    const marks = inputs.map(({ input, at }) => ({ input, ...(at as Mark) }));
    const read = marks.filter(({ input }) => input !== RECEIVED);
    this.inputs = fromStart ? [] : read.map(({ input, at = {} }) => ({ input, at }));
    this.#inBlocks = new Settled(
      0,
      blocks.map(({ first, count }) => [first, first + count] as const),
    );
    this.#settled = lanes.map(({ low, ranges }) => new Settled(low, ranges));
    this.end = endOf({ lanes, inputs, blocks });
    this.rereads = rereads;
    this.isLater = readsOn === "later";
    const last = lastOf(rereads ? (fromStart ? [] : read) : marks);
    const known = { ...nothingReceived(), ...last?.counts };
    this.numbersLeft = marks.some(({ counts }) => !("byStores" in counts));
    this.next = rereads ? (last?.seq ?? 0) : this.end;
    // What came in after the last mark and is known was received as well.
    this.counts = { ...known, received: known.received + this.next - (last?.seq ?? 0) };
  }

  /**
   * @param readsOn asks whether the program reads its inputs on
   * @param isAgain whether a store, or one without a lane, gets the inputs from their beginning if they are read on
   * @param earlier the receipt that an earlier process has left: some of it may not have been on disk
   */
  static async of(
    state: JournalState,
    readsOn: (inputs: readonly InputPosition[]) => Promise<ReadsOn>,
    isAgain: (lane: number | undefined) => boolean,
    earlier?: KeptReceipt,
  ): Promise<Resumed> {
    const { end, ...meta } = state.meta as RunMeta;
    const known = withReceipts(state, earlier);
    const isOfEnd = earlier && earlier.status !== "interrupted";
    const told = end && !isOfEnd ? ownReceipts(end.receipts, end.counts) : ownReceiptsOf(earlier);
    // What is gone of a damaged journal is still in the inputs.
    const isDamaged = state.damage.length + state.gone.length > 0;
    let answer: ReadsOn = false;
    if ((known.meta as RunMeta).end === undefined || isDamaged) {
      const lanes = state.lanes.map((one) => (isAgain(one.lane) ? progressIn([], one.lane) : one));
      const asked = new Resumed(
        { ...state, meta, lanes },
        true,
        isDamaged || isAgain(undefined) || state.lanes.some(({ lane }) => isAgain(lane)),
      );
      answer = await readsOn(asked.inputs);
      if (answer === true) return asked;
    }
    return new Resumed(answer === "later" ? known : withoutMissing(known, endOf(known), told), answer, false);
  }

  /** Whether an entry is on disk, or settled in every lane. */
  isKnown(seq: number): boolean {
    return this.#inBlocks.has(seq) || this.#settled.every((lane) => lane.has(seq));
  }

  /** How many of these entries were not on disk. */
  missing(ranges: readonly SeqRange[]): number {
    return countIn(this.missingIn(ranges));
  }

  /** Those of these entries that were not on disk. */
  missingIn(ranges: readonly SeqRange[]): SeqRange[] {
    return ranges.flatMap(([from, to]) => this.#inBlocks.unsettled(from, Math.min(to, this.end)));
  }

  /** Whether it is known what became of an entry for a store: it is settled, or on disk for it. */
  isDecided(lane: number, seq: number): boolean {
    return seq < this.end && (this.#inBlocks.has(seq) || this.#settled[lane]?.has(seq) === true);
  }

  /** How many known records a store has yet to get. */
  leftFor(lane: number): number {
    return this.end - (this.#settled[lane]?.count ?? 0);
  }

  /** What each store has yet to get. */
  get left(): { audit: string; store: string; records: number }[] {
    return this.meta.stores.flatMap(({ audit, key }, lane) => {
      const records = this.leftFor(lane);
      return records > 0 ? [{ audit, store: key, records }] : [];
    });
  }

  /** What was counted for a store. */
  countsOf(lane: number): QueueCounts | undefined {
    const counts = this.lanes[lane]?.counts as QueueCounts | null | undefined;
    const base = { ...NOTHING_COUNTED, ...counts };
    // What the store's taps dropped behind `next` is taken off here, and counted when it is read again.
    return { ...base, accepted: this.next - base.filtered - base.rejected };
  }
}

/**
 * What the end of an earlier process says and the rest of the journal may not: it had no room. Where not even its end
 * had room, the receipt says it.
 */
export function withReceipts(state: JournalState, earlier: KeptReceipt | undefined): JournalState {
  const { end, ...meta } = state.meta as RunMeta;
  const ended = end ?? (earlier && earlier.status !== "interrupted" ? endIn(earlier.receipt) : undefined);
  const came = [
    ...(earlier ? [receivedBy(countedBy(earlier), earlier.receipt.stores, meta)] : []),
    ...(ended?.counts ? [receivedBy({ ...nothingReceived(), ...ended.counts }, ended.receipts, meta)] : []),
  ];
  return { ...state, inputs: [...came, ...state.inputs], meta: ended ? { ...meta, end: ended } : meta };
}

function endIn({ complete, incompleteReason, stores }: Receipt): EndOfIntake {
  return { complete, ...(incompleteReason !== undefined && { incompleteReason }), receipts: stores };
}

function lastOf(marks: readonly Mark[]): Mark | undefined {
  return marks.toSorted((a, b) => a.seq - b.seq || a.counts.received - b.counts.received).at(-1);
}
