import type { StoreReceipt } from "@cloudmarker/store-api";

/** The counts of a queue for the receipt. */
export type QueueCounts = Pick<
  StoreReceipt,
  | "accepted"
  | "filtered"
  | "rejected"
  | "written"
  | "duplicate"
  | "deadLettered"
  | "lost"
  | "diverted"
  | "batches"
  | "retries"
  | "bytes"
  | "reasons"
>;

/** Records that were not accepted. */
export type NotAccepted = { -readonly [Key in "filtered" | "rejected"]: QueueCounts[Key] };

/** As a receipt has them; one of an earlier version does not say what taps of the store did. */
type KnownCounts = Omit<QueueCounts, keyof NotAccepted> & Partial<NotAccepted>;

export const ALL_ACCEPTED: Readonly<NotAccepted> = { filtered: 0, rejected: 0 };

/** The counts of a queue that was given nothing. */
export const NOTHING_COUNTED: QueueCounts = {
  accepted: 0,
  ...ALL_ACCEPTED,
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

/** Why the records of a journal are lost. */
export const GONE = {
  code: "journal_lost",
  reason: "not in the journal, or not readable there, and its input was not read again",
} as const;

/** Why a store that the configuration has no more gets nothing of what is read meanwhile. */
export const TAPS_MISSING = {
  code: "taps_missing",
  reason: "read while the store was not in the configuration, and without its taps",
} as const;

/**
 * The counts of a receipt that the queue of its store made.
 * @param before what the receipt counts, and the queue did not: it did not come as far as the taps of the store
 */
export function countsOf(store: KnownCounts, before: NotAccepted): QueueCounts {
  const { accepted, written, duplicate, deadLettered, lost, diverted, batches, retries, bytes, reasons } = store;
  const filtered = (store.filtered ?? before.filtered) - before.filtered;
  const rejected = (store.rejected ?? before.rejected) - before.rejected;
  const passed = { accepted, filtered, rejected };
  return { ...passed, written, duplicate, deadLettered, lost, diverted, batches, retries, bytes, reasons };
}

/** Codes that the receipt tells apart; what comes after them is counted under `other`. */
const MOST_CODES = 20;
/** Characters of the sample that the receipt keeps for each code. */
const LONGEST_REASON = 300;

/** The running counts of one queue. */
export class Tally {
  accepted = 0;
  /** Dropped by a tap of the store or its audit. */
  filtered = 0;
  /** Such a tap threw. */
  rejected = 0;
  written = 0;
  duplicate = 0;
  deadLettered = 0;
  lost = 0;
  diverted = 0;
  batches = 0;
  retries = 0;
  bytes = 0;
  readonly #reasons = new Map<string, { count: number; readonly reason: string }>();

  static from(counts: QueueCounts): Tally {
    const tally = new Tally();
    tally.restore(counts);
    return tally;
  }

  /** Goes on from what an earlier process of the run had counted. */
  restore({ reasons, ...counts }: QueueCounts): void {
    Object.assign(this, counts);
    for (const { code, count, reason } of reasons) this.#reasons.set(code, { count, reason });
  }

  /** Records are nowhere any more. */
  lose(records: number, { code, reason }: { readonly code: string; readonly reason: string } = GONE): void {
    this.lost += records;
    this.gaveUp(code, reason, records);
  }

  /** Records were given up. */
  gaveUp(code: string, reason: string, records = 1): void {
    const key = this.#reasons.size < MOST_CODES - 1 || this.#reasons.has(code) ? code : "other";
    const known = this.#reasons.get(key);
    if (known) known.count += records;
    else this.#reasons.set(key, { count: records, reason: reason.slice(0, LONGEST_REASON) });
  }

  /** A copy of the counts, as the receipt wants them. */
  snapshot(): QueueCounts {
    const reasons = Array.from(this.#reasons, ([code, { count, reason }]) => ({ code, count, reason }));
    const { accepted, filtered, rejected, written, duplicate, deadLettered, lost, diverted, batches, retries, bytes } =
      this;
    return {
      accepted,
      filtered,
      rejected,
      written,
      duplicate,
      deadLettered,
      lost,
      diverted,
      batches,
      retries,
      bytes,
      reasons,
    };
  }
}
