import type { Batch, Clock, Outcome, WriteContext } from "@cloudmarker/store-api";
import { NamedOutcomes } from "./named-outcomes.ts";

/** How an attempt ended: the store answered, it threw, or it ran out of time. */
export type End =
  | { readonly kind: "answer"; readonly answer: unknown }
  | { readonly kind: "error"; readonly error: unknown }
  | { readonly kind: "timeout" };

/** The same, and what the store had said of records while it was writing; undefined where it said nothing. */
export type AttemptEnd = End & { readonly settled: NamedOutcomes | undefined };

/** What is given to a store, and what the host has of an attempt. */
export interface AttemptContext extends Required<WriteContext> {
  /** What the store has said so far does not count. */
  readonly unsettle: () => void;
}

/** The parts that an attempt uses. */
export interface AttemptOptions {
  readonly write: (batch: Batch, context: AttemptContext) => Promise<readonly Outcome[]>;
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Called once, never synchronously, and not at all after a cancel. */
  readonly ended: (end: AttemptEnd) => void;
}

/**
 * Calls the store once. Whatever the store does after its time is up, or after the returned cancel, is ignored: a late
 * answer changes nothing and a late rejection is no unhandled one. Every attempt has a signal of its own.
 * @returns ends the attempt, and tells what the store had said by then
 */
export function startAttempt(options: AttemptOptions, batch: Batch, attempt: number): () => NamedOutcomes | undefined {
  const { clock, timeoutMs } = options;
  const controller = new AbortController();
  const { signal } = controller;
  let open = true;
  let settled: NamedOutcomes | undefined;
  const end = (result: End | undefined): void => {
    if (!open) return;
    open = false;
    clock.clearTimeout(timer);
    if (result) options.ended({ ...result, settled });
  };
  const timer = clock.setTimeout(() => {
    // First of all, since these records may be sent again before the host's turn is over.
    controller.abort(new DOMException(`no answer within ${timeoutMs} ms`, "TimeoutError"));
    end({ kind: "timeout" });
  }, timeoutMs);
  const settle = (outcomes: readonly Outcome[]): void => {
    // Listeners of the signal run while the attempt is still open, and are too late.
    if (open && !signal.aborted) (settled ??= new NamedOutcomes(batch.length)).add(outcomes);
  };
  const unsettle = (): void => {
    settled = undefined;
  };
  // A copy: if the store changes its batch, that must not change what is counted.
  call(options.write, [...batch], { attempt, signal, settle, unsettle }).then(
    (answer) => end({ kind: "answer", answer }),
    (error: unknown) => end({ kind: "error", error }),
  );
  return () => {
    end(undefined);
    controller.abort(new DOMException("delivery was stopped", "AbortError"));
    return settled;
  };
}

/** Makes a rejection of what is thrown before the first await. */
async function call(write: AttemptOptions["write"], batch: Batch, context: AttemptContext): Promise<unknown> {
  return write(batch, context);
}
