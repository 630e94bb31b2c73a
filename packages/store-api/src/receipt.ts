/**
 * Something that went otherwise than the configuration asks for, with records that are where they belong all the same: a time that could not be
 * read, a pointer that led nowhere. The receipt is ok with it.
 */
export interface Remark {
  /** Stable, machine-readable, such as `unreadable_time` or `unmatched_pointer`. */
  readonly code: string;
  /** How many records it is about. */
  readonly count: number;
  /** How many were looked at: those that the store has written since it was last opened. */
  readonly of: number;
  /** For a person, in one sentence, with the numbers and the sample. Never a secret. */
  readonly message: string;
  /** What the first of them had, shortened. */
  readonly sample?: string;
}

/** The balance of one store: `accepted = written + duplicate + dead_lettered + spooled`, or the run failed. */
export interface StoreReceipt {
  readonly audit: string;
  /** Key of the store in the configuration. */
  readonly store: string;
  /** Name of its plugin. */
  readonly plugin: string;
  /** Records that the host took for this store. */
  readonly accepted: number;
  /** Records that the back end acknowledged. */
  readonly written: number;
  /** Records that the back end had already, under their own id. */
  readonly duplicate: number;
  /** Records given up and kept, with the reason, in {@link StoreReceipt.deadLetterFile}. */
  readonly deadLettered: number;
  /** Records kept on disk for the next run. */
  readonly spooled: number;
  /** Records of which nothing is known any more, since even the dead letter could not be written. Never a silent number. */
  readonly lost: number;
  /** How many of the written the store had to write in a lesser form. */
  readonly diverted: number;
  /** Batches written at least in part. */
  readonly batches: number;
  /** Attempts that were made because an earlier one had failed. */
  readonly retries: number;
  /** UTF-8 bytes of the written records. */
  readonly bytes: number;
  /** Where the records are, if the store says so. */
  readonly location?: string;
  readonly deadLetterFile?: string;
  /** Why records were given up: how many by code, and one reason to read. */
  readonly reasons: readonly { readonly code: string; readonly count: number; readonly reason: string }[];
  /** What the store wants a person to know. */
  readonly notes: readonly string[];
  /** What was not in the records, or not as the configuration says. */
  readonly remarks: readonly Remark[];
  /** What went wrong with the store itself: it did not open, it was blocked, it did not close. */
  readonly problem?: { readonly code: string; readonly message: string };
}

/** The balance sheet of a run. */
export interface Receipt {
  /** Run id (`com.audit_version`). */
  readonly run: string;
  /** ISO 8601, UTC. */
  readonly started: string;
  readonly ended: string;
  /** The run is complete, everything accepted was written, every store adds up and is well, nothing was rejected at the door. */
  readonly ok: boolean;
  /**
   * The producers came to their regular end. False where `done` was told so, where the host saw one fail or it was still going on at the
   * deadline, and where the run was stopped, or the host disposed of, before `done`: what is missing may come yet.
   */
  readonly complete: boolean;
  /** Why the run is not complete, in one sentence, where the host knows: the first of several reasons. */
  readonly incompleteReason?: string;
  /** Records that came in, before filters. */
  readonly received: number;
  /** Records that a tap dropped on purpose; they were not accepted. */
  readonly filtered: number;
  /** Inputs that are no record (cycles, no object, a toJSON that yields nothing); they were not accepted. */
  readonly rejected: number;
  /** Why inputs were rejected: at most 10 samples. */
  readonly rejections: readonly string[];
  readonly stores: readonly StoreReceipt[];
}
