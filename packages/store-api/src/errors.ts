import { isError } from "./is-error.ts";

/**
 * The meaning of an error that a store throws, for every record of the batch; `too_large` makes the host halve the
 * batch.
 */
export type StoreErrorStatus = "retry" | "unknown" | "reject" | "blocked" | "too_large";

/** The optional parts of a {@link StoreError}. */
export interface StoreErrorOptions {
  /** The error that caused it. */
  readonly cause?: unknown;
  /** Milliseconds that the server asks to wait. */
  readonly retryAfterMs?: number;
  /** See {@link StoreError.reopen}. */
  readonly reopen?: boolean;
}

/**
 * An error that a store throws for all records of a batch. The host reads `status`, `code`, `retryAfterMs` and
 * `reopen`, never the class, so that several copies of this package work together. An error without a `status` says
 * only that the batch failed: the host sends the batch again, then in halves, until the record that is the reason is
 * alone.
 */
export class StoreError extends Error {
  override readonly name: string = "StoreError";
  readonly status: StoreErrorStatus;
  /** Stable, machine-readable, such as `unreachable`. */
  readonly code: string;
  readonly retryAfterMs?: number;
  /**
   * What `open` returned cannot be used any more, for example because its client is closed for good. The host closes it
   * and opens the store again before the next attempt. The status says what becomes of the records, as without it.
   */
  readonly reopen?: boolean;

  constructor(status: StoreErrorStatus, code: string, message: string, options: StoreErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.status = status;
    this.code = code;
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs;
    if (options.reopen !== undefined) this.reopen = options.reopen;
  }
}

/** Certainly not applied: the whole batch may be sent again. */
export class RetryError extends StoreError {
  override readonly name: string = "RetryError";
  constructor(code: string, message: string, options?: StoreErrorOptions) {
    super("retry", code, message, options);
  }
}

/** May have been applied, for example when a connection closed after the body was sent. */
export class UnknownOutcomeError extends StoreError {
  override readonly name: string = "UnknownOutcomeError";
  constructor(code: string, message: string, options?: StoreErrorOptions) {
    super("unknown", code, message, options);
  }
}

/**
 * One of the records will never be accepted. The host halves the batch until that record is alone, then makes it a dead
 * letter.
 */
export class RejectError extends StoreError {
  override readonly name: string = "RejectError";
  constructor(code: string, message: string, options?: StoreErrorOptions) {
    super("reject", code, message, options);
  }
}

/** Configuration, credentials, TLS or address: the store pauses and its backlog waits. */
export class BlockedError extends StoreError {
  override readonly name: string = "BlockedError";
  constructor(code: string, message: string, options?: StoreErrorOptions) {
    super("blocked", code, message, options);
  }
}

/**
 * The request is over the limit of the back end. The host halves the batch; a single record that is too large becomes a
 * dead letter.
 */
export class TooLargeError extends StoreError {
  override readonly name: string = "TooLargeError";
  constructor(message: string, options?: StoreErrorOptions) {
    super("too_large", "too_large", message, options);
  }
}

const STATUSES: ReadonlySet<unknown> = new Set<StoreErrorStatus>([
  "retry",
  "unknown",
  "reject",
  "blocked",
  "too_large",
]);

/**
 * Whether an error says what it means for a batch. It is recognised by `status` and `code`, as in the host: so is a
 * {@link StoreError} of another copy of this package. The error of an HTTP client, whose `status` is a number, is not
 * such an error.
 */
export function isStoreError(error: unknown): error is StoreError {
  if (!isError(error)) return false;
  const { status, code } = error as Partial<StoreError>;
  return STATUSES.has(status) && typeof code === "string";
}
