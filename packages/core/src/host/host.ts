import type { Writable } from "node:stream";
import type { HostHooks, Receipt } from "@cloudmarker/store-api";
import type { BadLine } from "../reader/bad-line.ts";
import type { StoreCheck } from "./check-store.ts";
import type { Inspection } from "./inspection.ts";
import type { DoneOptions, WriteOptions } from "./options.ts";
import type { HostStats } from "./stats.ts";

/**
 * What of a run outlives its process. `records`: what is accepted and not delivered is kept, and
 * {@link HostOptions.resume} knows the run. `run`: only the latter, so that a program that has its inputs yet can read
 * them again. `nothing`: neither, since there is no `node:sqlite`, the state folder is on a network file system, or its
 * disk refused.
 */
export type Keeps = "records" | "run" | "nothing";

/** Delivers records to stores and accounts for every one. Made by `createHost`; one per run. */
export interface Host extends AsyncDisposable {
  /** Run id (`com.audit_version`). */
  readonly run: string;
  /**
   * Aborted when the host must stop at once: the option `signal`, for producers. Without that option it is never
   * aborted.
   */
  readonly signal: AbortSignal;
  /** Tap before the host is open. */
  readonly hooks: HostHooks;
  /** What is odd about the configuration, known once the host is open. */
  readonly warnings: readonly string[];
  /**
   * Reads the configuration, loads the plugins and begins to open the stores; records wait in their queues meanwhile. A
   * store that does not open is reported and tried again; the others go on. The first `write` opens the host if nobody
   * has.
   * @throws ConfigError with every problem of the configuration
   */
  open(): Promise<void>;
  /**
   * Takes one record (an object, or JSON text as a string or bytes), or an iterable or async iterable of them. Resolves
   * when there was room in every store's queue: await it, and memory stays bounded. An input that is no record is
   * counted and reported, and costs nothing else. An object is stored as it was when `write` was called; that of an
   * iterable as it was when it was read from it, which is when there is room. Rejects with the error of an iterable
   * that fails: the run is then incomplete. Where nobody awaits it, that error is in the receipt alone.
   * @throws CloudmarkerError HOST_CLOSED after `done`, or when its deadline cut the iterable off
   * @throws the reason of {@link Host.signal} once that is aborted
   * @throws CloudmarkerError OPTION_INVALID
   */
  write(input: unknown, options?: WriteOptions): Promise<void>;
  /**
   * The host as a stream in object mode, for `stream.pipeline`. Ending the stream does not end the run. A run whose
   * stream was destroyed, or not ended before `done`, is incomplete.
   * @throws CloudmarkerError OPTION_INVALID
   */
  writable(options?: WriteOptions): Writable;
  /**
   * Says that the producer failed, and that its remaining records are missing: the run is incomplete, whatever its
   * stores deliver. Has no effect after `done`.
   */
  fail(error: unknown): void;
  /**
   * Tells how far an input was read: everything before that was written, and awaited. A run that is interrupted goes
   * on there; see
   * {@link ResumeOptions.readsOn}. Call it as often as you like: it costs little, and the disk gets it now and then.
   * @param input its number: 0 for the first, and so on
   * @param at data that JSON can hold, such as `{ file, byte }`; it is kept as it is
   * @throws CloudmarkerError OPTION_INVALID
   */
  position(input: number, at: Readonly<Record<string, unknown>>): void;
  /** What outlives the process if it is killed now, known once the host is open. */
  readonly keeps: Keeps;
  /**
   * Resolves when everything accepted before is acknowledged and durable, dead-lettered, or kept on disk for this run
   * or its resumption.
   */
  flush(): Promise<void>;
  /** How far the run is: cheap enough for a progress bar. */
  stats(): HostStats;
  /**
   * Ends the run: waits for the writes and the ended streams that began before, delivers, lets the stores publish,
   * closes. Records that cannot be delivered in time are kept for `resume`, or become dead letters where
   * there is no spool. A producer that has not ended by then is cut
   * off: 5 s of the deadline (half of one under 10 s) are kept to deliver its records. A run without a record is also a
   * run: the stores are opened for it. Never rejects for a store. Leaving an `await using` block without `done` ends
   * the run as incomplete, since the host cannot know whether the block threw.
   * @throws ConfigError if the host could not be opened
   * @throws CloudmarkerError OPTION_INVALID; the run then goes on
   */
  done(options?: DoneOptions): Promise<Receipt>;
  /**
   * Keeps lines of an input that are not records as dead letters of the input, for the `onBadLines` of `readRecords`.
   * Resolves when they are on disk. No receipt counts them, since no record came in.
   * @returns the file that they are in
   * @throws the error of the file system; then none of them is in the file
   */
  keepBadLines(lines: readonly BadLine[]): Promise<string>;
  /** Tries every store's back end with the real credentials, writes nothing. Not during a run. */
  check(): Promise<StoreCheck[]>;
  /** Reads the configuration and loads the plugins; opens nothing. Problems are in the result, not thrown. */
  inspect(): Promise<Inspection>;
  /**
   * A text with every secret of the configuration masked, for texts of the program itself, such as an uncaught
   * exception. The secrets are known once the configuration was read; the host masks all that it reports by itself.
   */
  mask(text: string): string;
}
