import type { StoreRecord } from "@cloudmarker/store-api";
import type { Checkpoint } from "./checkpoints.ts";
import type { SeqRange } from "../state/stored.ts";
import { type History, NEVER_SENT, split } from "./history.ts";

/** Records that are sent together. A value: what becomes of them makes new ones. */
export interface QueuedBatch {
  readonly records: readonly StoreRecord[];
  readonly bytes: number;
  /** Number of its first record in the order of acceptance. */
  readonly from: number;
  /** The numbers of all records where they are not in a row from {@link QueuedBatch.from} on, as those of a rest. */
  readonly places: readonly number[] | undefined;
  readonly checkpoint: Checkpoint;
  readonly history: History;
}

/** A batch that was never sent. */
export function makeBatch(
  records: readonly StoreRecord[],
  bytes: number,
  from: number,
  checkpoint: Checkpoint,
  places?: readonly number[],
): QueuedBatch {
  return { records, bytes, from, places, checkpoint, history: NEVER_SENT };
}

/** The same batch, with what is known of it now. */
export function withHistory(batch: QueuedBatch, history: History): QueuedBatch {
  return { ...batch, history };
}

/** Two halves, in order, each with the history of the whole. */
export function halve(batch: QueuedBatch): [QueuedBatch, QueuedBatch] {
  const middle = batch.records.length >> 1;
  return [part(batch, 0, middle), part(batch, middle, batch.records.length)];
}

function part(batch: QueuedBatch, from: number, to: number): QueuedBatch {
  const records = batch.records.slice(from, to);
  const places = batch.places?.slice(from, to);
  const history = split(batch.history);
  return { ...batch, records, bytes: sumBytes(records), from: placeOf(batch, from), places, history };
}

/** The records at these indexes, which are in order. */
export function pick(batch: QueuedBatch, indexes: readonly number[]): QueuedBatch {
  if (indexes.length === batch.records.length) return batch;
  const records: StoreRecord[] = [];
  const places: number[] = [];
  for (const index of indexes) {
    const record = batch.records[index];
    if (record === undefined) continue;
    records.push(record);
    places.push(placeOf(batch, index));
  }
  return { ...batch, records, bytes: sumBytes(records), from: places[0] ?? batch.from, places };
}

/** Number of the record at an index, in the order of acceptance. */
export function placeOf({ from, places }: QueuedBatch, index: number): number {
  return places?.[index] ?? from + index;
}

/** UTF-8 bytes of records. */
export function sumBytes(records: readonly StoreRecord[]): number {
  let sum = 0;
  for (const record of records) sum += record.bytes;
  return sum;
}

/** The numbers of the records, without those at some indexes, which are in order. */
export function rangesOf(batch: QueuedBatch, without: readonly number[]): SeqRange[] {
  const { records, places, from } = batch;
  if (!places && without.length === 0) return [[from, from + records.length]];
  const ranges: [number, number][] = [];
  let left = 0;
  for (let index = 0; index < records.length; index++) {
    if (without[left] === index) {
      left++;
      continue;
    }
    const place = placeOf(batch, index);
    const last = ranges.at(-1);
    if (last?.[1] === place) last[1]++;
    else ranges.push([place, place + 1]);
  }
  return ranges;
}
