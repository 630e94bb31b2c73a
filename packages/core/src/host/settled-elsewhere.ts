import type { StoreReceipt } from "@cloudmarker/store-api";
import { GONE, NOTHING_COUNTED, type QueueCounts } from "../delivery/tally.ts";
import type { StoredPlace } from "../state/kept-letters.ts";
import type { LettersOptions } from "../state/open-letters.ts";
import { countIn, Settled } from "../state/settled.ts";
import type { JournalState, LaneProgress, SeqRange } from "../state/stored.ts";
import { DeadLettersOfState } from "./dead-letters.ts";
import { receiptOf } from "./receipt.ts";
import { progressIn, type RunMeta } from "./run-meta.ts";

/** Settles what is a dead letter already: a kill or a full disk can keep the journal from saying so. */
export async function withLetters(state: JournalState, letters: DeadLettersOfState): Promise<JournalState> {
  const { run, startedMs, stores } = state.meta as RunMeta;
  const found = await letters.places(run, startedMs);
  const lanes = state.lanes.map((lane) => {
    const store = stores[lane.lane];
    const own = found.filter(({ audit, store: key }) => audit === store?.audit && key === store.key);
    return own.length === 0 ? lane : laneWith(lane, own);
  });
  return { ...state, lanes };
}

/** The same, with the dead letters of a state folder. */
export async function withKeptLetters(
  state: JournalState,
  folder: string,
  options: LettersOptions,
): Promise<JournalState> {
  const letters = new DeadLettersOfState(folder, options);
  try {
    return await withLetters(state, letters);
  } finally {
    await letters.close();
  }
}

function laneWith(lane: LaneProgress, letters: readonly StoredPlace[]): LaneProgress {
  const settled = new Settled(lane.low, lane.ranges);
  const counts = countsIn(lane);
  const reasons = new Reasons(counts);
  let deadLettered = 0;
  for (const { place, code, reason } of letters) {
    if (settled.has(place)) continue;
    settled.add(place, place + 1);
    reasons.add(code, reason, 1);
    deadLettered += 1;
  }
  if (deadLettered === 0) return lane;
  return changed(lane, settled, {
    ...counts,
    deadLettered: counts.deadLettered + deadLettered,
    reasons: reasons.all,
  });
}

/**
 * The journal of a run whose inputs are not read again: what is not settled and not there does not come any more. The
 * receipt of an earlier process says what became of it; what it does not explain is lost with the journal.
 * @param end all entries that are known have smaller numbers
 */
export function withoutMissing(state: JournalState, end: number, receipts: readonly StoreReceipt[]): JournalState {
  const { stores } = state.meta as RunMeta;
  const lanes = stores.map((store, index) => {
    const lane = progressIn(state.lanes, index);
    const receipt = receiptOf(receipts, { audit: store.audit, store: store.key });
    return withoutMissingIn(lane, missingIn(lane, state.blocks, end), receipt);
  });
  return { ...state, lanes };
}

/** All entries that are known have smaller numbers. */
export function endOf({ lanes, inputs, blocks }: Pick<JournalState, "lanes" | "inputs" | "blocks">): number {
  return Math.max(
    0,
    ...blocks.map(({ first, count }) => first + count),
    ...lanes.map(({ low, ranges }) => ranges.at(-1)?.[1] ?? low),
    ...inputs.map(({ at }) => (at as { readonly seq: number }).seq),
  );
}

/** The entries that a store has not got and that are not on disk. */
export function missingIn(
  { low, ranges }: Pick<LaneProgress, "low" | "ranges">,
  blocks: JournalState["blocks"],
  end: number,
): SeqRange[] {
  const there = new Settled(low, ranges);
  for (const { first, count } of blocks) there.add(first, first + count);
  return there.unsettled(0, end);
}

function withoutMissingIn(
  lane: LaneProgress,
  missing: readonly SeqRange[],
  receipt: StoreReceipt | undefined,
): LaneProgress {
  const records = countIn(missing);
  if (records === 0) return lane;
  const settled = new Settled(lane.low, lane.ranges);
  for (const [from, to] of missing) settled.add(from, to);
  const counts = countsIn(lane);
  const reasons = new Reasons(counts);
  const filtered = Math.min(records, Math.max(0, (receipt?.filtered ?? 0) - counts.filtered));
  const rejected = Math.min(records - filtered, Math.max(0, (receipt?.rejected ?? 0) - counts.rejected));
  const gone = records - filtered - rejected;
  let left = gone;
  for (const { code, reason, count } of receipt?.reasons ?? []) {
    const more = Math.max(0, Math.min(left, count - reasons.countOf(code)));
    if (more > 0) reasons.add(code, reason, more);
    left -= more;
  }
  if (left > 0) reasons.add(GONE.code, GONE.reason, left);
  const letters = Math.min(gone, Math.max(0, (receipt?.deadLettered ?? 0) - counts.deadLettered));
  return changed(lane, settled, {
    ...counts,
    filtered: counts.filtered + filtered,
    rejected: counts.rejected + rejected,
    deadLettered: counts.deadLettered + letters,
    lost: counts.lost + gone - letters,
    reasons: reasons.all,
  });
}

function countsIn({ counts }: LaneProgress): QueueCounts {
  return (counts as QueueCounts | null) ?? NOTHING_COUNTED;
}

function changed(lane: LaneProgress, settled: Settled, counts: QueueCounts): LaneProgress {
  return { lane: lane.lane, low: settled.low, ranges: settled.ranges(), counts, isChanged: true };
}

/** Why records were given up, by code. */
class Reasons {
  readonly #byCode: Map<string, QueueCounts["reasons"][number]>;

  constructor({ reasons }: QueueCounts) {
    this.#byCode = new Map(reasons.map((one) => [one.code, one]));
  }

  get all(): QueueCounts["reasons"] {
    return [...this.#byCode.values()];
  }

  countOf(code: string): number {
    return this.#byCode.get(code)?.count ?? 0;
  }

  add(code: string, reason: string, records: number): void {
    const { reason: told = reason } = this.#byCode.get(code) ?? {};
    this.#byCode.set(code, { code, reason: told, count: this.countOf(code) + records });
  }
}
