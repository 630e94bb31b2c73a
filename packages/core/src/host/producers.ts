import type { Clock, Failure } from "@cloudmarker/store-api";
import { messageOf } from "../errors.ts";
import { withTimeout } from "../with-timeout.ts";
import type { HostWritable } from "./writable.ts";

/** Time at the end of a deadline that is left for delivery when the producers take all of it, in milliseconds; half of a shorter one. */
const DELIVERY_MS = 5_000;

/** What the producers of a run have begun and not ended, and whether all came to their regular end. */
export class Producers {
  readonly #report: (failure: Failure) => void;
  readonly #writes = new Set<Promise<void>>();
  readonly #streams = new Set<HostWritable>();
  #why: string | undefined;
  #isOver = false;

  constructor(report: (failure: Failure) => void) {
    this.#report = report;
  }

  /** Follows a `write` that is under way. Its error is in the receipt: where nobody awaits it, it must not end the process. */
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

  /** A producer failed: what it had not come to yet is missing. */
  failed(error: unknown): void {
    this.brokeOff(`The producer failed: ${messageOf(error)}`, error);
  }

  /** The run is not complete. The first reason counts, and is reported. */
  brokeOff(message: string, cause?: unknown): void {
    if (this.#why !== undefined || this.#isOver) return;
    this.#why = message;
    this.#report({ code: "PRODUCER_FAILED", message, ...(cause === undefined ? {} : { cause }) });
  }

  /** `done` is called: what it is told of the producers counts for all that happened before. */
  ending(complete: boolean | undefined, signal: AbortSignal): void {
    if (complete === true) this.#why = undefined;
    if (complete !== undefined) return;
    if (signal.aborted) this.brokeOff(`The run was stopped: ${messageOf(signal.reason)}`, signal.reason);
    const isOpen = [...this.#streams].some((stream) => !stream.writableEnded && !stream.destroyed);
    if (isOpen) this.brokeOff("A stream of writable() was not ended before done().");
  }

  /**
   * Resolves when every write and every ended stream has come to its end, and what was written to a stream that was not ended is taken; or
   * when `deadlineMs` is nearly over: then the run is not complete.
   */
  async ended(deadlineMs: number, clock: Clock): Promise<void> {
    const begun = [...this.#writes, ...[...this.#streams].map((stream) => stream.settled())];
    if (begun.length === 0) return;
    const ms = deadlineMs - Math.min(DELIVERY_MS, deadlineMs / 2);
    await withTimeout(Promise.allSettled(begun), ms, clock, "no end").catch(() => {
      this.brokeOff("A producer had not come to its end when the deadline of done() was over.");
    });
  }

  /** Nothing more is taken, so nothing more can fail. @returns why the run is not complete; undefined where nothing speaks against it */
  close(): string | undefined {
    this.#isOver = true;
    return this.#why;
  }
}
