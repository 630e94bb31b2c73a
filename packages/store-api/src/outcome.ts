/**
 * What became of one record of a batch.
 * - `written`: the back end has it.
 * - `duplicate`: the back end already had it, under the record's own id; as good as written.
 * - `retry`: certainly not applied, and worth another try (throttled, refused connection).
 * - `unknown`: may have been applied (a time-out after the body was sent); sent again.
 * - `reject`: this record will never be accepted; it becomes a dead letter.
 * - `blocked`: nothing is wrong with the record, but with configuration, credentials, TLS or the address. The store
 *   pauses and its backlog waits; it is tried again with the longest wait of the back-off.
 */
export type OutcomeStatus = "written" | "duplicate" | "retry" | "unknown" | "reject" | "blocked";

/** The outcome of the record at `index` of the batch. */
export interface Outcome {
  /** Position of the record in the batch that `write` was given. */
  readonly index: number;
  readonly status: OutcomeStatus;
  /** Stable, machine-readable, such as `mapping_conflict`. */
  readonly code?: string;
  /** One sentence for the person who must act. Never a secret. */
  readonly reason?: string;
  /** `retry` and `blocked` only: the wait that the server asks for, in milliseconds. */
  readonly retryAfterMs?: number;
  /** `written` only: the store had to write the record in a lesser form; the receipt counts it. */
  readonly diverted?: boolean;
}

/** The optional parts of an outcome, beside a code and a reason. */
export interface OutcomeOptions {
  /** Milliseconds that the server asks to wait. */
  readonly retryAfterMs?: number;
}

/**
 * The record was written. Needed only to say that it was `diverted`, and to settle it before the answer (SC-37), since
 * a record without an outcome counts as written.
 */
export function written(index: number, options: { readonly diverted?: boolean } = {}): Outcome {
  return { index, status: "written", ...options };
}

/** The back end already had the record, under its own id. */
export function duplicate(index: number): Outcome {
  return { index, status: "duplicate" };
}

/** The record was certainly not applied; send it again. */
export function retry(index: number, code: string, reason: string, options: OutcomeOptions = {}): Outcome {
  return { index, status: "retry", code, reason, ...options };
}

/** The record may have been applied; the host sends it again. */
export function unknown(index: number, code: string, reason: string): Outcome {
  return { index, status: "unknown", code, reason };
}

/** The record will never be accepted: it becomes a dead letter. */
export function reject(index: number, code: string, reason: string): Outcome {
  return { index, status: "reject", code, reason };
}

/** Configuration, credentials, TLS or address are wrong: the backlog waits until someone corrects them. */
export function blocked(index: number, code: string, reason: string, options: OutcomeOptions = {}): Outcome {
  return { index, status: "blocked", code, reason, ...options };
}
