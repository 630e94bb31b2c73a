import type { StoreRecord } from "@cloudmarker/store-api";
import { type QueuedBatch, placeOf, sumBytes } from "./batch.ts";

/** Most that one batch may hold. */
export interface BatchLimits {
  readonly batchRecords: number;
  readonly batchBytes: number;
}

/**
 * Chooses rests that have the same history for one batch: the history that it inherits is then true for each of its
 * records. A rest with a failure without an explanation is sent alone.
 * @param first is in it
 * @param others in any order; those that do not fit are left out
 * @returns the rests that go together; `first` alone if there is no other
 */
export function restsToJoin(
  first: QueuedBatch,
  others: readonly QueuedBatch[],
  limits: BatchLimits,
): readonly QueuedBatch[] {
  const rests = [first];
  if (!isPlainRest(first)) return rests;
  let records = first.records.length;
  let bytes = first.bytes;
  for (const other of others) {
    if (!isPlainRest(other) || !hasSameHistory(first, other)) continue;
    if (records + other.records.length > limits.batchRecords || bytes + other.bytes > limits.batchBytes) continue;
    records += other.records.length;
    bytes += other.bytes;
    rests.push(other);
  }
  return rests;
}

/** One batch of several rests, its records in the order in which they were accepted. */
export function join(rests: readonly QueuedBatch[]): QueuedBatch | undefined {
  const [first] = rests;
  if (!first || rests.length === 1) return first;
  const entries = rests.flatMap(entriesOf).toSorted((a, b) => a.place - b.place);
  const records = entries.map(({ record }) => record);
  const places = entries.map(({ place }) => place);
  const seen = Math.max(...rests.map(({ history }) => history.seen));
  const answers = Math.max(...rests.map(({ history }) => history.answers));
  return {
    ...first,
    records,
    bytes: sumBytes(records),
    places,
    from: places[0] ?? first.from,
    history: { ...first.history, seen, answers },
  };
}

/**
 * The last answer explained itself, and no attempt before it failed without an explanation. Halves of a rest that was
 * rejected whole are no such rests: together they would be what was rejected, and be sent again without end.
 */
function isPlainRest({ history }: QueuedBatch): boolean {
  const { isRest, isSentAlone, lastFailure, failures, doubts, invalid, cause } = history;
  const isUnexplained = isSentAlone || lastFailure !== undefined || failures + doubts + invalid > 0;
  return isRest && !isUnexplained && cause?.status !== "reject";
}

function hasSameHistory(a: QueuedBatch, b: QueuedBatch): boolean {
  return (
    a.checkpoint === b.checkpoint &&
    a.history.attempts === b.history.attempts &&
    a.history.idle === b.history.idle &&
    a.history.inDoubt === b.history.inDoubt &&
    a.history.cause?.status === b.history.cause?.status &&
    a.history.cause?.code === b.history.cause?.code
  );
}

function entriesOf(rest: QueuedBatch): { readonly record: StoreRecord; readonly place: number }[] {
  return rest.records.map((record, index) => ({ record, place: placeOf(rest, index) }));
}
