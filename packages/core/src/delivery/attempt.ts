import type { Batch, Clock, Outcome, WriteContext } from "@cloudmarker/store-api";

/** How an attempt ended: the store answered, it threw, or it ran out of time. */
export type AttemptEnd =
  | { readonly kind: "answer"; readonly answer: unknown }
  | { readonly kind: "error"; readonly error: unknown }
  | { readonly kind: "timeout" };

/** What an attempt needs. */
export interface AttemptOptions {
  readonly write: (batch: Batch, context: WriteContext) => Promise<readonly Outcome[]>;
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Called once, never synchronously, and not at all after a cancel. */
  readonly ended: (end: AttemptEnd) => void;
}

/**
 * Calls the store once. Whatever the store does after its time is up, or after the returned cancel, is ignored: a late
 * answer changes nothing and a late rejection is no unhandled one. Every attempt has a signal of its own (ES-45).
 */
export function startAttempt(options: AttemptOptions, batch: Batch, attempt: number): () => void {
  const { clock, timeoutMs } = options;
  const controller = new AbortController();
  let open = true;
  const end = (result: AttemptEnd | undefined): void => {
    if (!open) return;
    open = false;
    clock.clearTimeout(timer);
    if (result) options.ended(result);
  };
  const timer = clock.setTimeout(() => {
    // First of all, since these records may be sent again before the host's turn is over.
    controller.abort(new DOMException(`no answer within ${timeoutMs} ms`, "TimeoutError"));
    end({ kind: "timeout" });
  }, timeoutMs);
  // A copy: what a store does to its batch must not change what is counted.
  call(options.write, [...batch], { attempt, signal: controller.signal }).then(
    (answer) => end({ kind: "answer", answer }),
    (error: unknown) => end({ kind: "error", error }),
  );
  return () => {
    end(undefined);
    controller.abort(new DOMException("delivery was stopped", "AbortError"));
  };
}

/** Makes a rejection of what is thrown before the first await. */
async function call(write: AttemptOptions["write"], batch: Batch, context: WriteContext): Promise<unknown> {
  return write(batch, context);
}
