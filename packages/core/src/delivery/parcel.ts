import type { OutcomeStatus, StoreRecord } from "@cloudmarker/store-api";
import type { Checkpoint } from "./checkpoints.ts";

/** Why records were not written. */
export interface Cause {
  /** Status that is reported; what a batch failed of without saying why counts as `unknown`. */
  readonly status: OutcomeStatus;
  readonly code: string;
  readonly reason: string;
  /** The server's wish in milliseconds, 0 where there is none. */
  readonly retryAfterMs: number;
}

/** What all parts of a batch have in common. */
export interface Lineage {
  /** It failed together with others: whichever did it, it is sent with nothing else under way, so that it can only harm itself. */
  isAlone: boolean;
}

/** What is known against the records of a batch. */
export type Evidence = Pick<Parcel, "failures" | "doubts" | "since" | "convicted" | "checks">;

/** A failure without an explanation. */
export interface Failed {
  readonly lineage: Lineage;
  /** In milliseconds of the clock. */
  readonly at: number;
  /** Number of the last attempt that had begun by then. */
  readonly begun: number;
  /** What was known before it. */
  readonly before: Evidence;
}

/** A closed batch on its way: what is left of it, and what it went through. Rests become one batch only where they went through the same. */
export interface Parcel {
  records: readonly StoreRecord[];
  bytes: number;
  /** Number of its first record in the order of acceptance. */
  from: number;
  /** The numbers of all of its records, of a rest; of any other batch they follow {@link Parcel.from}. */
  places: readonly number[] | undefined;
  readonly checkpoint: Checkpoint;
  readonly lineage: Lineage;
  /** Attempts so far; halves inherit them. */
  attempts: number;
  /** Its last failure without an explanation; halves inherit it. */
  failed: Failed | undefined;
  /** Of its last attempt, counting all of the lane. */
  number: number;
  /** Failures that nobody could explain; halves inherit them. */
  failures: number;
  /** Of those, the ones at the present size. */
  tries: number;
  /** Times that nobody knew what became of it although the store wrote others meanwhile; halves inherit them. */
  doubts: number;
  /** Answers in a row that made no sense; halves inherit them. */
  invalid: number;
  /** Number of the last attempt that had begun when it failed without an explanation; -1 before. Later ones can show that the store works. */
  since: number;
  /** When its present attempt began, the store had acknowledged something of an attempt after {@link Parcel.since}. */
  worked: boolean;
  /** It failed alone although the store had worked since it failed before. */
  convicted: boolean;
  /** Times in a row that the store was well right after it had failed alone; see {@link MOST_CHECKS}. */
  checks: number;
  /** A rest: some of its records are settled. That it fails whole now says nothing about the store. */
  partial: boolean;
  /** Failures of a rest in a row, since the store last acknowledged something between two of them; halves inherit them. */
  idle: number;
  /** {@link Progress.answers} at the last of these. */
  answers: number;
  /** May be sent; otherwise `timer` makes it so at `readyAt`. */
  ready: boolean;
  readyAt: number;
  timer: unknown;
  /** The server or a tap asked for a wait until then, so nothing cuts it shorter. */
  askedUntil: number;
  cause: Cause | undefined;
  /** Nobody knows whether the store has it since an earlier attempt; halves inherit that. */
  inDoubt: boolean;
}

/** A parcel that was never sent. */
export function makeParcel(
  records: readonly StoreRecord[],
  bytes: number,
  from: number,
  checkpoint: Checkpoint,
): Parcel {
  return {
    records,
    bytes,
    from,
    places: undefined,
    checkpoint,
    lineage: { isAlone: false },
    attempts: 0,
    failed: undefined,
    number: 0,
    failures: 0,
    tries: 0,
    doubts: 0,
    invalid: 0,
    since: -1,
    worked: false,
    convicted: false,
    checks: 0,
    partial: false,
    idle: 0,
    answers: 0,
    ready: true,
    readyAt: 0,
    timer: undefined,
    askedUntil: -Infinity,
    cause: undefined,
    inDoubt: false,
  };
}

/** Two halves, in order, each with the history of the whole. */
export function halve(parcel: Parcel): [Parcel, Parcel] {
  const middle = parcel.records.length >> 1;
  return [part(parcel, 0, middle), part(parcel, middle, parcel.records.length)];
}

function part(parcel: Parcel, from: number, to: number): Parcel {
  const records = parcel.records.slice(from, to);
  const places = parcel.places?.slice(from, to);
  return { ...parcel, records, bytes: sumBytes(records), from: placeOf(parcel, from), places, tries: 0 };
}

/** Leaves only the records at these indexes in a batch, which are in order. */
export function keepOnly(parcel: Parcel, indexes: readonly number[]): void {
  if (indexes.length === parcel.records.length) return;
  const records: StoreRecord[] = [];
  const places: number[] = [];
  for (const index of indexes) {
    const record = parcel.records[index];
    if (record === undefined) continue;
    records.push(record);
    places.push(placeOf(parcel, index));
  }
  parcel.from = places[0] ?? parcel.from;
  parcel.places = places;
  parcel.records = records;
  parcel.bytes = sumBytes(records);
}

/** Number of the record at an index, in the order of acceptance. */
export function placeOf({ from, places }: Parcel, index: number): number {
  return places?.[index] ?? from + index;
}

/** UTF-8 bytes of records. */
export function sumBytes(records: readonly StoreRecord[]): number {
  let sum = 0;
  for (const record of records) sum += record.bytes;
  return sum;
}
