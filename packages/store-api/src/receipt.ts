/**
 * Something in the records did not fit the configuration: a time that could not be read, a pointer that led nowhere.
 * The records were delivered even so, and the receipt is ok.
 */
export interface Remark {
  /** Stable, machine-readable, such as `unreadable_time` or `unmatched_pointer`. */
  readonly code: string;
  /** How many records it applies to. */
  readonly count: number;
  /** How many records were examined: those that the store has written since it was last opened. */
  readonly of: number;
  /** One sentence for a person, with the numbers and the sample. Never a secret. */
  readonly message: string;
  /** The value of the first such record, shortened. */
  readonly sample?: string;
}

/**
 * The balance of one store: `accepted = written + duplicate + dead_lettered + spooled`, or the run failed. What came in
 * for it is `accepted + filtered + rejected`.
 */
export interface StoreReceipt {
  readonly audit: string;
  /** Key of the store in the configuration. */
  readonly store: string;
  /** Name of its plugin. */
  readonly plugin: string;
  /** Records that the host accepted for this store. */
  readonly accepted: number;
  /** Records that a tap of the run, of the audit or of the store dropped on purpose; they were not accepted. */
  readonly filtered: number;
  /** Inputs that are no records, and records for which a tap of the store threw. The receipt is then not ok. */
  readonly rejected: number;
  /** Records that the back end acknowledged. */
  readonly written: number;
  /** Records that the back end already had, under their own id. */
  readonly duplicate: number;
  /** Records that were given up and kept, with the reason, in the state folder: `cloudmarker dead-letters list`. */
  readonly deadLettered: number;
  /** Records that are kept, and delivered when the run is resumed. */
  readonly spooled: number;
  /**
   * How many of the spooled records are not on disk, such as when the journal is full: they come when the inputs are
   * read on. If the inputs cannot be read any more by then, they are lost. Absent where there are none.
   */
  readonly readAgain?: number;
  /**
   * An earlier process of the run was killed, and nothing tells what the store got from it: that is in no figure.
   * Absent where everything is counted.
   */
  readonly uncounted?: true;
  /**
   * Records that are lost: not even the dead letter could be written, or the journal that kept them is damaged and
   * their input was not read again. The receipt is then not ok.
   */
  readonly lost: number;
  /** How many of the written records the store had to write in a lesser form. */
  readonly diverted: number;
  /** Batches written at least in part. */
  readonly batches: number;
  /** Attempts after a failed one. */
  readonly retries: number;
  /** UTF-8 bytes of the written records. */
  readonly bytes: number;
  /** Where the records are, if the store says so. */
  readonly location?: string;
  /** Why records were given up or lost: the number by code, with one reason. */
  readonly reasons: readonly { readonly code: string; readonly count: number; readonly reason: string }[];
  /** Notes of the store for a person. */
  readonly notes: readonly string[];
  /** Where the records did not have what the configuration names. */
  readonly remarks: readonly Remark[];
  /**
   * What went wrong with the store itself: it did not open, it was blocked, it did not close. If records are kept for
   * it: why the last attempt to write failed.
   */
  readonly problem?: { readonly code: string; readonly message: string };
}

/** The balance sheet of a run. */
export interface Receipt {
  /** Run id (`com.audit_version`). */
  readonly run: string;
  /** ISO 8601, UTC. */
  readonly started: string;
  readonly ended: string;
  /**
   * The run is complete, everything accepted was written, every store adds up and has no problem, and no input was
   * rejected.
   */
  readonly ok: boolean;
  /**
   * The producers ended regularly. It is false if `done` was told so, if a producer failed or still wrote at the
   * deadline, or if the run was stopped, or the host disposed of, before `done`. In an incomplete run a missing record
   * may still come.
   */
  readonly complete: boolean;
  /** Why the run is not complete, in one sentence, if the host knows: the first of several reasons. */
  readonly incompleteReason?: string;
  /** Records that came in, before filters. */
  readonly received: number;
  /** Records that taps dropped on purpose for every store; they were not accepted. */
  readonly filtered: number;
  /**
   * Inputs that no store got: they are not records (cycles, not an object, a toJSON that returns nothing), or a tap
   * threw.
   */
  readonly rejected: number;
  /** Why inputs were rejected: at most 10 samples. */
  readonly rejections: readonly string[];
  readonly stores: readonly StoreReceipt[];
}
