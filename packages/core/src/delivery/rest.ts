import type { StoreRecord } from "@cloudmarker/store-api";
import { type Parcel, placeOf, sumBytes } from "./parcel.ts";

/** Most that one batch may hold. */
export interface BatchLimits {
  readonly batchRecords: number;
  readonly batchBytes: number;
}

/**
 * A rest came back. While the store acknowledges other records, the rest need not wait longer each time: only failures without any
 * acknowledgement between them count.
 * @param answers attempts so far of which something was acknowledged
 */
export function countIdle(rest: Parcel, answers: number): void {
  rest.idle = answers > rest.answers ? 1 : rest.idle + 1;
  rest.answers = answers;
}

/**
 * Puts rests that have the same history into one batch: what it inherits is then true for each of its records. A rest that is suspected of anything
 * is sent by itself.
 * @param first is in it
 * @param others in any order; those that do not fit are left out
 * @returns the rests that go together; `first` alone where there is no other
 */
export function restsToJoin(first: Parcel, others: readonly Parcel[], limits: BatchLimits): readonly Parcel[] {
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
export function join(rests: readonly Parcel[]): Parcel | undefined {
  const [first] = rests;
  if (!first || rests.length === 1) return first;
  const entries = rests.flatMap(entriesOf).toSorted((a, b) => a.place - b.place);
  const records = entries.map(({ record }) => record);
  const places = entries.map(({ place }) => place);
  return {
    ...first,
    records,
    bytes: sumBytes(records),
    places,
    from: places[0] ?? first.from,
    lineage: { isAlone: false },
    since: Math.max(...rests.map(({ since }) => since)),
    answers: Math.max(...rests.map(({ answers }) => answers)),
  };
}

/** Nothing is known against it: the last answer explained itself, and no attempt before it failed without an explanation. */
function isPlainRest({ partial, lineage, failed, failures, doubts, invalid }: Parcel): boolean {
  const isClear = failed === undefined && failures === 0 && doubts === 0 && invalid === 0;
  return partial && isClear && !lineage.isAlone;
}

function hasSameHistory(a: Parcel, b: Parcel): boolean {
  return (
    a.checkpoint === b.checkpoint &&
    a.attempts === b.attempts &&
    a.idle === b.idle &&
    a.inDoubt === b.inDoubt &&
    a.cause?.status === b.cause?.status &&
    a.cause?.code === b.cause?.code
  );
}

function entriesOf(rest: Parcel): { readonly record: StoreRecord; readonly place: number }[] {
  return rest.records.map((record, index) => ({ record, place: placeOf(rest, index) }));
}
