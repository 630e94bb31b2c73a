import type { Writable } from "node:stream";
import type { HostHooks, Receipt } from "@cloudmarker/store-api";
import { optionError } from "../check-options.ts";
import { errorOf } from "../errors/error-of.ts";
import type { CloudmarkerError } from "../errors.ts";
import { assertCodeGeneration } from "../guard.ts";
import { permissionError } from "../permission.ts";
import type { BadLine } from "../reader/bad-line.ts";
import type { StoreCheck } from "./check-store.ts";
import { endKept } from "./end-kept.ts";
import { endRun } from "./end-run.ts";
import { flushStores } from "./flush-stores.ts";
import { holdInput } from "./held-input.ts";
import type { Host, Keeps } from "./host.ts";
import { inspectNothing, inspectWith } from "./inspect.ts";
import type { Inspection } from "./inspection.ts";
import { closedError } from "./intake.ts";
import { type OpenRun, openRun } from "./open-run.ts";
import { DONE_OPTIONS, POSITION, WRITE_OPTIONS } from "./option-checks.ts";
import type { DoneOptions, HostOptions, OriginOptions, WriteOptions } from "./options.ts";
import { prepareState } from "./prepare-state.ts";
import { beforeStores, makeReceipt } from "./receipt.ts";
import { Replay } from "./replay/replay.ts";
import { RunParts } from "./run-parts.ts";
import type { HostStats } from "./stats.ts";
import { StoreFactory } from "./store-factory.ts";
import { HostWritable } from "./writable.ts";

/**
 * Creates a host for one run. Nothing happens before {@link Host.open} or the first {@link Host.write}. What is wrong
 * with the options is a problem of the configuration: {@link Host.inspect} and {@link Host.open} tell it.
 * @throws CloudmarkerError CODE_GENERATION
 */
export function createHost(options: HostOptions = {}): Host {
  assertCodeGeneration();
  return new HostRun(new RunParts(options));
}

const DONE: Promise<void> = Promise.resolve();

/** The states of a run: made, opening, open, ending. Its parts do the work. */
class HostRun implements Host {
  readonly run: string;
  readonly signal: AbortSignal;
  readonly hooks: HostHooks;
  readonly warnings: readonly string[];
  readonly #parts: RunParts;
  /** It sends dead letters again, in place of records. */
  readonly #replay: Replay | undefined;
  #run: OpenRun = { stores: [], spool: undefined, listed: undefined, kept: undefined };
  #inspecting: Promise<Inspection> | undefined;
  #opening: Promise<void> | undefined;
  #isOpen = false;
  #ending: Promise<Receipt> | undefined;

  constructor(parts: RunParts) {
    this.#parts = parts;
    const { replay } = parts.options;
    this.#replay = replay && new Replay(parts, replay);
    this.run = parts.run;
    this.signal = parts.signal;
    this.hooks = parts.hooks.facade();
    this.warnings = parts.reports.warnings;
  }

  inspect(): Promise<Inspection> {
    this.#inspecting ??= this.#inspect();
    return this.#inspecting;
  }

