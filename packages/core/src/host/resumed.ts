import type { QueueCounts } from "../delivery/tally.ts";
import { RECEIVED } from "../state/journal.ts";
import { Settled } from "../state/settled.ts";
import type { InputProgress, JournalSize, JournalState, LaneProgress, SeqRange } from "../state/stored.ts";
import type { InputPosition, ReadsOn } from "./options.ts";
import type { IntakeCounts } from "./receipt.ts";
import type { RunMeta } from "./run-meta.ts";

/** A mark of an input, as the journal has it. */
interface Mark {
  /** Number of the entry that came next. */
  readonly seq: number;
  /** As the program told it. */
  readonly at?: Readonly<Record<string, unknown>>;
  readonly counts: IntakeCounts;
}

const NOTHING_SETTLED = { low: 0, ranges: [], counts: null };

const NOTHING_RECEIVED: IntakeCounts = { received: 0, filtered: 0, rejected: 0, rejections: [] };

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
    const ends = [
      ...blocks.map(({ first, count }) => first + count),
      ...lanes.map(({ low, ranges }) => ranges.at(-1)?.[1] ?? low),
      ...marks.map(({ seq }) => seq),
    ];
    this.end = Math.max(0, ...ends);
    this.rereads = rereads;
    this.isLater = readsOn === "later";
    const last = lastOf(rereads ? (fromStart ? [] : read) : marks);
    const known = last?.counts ?? NOTHING_RECEIVED;
    this.next = rereads ? (last?.seq ?? 0) : this.end;
    // What came in after the last mark and is known was received as well.
    this.counts = { ...known, received: known.received + this.next - (last?.seq ?? 0) };
  }

  /**
   * @param readsOn asks whether the program reads its inputs on
   * @param isAgain whether a store, or one without a lane, gets the inputs from their beginning if they are read on
   * @param earlier what an earlier process had told: some of it may not have been on disk, and comes again if the
   * inputs are read on
   */
  static async of(
    state: JournalState,
    readsOn: (inputs: readonly InputPosition[]) => Promise<ReadsOn>,
    isAgain: (lane: number | undefined) => boolean,
    earlier?: InputProgress,
  ): Promise<Resumed> {
    const { end, ...meta } = state.meta as RunMeta;
    // What is gone of a damaged journal is still in the inputs.
    const isDamaged = state.damage.length + state.gone.length > 0;
    if (end === undefined || isDamaged) {
      const lanes = state.lanes.map((one) => (isAgain(one.lane) ? { lane: one.lane, ...NOTHING_SETTLED } : one));
      const asked = new Resumed(
        { ...state, meta, lanes },
        true,
        isDamaged || isAgain(undefined) || state.lanes.some(({ lane }) => isAgain(lane)),
      );
      const answer = await readsOn(asked.inputs);
      if (answer === true) return asked;
      return new Resumed(withMark(state, earlier), answer, false);
    }
    return new Resumed(withMark(state, earlier), false, false);
  }

  /** Whether an entry is on disk, or settled in every lane. */
  isKnown(seq: number): boolean {
    return this.#inBlocks.has(seq) || this.#settled.every((lane) => lane.has(seq));
  }

  /** How many of these entries were not on disk. */
  missing(ranges: readonly SeqRange[]): number {
    const gaps = ranges.flatMap(([from, to]) => this.#inBlocks.unsettled(from, Math.min(to, this.end)));
    return gaps.reduce((sum, [from, to]) => sum + to - from, 0);
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
    const base = counts ?? NOTHING_COUNTED;
    return { ...base, accepted: this.next };
  }
}

const NOTHING_COUNTED: QueueCounts = {
  accepted: 0,
  written: 0,
  duplicate: 0,
  deadLettered: 0,
  lost: 0,
  diverted: 0,
  batches: 0,
  retries: 0,
  bytes: 0,
  reasons: [],
};

function withMark(state: JournalState, mark: InputProgress | undefined): JournalState {
  return mark ? { ...state, inputs: [mark, ...state.inputs] } : state;
}

function lastOf(marks: readonly Mark[]): Mark | undefined {
  return marks.toSorted((a, b) => a.seq - b.seq).at(-1);
}
