import type { Clock, Failure } from "@cloudmarker/store-api";
import type { RunFacts } from "../errors/run.ts";
import { failureOf } from "../errors/write-error.ts";
import { withTimeout } from "../with-timeout.ts";
import type { HostWritable } from "./writable.ts";

/**
 * Time at the end of the deadline that producers may not use, in milliseconds: it is for delivery. Of a deadline under
 * 10 s it is half.
 */
const DELIVERY_MS = 5_000;

/** The writes and streams of a run that have not ended, and whether the run is complete. */
export class Producers {
  readonly #report: (failure: Failure) => void;
  readonly #writes = new Set<Promise<void>>();
  readonly #streams = new Set<HostWritable>();
  #why: string | undefined;
  #isOver = false;
  readonly #signal: AbortSignal;
  /** Whether `done` was called, and its option `complete`. */
  #told: { readonly complete: boolean | undefined } | undefined;

  constructor(report: (failure: Failure) => void, signal: AbortSignal) {
    this.#report = report;
    this.#signal = signal;
  }

  /**
   * Follows a `write` that is under way. Its error is in the receipt: where nobody awaits it, it must not end the
   * process.
   */
  follow(write: Promise<void>): Promise<void> {
    this.#writes.add(write);
    write.then(
      () => this.#writes.delete(write),
      (error: unknown) => {
        this.#writes.delete(write);
        this.failed(error);
      },
    );
    return write;
  }

  /** Follows a stream until it is closed. */
  followStream(stream: HostWritable): HostWritable {
    this.#streams.add(stream);
    return stream.once("close", () => this.#streams.delete(stream));
  }

  /** A producer failed: the records that it had not written yet are missing. */
  failed(error: unknown): void {
    const isStopped = this.#signal.aborted && error === this.#signal.reason;
    if (!isStopped) this.brokeOff("failed", error);
    // Who aborted the signal knows of it. `done` decides, and may be told that the run is incomplete.
    else if (this.#told && this.#told.complete !== false) this.brokeOff("stopped", error);
  }

  /** The run is not complete. The first reason counts, and is reported. */
  brokeOff(kind: keyof RunFacts["PRODUCER_FAILED"], cause?: unknown): void {
    if (this.#why !== undefined || this.#isOver) return;
    const failure = failureOf("PRODUCER_FAILED", kind, { cause });
    this.#why = failure.message;
    this.#report({ ...failure, ...(cause === undefined ? {} : { cause }) });
  }

  /** `done` was called: its option `complete` decides about everything that happened before. */
  ending(complete: boolean | undefined): void {
    this.#told = { complete };
    if (complete === true) this.#why = undefined;
    if (complete !== undefined) return;
    if (this.#signal.aborted) this.brokeOff("stopped", this.#signal.reason);
    const isOpen = [...this.#streams].some((stream) => !stream.writableEnded && !stream.destroyed);
    if (isOpen) this.brokeOff("notEnded");
  }

  /**
   * Resolves when every write and every ended stream is finished, and the records written to other streams are taken.
   * If `deadlineMs` is nearly over before that, it resolves and the run is incomplete.
   */
  async ended(deadlineMs: number, clock: Clock): Promise<void> {
    const begun = [...this.#writes, ...[...this.#streams].map((stream) => stream.settled())];
    if (begun.length === 0) return;
    const ms = deadlineMs - Math.min(DELIVERY_MS, deadlineMs / 2);
    await withTimeout(Promise.allSettled(begun), ms, clock, "no end").catch(() => {
      // Who has told that the run is incomplete knows why.
      if (this.#told?.complete !== false) this.brokeOff("late");
    });
  }

  /** From now on failures do not count. @returns why the run is incomplete; undefined if it is complete */
  close(): string | undefined {
    this.#isOver = true;
    return this.#why;
  }
}