  async check(): Promise<StoreCheck[]> {
    const inspection = await this.inspect();
    await prepareState(this.#parts, inspection);
    const factory = new StoreFactory(this.#parts, inspection);
    return Promise.all(inspection.stores.map((spec) => factory.check(spec)));
  }

  open(): Promise<void> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  write(input: unknown, options?: WriteOptions): Promise<void> {
    if (this.#ending) return Promise.reject(closedError());
    if (this.#replay) return Promise.reject(replayError("write()"));
    const wrong = options && optionError(options, WRITE_OPTIONS, "write()");
    if (wrong) return Promise.reject(wrong);
    return this.#begin(input, options?.origin) ?? DONE;
  }

  writable(options: WriteOptions = {}): Writable {
    if (this.#replay) throw replayError("writable()");
    const wrong = optionError(options, WRITE_OPTIONS, "writable()");
    if (wrong) throw wrong;
    const origin = options.origin && { ...options.origin };
    return this.#parts.producers.followStream(
      new HostWritable({
        isOpen: () => this.#isOpen,
        hold: holdInput,
        take: (input) => this.#begin(input, origin),
        failed: (error) => this.fail(error),
      }),
    );
  }

  fail(error: unknown): void {
    this.#parts.producers.failed(error);
  }

  position(input: number, at: Readonly<Record<string, unknown>>): void {
    const wrong = optionError({ input, at }, POSITION, "position()");
    if (wrong) throw wrong;
    this.#parts.intake.position(input, at);
  }

  get keeps(): Keeps {
    const { kept } = this.#run;
    if (!kept?.claim) return "nothing";
    return kept.spool ? "records" : "run";
  }

  async flush(): Promise<void> {
    await this.#opening;
    await flushStores(this.#run);
  }

  stats(): HostStats {
    const { received, filtered, rejected } = this.#parts.intake.counts;
    if (this.#replay) return { received, filtered, rejected, stores: this.#replay.stats };
    return { received, filtered, rejected, stores: this.#run.stores.map((store) => store.stats()) };
  }

  async keepBadLines(lines: readonly BadLine[]): Promise<string> {
    await this.open();
    const { options, world, deadLetters } = this.#parts;
    const time = new Date(world.clock.now()).toISOString();
    // An explanation leaves nothing behind.
    const isAgain = this.#run.kept?.readsOn === true;
    if (!options.explain) await deadLetters.keepBadLines(lines, { run: this.run, time }, isAgain);
    return deadLetters.inputPath;
  }

  done(options: DoneOptions = {}): Promise<Receipt> {
    const wrong = optionError(options, DONE_OPTIONS, "done()");
    if (wrong) return Promise.reject(wrong);
    if (!this.#ending) {
      this.#parts.producers.ending(options.complete);
      this.#tellStores(options);
      this.#ending = this.#end({ ...options });
    }
    return this.#ending;
  }

  mask(text: string): string {
    return this.#parts.reports.mask(text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const end = (): Promise<Receipt> => {
      if (!this.#ending) this.#parts.producers.brokeOff("disposed");
      return this.done();
    };
    // The caller that opened the host already has the error.
    if (this.#opening) await this.#opening.then(end).catch(() => undefined);
  }

  async #inspect(): Promise<Inspection> {
    const { options, problems, world, hooks, reports } = this.#parts;
    // What is wrong may be where the configuration is: another one must not be read in its place.
    const inspecting =
      problems.length > 0
        ? inspectNothing(world, problems)
        : inspectWith(
            options,
            world,
            hooks.tapable,
            (mask) => reports.learn(mask),
            this.#replay && ((folder, settings) => this.#replay?.concerned(folder, settings) ?? Promise.resolve([])),
          );
    const inspection = await inspecting.catch((error: unknown) => {
      throw permissionError(error);
    });
    reports.learn(inspection.mask);
    return inspection;
  }

  async #open(): Promise<void> {
    const { intake } = this.#parts;
    const inspection = await this.inspect();
    if (this.#replay) return this.#startReplay(this.#replay, inspection);
    this.#run = await openRun(this.#parts, inspection);
    const { stores, spool, kept } = this.#run;
    this.signal.addEventListener("abort", this.#stop, { once: true });
    if (this.signal.aborted) this.#stop();
    // Not awaited: a store that takes its time to connect must not hold up the audit. Its queue waits for it.
    for (const store of stores) store.open();
    intake.start(this.#run, inspection.origin);
    this.#isOpen = true;
    if (kept?.isLater) return intake.close(closedError("later"));
    if (inspection.config.value.markers === true && intake.isNew) intake.marker("begin_audit");
    const isEnded = spool?.resumed?.meta.end !== undefined;
    if (this.#parts.resume && !kept?.readsOn && !isEnded) this.#parts.producers.brokeOff("interrupted");
  }

  async #startReplay(replay: Replay, inspection: Inspection): Promise<void> {
    await replay.start(inspection);
    this.signal.addEventListener("abort", this.#stop, { once: true });
    if (this.signal.aborted) this.#stop();
    this.#isOpen = true;
  }

  /** Begins a write, whether or not `done` was called in the meantime; undefined when there was room at once. */
  #begin(input: unknown, origin: OriginOptions | undefined): Promise<void> | undefined {
    const { intake, producers } = this.#parts;
    try {
      if (!this.#isOpen) return this.#beginLater(input, origin && { ...origin });
      const waiting = intake.write(input, origin);
      return waiting && producers.follow(waiting);
    } catch (error) {
      // A producer that throws while it is being read.
      return producers.follow(Promise.reject(error));
    }
  }

  /** `done` goes on after these, since it waits for the same promise. */
  #beginLater(input: unknown, origin: OriginOptions | undefined): Promise<void> {
    const held = holdInput(input);
    const opening = this.open();
    const written = opening.then(() => this.#begin(held, origin));
    // As for every other write, the caller need not await it; but the failure to open the host must be reported.
    opening.then(
      () => written.catch(() => undefined),
      () => undefined,
    );
    return written;
  }

  async #end(options: DoneOptions): Promise<Receipt> {
    await this.open();
    try {
      return await (this.#replay ? this.#endReplay(this.#replay, options.deadlineMs) : this.#endStores(options));
    } finally {
      this.#parts.disk.rest();
    }
  }

  async #endStores(options: DoneOptions): Promise<Receipt> {
    const { intake, deadLetters, world, hooks } = this.#parts;
    const { config, state } = await this.inspect();
    const { spool, kept } = this.#run;
    const { isWanted, goesOn } = this.#tellStores(options);
    const end = await endRun(this.#parts, this.#run, {
      ...options,
      ...(isWanted && { complete: false }),
      goesOn,
      markers: config.value.markers === true,
    });
    this.signal.removeEventListener("abort", this.#stop);
    await deadLetters.close();
    const before = beforeStores(intake.counts);
    const receipts = this.#run.stores.map((store) => store.receipt(before));
    const known = goesOn && spool ? receipts.map((one) => spool.withReadAgain(one)) : receipts;
    const stores = [...known, ...(spool?.earlierReceipts(receipts, before) ?? [])];
    const receipt = makeReceipt(this.run, this.#parts.startedMs, world.clock.now(), intake.counts, end, stores);
    await endKept(this.#parts, kept, receipt, end, goesOn, state);
    // A copy: a tap that changes it must not change what the program is told.
    if (hooks.tapable.done.isUsed()) await hooks.tapable.done.promise(structuredClone(receipt));
    return receipt;
  }

  /** Tells the stores whether the inputs are read on later, as soon as it is known. */
  #tellStores(options: DoneOptions): { readonly isWanted: boolean; readonly goesOn: boolean } {
    const { stores, kept } = this.#run;
    const isWanted = options.goesOn === true || kept?.isLater === true;
    const goesOn = isWanted && kept?.canGoOn === true;
    for (const store of stores) store.ending(goesOn);
    return { isWanted, goesOn };
  }

  async #endReplay(replay: Replay, deadlineMs: number | undefined): Promise<Receipt> {
    const { startedMs, world, hooks } = this.#parts;
    const stores = await replay.end(deadlineMs);
    this.signal.removeEventListener("abort", this.#stop);
    const received = stores.reduce((sum, { accepted }) => sum + accepted, 0);
    const counts = { received, filtered: 0, rejected: 0, rejections: [] };
    const receipt = makeReceipt(this.run, startedMs, world.clock.now(), counts, { complete: true }, stores);
    if (hooks.tapable.done.isUsed()) await hooks.tapable.done.promise(structuredClone(receipt));
    return receipt;
  }

  readonly #stop = (): void => {
    this.#parts.disk.hurry();
    this.#replay?.stop();
    this.#parts.intake.close(this.signal.reason);
    for (const store of this.#run.stores) store.stop();
  };
}

function replayError(call: string): CloudmarkerError {
  return errorOf("OPTION_INVALID", "wrong", {
    messages: [`${call}: a host with the option replay takes no records.`],
  });
}
