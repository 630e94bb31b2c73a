import { isError } from "./is-error.ts";

/** What an error thrown by a store means for every record of the batch; `too_large` makes the host halve the batch. */
export type StoreErrorStatus = "retry" | "unknown" | "reject" | "blocked" | "too_large";

/** What {@link StoreError} takes beside its message. */
export interface StoreErrorOptions {
  /** The error underneath. */
  readonly cause?: unknown;
  /** Milliseconds the server asks to wait. */
  readonly retryAfterMs?: number;
}

/**
 * Thrown by a store, it stands for all records of the batch. The host reads `status`, `code` and `retryAfterMs`, never the
 * class, so that two copies of this package do not disagree. An error without a `status` means "the batch failed and I cannot
 * say why": the host sends the batch again, then in halves, until a record that is alone to blame is alone.
 */
export class StoreError extends Error {
  override readonly name: string = "StoreError";
  readonly status: StoreErrorStatus;
  /** Stable, machine-readable, such as `unreachable`. */
  readonly code: string;
  readonly retryAfterMs?: number;

  constructor(status: StoreErrorStatus, code: string, message: string, options: StoreErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.status = status;
    this.code = code;
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs;
  }
}

/** Certainly not applied: the whole batch may be sent again. */
export class RetryError extends StoreError {
  override readonly name: string = "RetryError";
  constructor(code: string, message: string, options?: StoreErrorOptions) {
    super("retry", code, message, options);
  }
}

/** May have been applied, such as a connection that closed after the body was sent. */
export class UnknownOutcomeError extends StoreError {
  override readonly name: string = "UnknownOutcomeError";
  constructor(code: string, message: string, options?: StoreErrorOptions) {
    super("unknown", code, message, options);
  }
}

/** Some record of the batch will never be accepted. The host halves the batch until it is alone, then dead-letters it. */
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

/** The request is over the back end's limit: the host halves the batch; a record that is too large alone is dead-lettered. */
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
 * Whether an error says what it means for a batch. Told by `status` and `code`, as the host does: a {@link StoreError} of another copy of this
 * package is one; the error of an HTTP client, whose `status` is a number, is none.
 */
export function isStoreError(error: unknown): error is StoreError {
  if (!isError(error)) return false;
  const { status, code } = error as Partial<StoreError>;
  return STATUSES.has(status) && typeof code === "string";
}
