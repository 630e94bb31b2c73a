import { AsyncLocalStorage } from "node:async_hooks";
import type { Writable } from "node:stream";
import type { DeadLetter, Failure, HostHooks, Receipt, StoreContext } from "@cloudmarker/store-api";
import { PluginCalls } from "../border/calls.ts";
import { openBehind } from "../border/open.ts";
import { describeFiles } from "../config/describe-files.ts";
import { expandPath } from "../config/expand-path.ts";
import type { LoadedConfig } from "../config/types.ts";
import { DiskTime } from "../disk-time.ts";
import { LONGEST_TIMER_MS } from "../clock.ts";
import { CloudmarkerError, ConfigError, type ConfigProblem, isCloudmarkerError, messageOf } from "../errors.ts";
import { FairClock } from "../fair-clock.ts";
import { checkHostOptions, DONE_OPTIONS, WRITE_OPTIONS } from "./option-checks.ts";
import { optionError } from "../check-options.ts";
import { type GuardContext, assertCodeGeneration } from "../guard.ts";
import { type HookSet, createHostHooks, createStoreHooks, defaultTap } from "../hooks.ts";
import type { DoneOptions, HostOptions, OriginOptions, WriteOptions } from "./options.ts";
import { inspectNothing, inspectWith } from "./inspect.ts";
import type { InspectedStore, InspectedTap, Inspection } from "./inspection.ts";
import { holdInput } from "./held-input.ts";
import { Intake, closedError } from "./intake.ts";
import type { BadLine } from "../reader/bad-line.ts";
import { findWorker } from "../isolation/find-worker.ts";
import { openInThread } from "../isolation/open-in-thread.ts";
import { maskError } from "../masking/mask-error.ts";
import { createMask, type Mask } from "../masking/mask.ts";
import { maskLogger } from "../masking/mask-store.ts";
import { permissionError } from "../permission.ts";
import { isThenable } from "../realms.ts";
import { Producers } from "./producers.ts";
import { makeReceipt } from "./receipt.ts";
import { checkStore, type StoreCheck } from "./check-store.ts";
import { DeadLetterFiles } from "./dead-letter-files.ts";
import { explainingStore } from "./explain.ts";
import { stateDirOf, stateFolderProblem } from "./state-dir.ts";
import { prepareStateFolder } from "./state-folder.ts";
import { Identity } from "../records/identity.ts";
import type { HostStats } from "./stats.ts";
import { StoreRun } from "./store-run.ts";
import { type InContext, type World, runIdAt, timeOfRun, userId, worldOf } from "../world.ts";
import { HostWritable } from "./writable.ts";

/** Time that one tap of an asynchronous hook may take, in milliseconds. */
const TAP_TIMEOUT_MS = 30_000;

/** A standstill of at least so many milliseconds is told. */
const LONG_STANDSTILL_MS = 5_000;

/** Carries records to stores and accounts for every one. Made by {@link createHost}; one per run. */
export interface Host extends AsyncDisposable {
  /** Run id (`com.audit_version`). */
  readonly run: string;
  /** Aborted when the host is to stop at once: {@link HostOptions.signal}, for producers to listen to. Without that one it never is. */
  readonly signal: AbortSignal;
  /** Tap before the host is open. */
  readonly hooks: HostHooks;
  /** What is odd about the configuration, known once the host is open. */
  readonly warnings: readonly string[];
  /**
   * Reads the configuration, loads the plugins and begins to open the stores; records wait in their queues meanwhile. A store that does not
   * open is reported and tried again; the others go on. The first `write` opens the host if nobody has.
   * @throws ConfigError with every problem of the configuration
   */
  open(): Promise<void>;
  /**
   * Takes one record (an object, or JSON text as a string or bytes), or an iterable or async iterable of them. Resolves when there was room
   * in every store's queue: await it, and memory stays bounded. An input that is no record is counted and reported, and costs nothing else.
   * An object is stored as it was when `write` was called; that of an iterable as it was when it was read from it, which is when there is room.
   * Rejects with the error of an iterable that fails: the run is then incomplete. Where nobody awaits it, that error is in the receipt alone.
   * @throws CloudmarkerError HOST_CLOSED after `done`, or when its deadline cut the iterable off
   * @throws the reason of {@link Host.signal} once that is aborted
   * @throws CloudmarkerError OPTION_INVALID
   */
  write(input: unknown, options?: WriteOptions): Promise<void>;
  /**
   * The host as a stream in object mode, for `stream.pipeline`. Ending it does not end the run; a run whose stream was destroyed, or not ended
   * before `done`, is incomplete.
   * @throws CloudmarkerError OPTION_INVALID
   */
  writable(options?: WriteOptions): Writable;
  /** The producer failed, and what it had not come to yet is missing: the run is incomplete, whatever its stores deliver. Not after `done`. */
  fail(error: unknown): void;
  /** Resolves when everything accepted before is acknowledged and durable, or dead-lettered. */
  flush(): Promise<void>;
  /** How far the run is: cheap enough for a progress bar. */
  stats(): HostStats;
  /**
   * Ends the run: waits for the writes and the ended streams that were begun before, delivers, lets the stores publish, closes. What cannot be
   * delivered in time is dead-lettered, and a producer that has not ended by then is cut off: 5 s of the deadline (half of one under 10 s) are
   * kept for what it gave. A run without a record is a run as well: the stores are opened for it. Never rejects for a store. Leaving an
   * `await using` block without `done` ends the run as incomplete, since the host cannot tell whether the block was left by a throw.
   * @throws ConfigError if the host could not be opened
   * @throws CloudmarkerError OPTION_INVALID; the run then goes on
   */
  done(options?: DoneOptions): Promise<Receipt>;
  /**
   * Keeps lines of an input that are no records as dead letters of the input, for the `onBadLines` of `readRecords`. Resolves when they are on
   * disk. They count in no receipt: no record came in.
   * @returns the file that they are in
   * @throws the error of the file system; then none of them is in the file
   */
  keepBadLines(lines: readonly BadLine[]): Promise<string>;
  /** Tries every store's back end with the real credentials, writes nothing. Not during a run. */
  check(): Promise<StoreCheck[]>;
  /** Reads the configuration and loads the plugins; opens nothing. Problems are in the result, not thrown. */
  inspect(): Promise<Inspection>;
  /**
   * A text with every secret of the configuration masked, for what a program says itself, such as of an exception that nobody caught. The
   * secrets are known once the configuration was read; the host masks all that it reports by itself.
   */
  mask(text: string): string;
}

/**
 * Creates a host for one run. Nothing happens before {@link Host.open} or the first {@link Host.write}. What is wrong with the options is a
 * problem of the configuration: {@link Host.inspect} and {@link Host.open} tell it.
 * @throws CloudmarkerError CODE_GENERATION
 */
export function createHost(options: HostOptions = {}): Host {
  assertCodeGeneration();
  return new HostRun(options);
}

const DONE: Promise<void> = Promise.resolve();

class HostRun implements Host {
  readonly run: string;
  readonly signal: AbortSignal;
  readonly hooks: HostHooks;
  readonly warnings: string[] = [];
  readonly #options: HostOptions;
  /** What is wrong with the options. */
  readonly #problems: readonly ConfigProblem[];
  readonly #world: World;
  /** Calls in the asynchronous context in which the host was made. */
  readonly #here: InContext = AsyncLocalStorage.snapshot();
  readonly #clock: FairClock;
  readonly #hooks: HookSet<HostHooks>;
  readonly #startedMs: number;
  readonly #intake: Intake;
  readonly #producers = new Producers((failure) => this.#fail(failure));
  readonly #calls: PluginCalls[] = [];
  readonly #disk: DiskTime;
  readonly #deadLetters: DeadLetterFiles;
  /** By audit. */
  readonly #identities = new Map<string, Identity>();
  #stores: StoreRun[] = [];
  /** Hides the secrets of all stores and taps, in what any of them says. */
  #mask: Mask = createMask([]);
  #opening: Promise<void> | undefined;
  #isOpen = false;
  #isLogBroken = false;
  #isTapped = false;
  /** `origin_worker` of all records, where the configuration names it. */
  #configuredWorker: string | undefined;
  #ending: Promise<Receipt> | undefined;
  #inspecting: Promise<Inspection> | undefined;
  /** Failures already logged: a tap that fails on every record is one line, not a million. */
  readonly #logged = new Set<string>();

  constructor(given: HostOptions) {
    const { options, problems } = checkHostOptions(given);
    this.#options = options;
    this.#problems = problems;
    const world = worldOf(options, (cause) => this.#logFailed(cause), this.#here);
    this.#clock = new FairClock(world.clock, (ms) => this.#stoodStill(ms));
    this.#world = { ...world, clock: this.#clock };
    this.#disk = new DiskTime(this.#clock.free);
    this.#deadLetters = new DeadLetterFiles(this.#disk);
    this.#startedMs = this.#world.clock.now();
    this.signal = options.signal ?? new AbortController().signal;
    this.run = options.run ?? runIdAt(this.#startedMs);
    this.#hooks = createHostHooks(this.#guard());
    this.hooks = this.#hooks.facade();
    this.#hooks.tapable.deadLetter.tapPromise(defaultTap("dead-letter-file"), async (letters) => {
      await this.#deadLetters.append(letters);
      return true;
    });
    this.#intake = new Intake(this.#hooks.tapable, options.origin ?? {}, (failure) => this.#fail(failure));
  }

  open(): Promise<void> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  write(input: unknown, options?: WriteOptions): Promise<void> {
    if (this.#ending) return Promise.reject(closedError());
    const wrong = options && optionError(options, WRITE_OPTIONS, "write()");
    if (wrong) return Promise.reject(wrong);
    return this.#begin(input, options?.origin) ?? DONE;
  }

  writable(options: WriteOptions = {}): Writable {
    const wrong = optionError(options, WRITE_OPTIONS, "writable()");
    if (wrong) throw wrong;
    const origin = options.origin && { ...options.origin };
    return this.#producers.followStream(
      new HostWritable({
        isOpen: () => this.#isOpen,
        hold: holdInput,
        take: (input) => this.#begin(input, origin),
        failed: (error) => this.#producers.failed(error),
      }),
    );
  }

  fail(error: unknown): void {
    this.#producers.failed(error);
  }

  async flush(): Promise<void> {
    await this.#opening;
    const settled = await Promise.allSettled(this.#stores.map((store) => store.queue.flush()));
    const errors = settled.filter((one) => one.status === "rejected").map((one) => one.reason);
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) {
      const details = errors.map(messageOf).join("\n");
      const cause = new AggregateError(errors, "Several stores did not flush.");
      throw new CloudmarkerError("STORE_FLUSH_FAILED", `${errors.length} stores did not flush.`, { details, cause });
    }
  }

  done(options: DoneOptions = {}): Promise<Receipt> {
    const wrong = optionError(options, DONE_OPTIONS, "done()");
    if (wrong) return Promise.reject(wrong);
    const { deadlineMs, complete } = options;
    if (!this.#ending) {
      this.#producers.ending(complete, this.signal);
      this.#ending = this.#end(deadlineMs, complete);
    }
    return this.#ending;
  }

  stats(): HostStats {
    const { received, filtered, rejected } = this.#intake.counts;
    return { received, filtered, rejected, stores: this.#stores.map((store) => store.stats()) };
  }

  async keepBadLines(lines: readonly BadLine[]): Promise<string> {
    await this.open();
    const time = new Date(this.#world.clock.now()).toISOString();
    // An explanation leaves nothing behind.
    if (!this.#options.explain) await this.#deadLetters.keepBadLines(lines, { run: this.run, time });
    return this.#deadLetters.inputPath;
  }

  async check(): Promise<StoreCheck[]> {
    const inspection = await this.inspect();
    const { stores, config } = inspection;
    await this.#prepare(inspection);
    const checkOf = (spec: InspectedStore): Promise<StoreCheck> =>
      checkStore(spec, this.#contextOf(spec, config), this.#callsInto(spec), this.#mask);
    return Promise.all(stores.map(checkOf));
  }

  inspect(): Promise<Inspection> {
    this.#inspecting ??= this.#inspect();
    return this.#inspecting;
  }

  mask(text: string): string {
    return this.#mask(text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const end = (): Promise<Receipt> => {
      if (!this.#ending) this.#producers.brokeOff("The host was disposed of without done().");
      return this.done();
    };
    // Whoever opened the host has its error already.
    if (this.#opening) await this.#opening.then(end).catch(() => undefined);
  }

  /** Begins a write, whether or not `done` was called in the meantime; undefined when there was room at once. */
  #begin(input: unknown, origin: OriginOptions | undefined): Promise<void> | undefined {
    try {
      if (!this.#isOpen) return this.#beginLater(input, origin && { ...origin });
      const waiting = this.#intake.write(input, origin);
      return waiting && this.#producers.follow(waiting);
    } catch (error) {
      // A producer that throws while it is being read.
      return this.#producers.follow(Promise.reject(error));
    }
  }

  /** `done` goes on after these, since it waits for the same promise. */
  #beginLater(input: unknown, origin: OriginOptions | undefined): Promise<void> {
    const held = holdInput(input);
    const opening = this.open();
    const written = opening.then(() => this.#begin(held, origin));
    // As for every other write, nobody has to await it; but that the host does not open must be heard.
    opening.then(
      () => written.catch(() => undefined),
      () => undefined,
    );
    return written;
  }

  async #inspect(): Promise<Inspection> {
    // What is wrong may be where the configuration is: another one must not be read in its place.
    const inspecting =
      this.#problems.length > 0
        ? inspectNothing(this.#world, this.#problems)
        : inspectWith(this.#options, this.#world, this.#hooks.tapable, (mask) => (this.#mask = mask));
    const inspection = await inspecting.catch((error: unknown) => {
      throw permissionError(error);
    });
    this.#mask = inspection.mask;
    return inspection;
  }

  async #open(): Promise<void> {
    const inspection = await this.inspect();
    await this.#prepare(inspection);
    for (const warning of inspection.warnings) this.#warn(warning);
    const { config, stores } = inspection;
    if (config.isSearched || config.files.length > 0)
      this.#world.logger.info(
        this.#mask(
          describeFiles(
            config,
            stores.map(({ key }) => key),
          ),
        ),
      );
    for (const tap of inspection.taps) this.#apply(tap);
    this.#configuredWorker = inspection.origin.worker;
    this.#stores = inspection.stores.map((spec) => this.#storeRun(spec, inspection.config));
    for (const store of this.#stores) this.#hooks.tapable.store.call(store.handle);
    this.#isTapped = true;
    this.signal.addEventListener("abort", this.#stop, { once: true });
    if (this.signal.aborted) this.#stop();
    // Not awaited: a store that takes its time to connect must not hold up the audit. Its queue waits for it.
    for (const store of this.#stores) store.open();
    this.#intake.start(this.#stores, inspection.origin);
    this.#isOpen = true;
    if (inspection.config.value.markers === true) this.#intake.marker("begin_audit");
  }

  /**
   * Makes the state folder and tries it, before anything is read: what cannot be delivered must have a place.
   * @throws ConfigError with what is wrong with the configuration, or with the folder
   */
  async #prepare({ problems, stores, config }: Inspection): Promise<void> {
    if (problems.length > 0) throw new ConfigError(problems);
    const path = stateDirOf(this.#options, config, this.#world);
    const files = this.#deadLetters;
    files.folder = path;
    // An explanation leaves nothing behind.
    if (this.#options.explain) return;
    const letterFiles = [files.inputPath, ...stores.map(({ audit, key }) => files.pathOf(audit, key))];
    const options = { letterFiles, uid: userId() };
    const hurry = (): void => this.#disk.hurry();
    this.signal.addEventListener("abort", hurry, { once: true });
    const work = this.#disk.within(path, () => prepareStateFolder(path, options));
    const { problem, closed } = await work.catch((error: unknown) => {
      if (isCloudmarkerError(error)) throw error;
      return { problem: `${messageOf(error)}.`, closed: [] };
    });
    this.signal.removeEventListener("abort", hurry);
    for (const one of closed) this.#warn(`Others could read ${one}: it is now for its owner alone.`);
    if (problem !== undefined) throw new ConfigError([stateFolderProblem(path, problem, this.#options, config)]);
  }

  #storeRun(spec: InspectedStore, config: LoadedConfig): StoreRun {
    const context = this.#contextOf(spec, config);
    const { explain } = this.#options;
    const calls = this.#callsInto(spec);
    return new StoreRun({
      spec,
      calls,
      hooks: createStoreHooks(this.#guard()),
      context,
      clock: this.#clock.free,
      identity: this.#identityOf(spec),
      random: this.#world.random,
      open: async (run) => {
        if (explain) return explainingStore(spec, context, calls, explain, this.#mask);
        return openBehind(() => this.#openStore(spec, context, run), spec.plugin.name, calls, this.#mask);
      },
      // An explanation leaves nothing behind.
      deadLetter: explain ? async () => undefined : (letters) => this.#deadLetter(letters),
      failed: (failure) => this.#fail({ audit: spec.audit, ...failure }),
    });
  }

  #identityOf({ audit, idPointers }: InspectedStore): Identity {
    let identity = this.#identities.get(audit);
    // Of two audits that share a store, each has its own documents.
    if (!identity) this.#identities.set(audit, (identity = new Identity(`${this.run}\n${audit}`, idPointers)));
    return identity;
  }

  #openStore(
    spec: InspectedStore,
    context: StoreContext,
    { stamp, crashed }: Pick<StoreRun, "stamp" | "crashed">,
  ): unknown {
    if (spec.delivery.isolation !== "thread") return spec.plugin.open(structuredClone(spec.params), context);
    const masked = (cause: Error): void => crashed(maskError(cause, this.#mask) as Error);
    const worker = findWorker(this.#options.workerUrl, this.#world.cwd);
    if ("problem" in worker) throw new Error(`the file that threads run is gone: ${worker.problem}`);
    const { key, loaded, params, idPointers, delivery } = spec;
    const { timeoutMs } = delivery;
    const given = { key, loaded, params, idPointers, timeoutMs, context, identity: stamp.identity };
    return openInThread({ ...given, worker: worker.url, crashed: masked });
  }

  #callsInto({ audit, key, plugin }: InspectedStore): PluginCalls {
    const { clock, around } = this.#world;
    const failed = (failure: Failure): void => this.#fail({ audit, ...failure });
    const calls = new PluginCalls({ audit, key, plugin: plugin.name, now: clock.now, around, failed });
    this.#calls.push(calls);
    return calls;
  }

  /** A tap that cannot even tap stops the host: without it, a redaction would be missing. */
  #apply({ key, plugin, params }: InspectedTap): void {
    let answer: unknown;
    try {
      const logger = maskLogger(this.#world.logger, this.#mask, { plugin: plugin.name });
      const tapHost = { hooks: this.#hooks.facade(plugin.name), logger };
      answer = this.#world.around({ plugin: plugin.name, call: "apply" }, () => plugin.apply(tapHost, params));
    } catch (thrown) {
      const cause = maskError(thrown, this.#mask);
      throw new CloudmarkerError("PLUGIN_LOAD_FAILED", `The tap ${key} failed in apply(): ${messageOf(cause)}`, {
        cause,
      });
    }
    if (!isThenable(answer)) return;
    Promise.resolve(answer).catch(() => undefined);
    const message = `The tap ${key} returned a promise from apply(): it must have tapped when apply() returns.`;
    throw new CloudmarkerError("PLUGIN_ANSWER_INVALID", message);
  }

  async #end(deadlineMs: number | undefined, told: boolean | undefined): Promise<Receipt> {
    await this.open();
    const clock = this.#clock.free;
    const longestMs = deadlineMs ?? Math.max(0, ...this.#stores.map((store) => store.deadlineMs));
    const endMs = clock.now() + longestMs;
    await this.#producers.ended(longestMs, clock);
    this.#intake.close();
    const why = this.#producers.close();
    const run = { complete: told !== false && why === undefined };
    if ((await this.inspect()).config.value.markers === true) this.#intake.marker("end_audit");
    const leftMs = Math.max(endMs - clock.now(), 0);
    // For a store what was rejected is missing just as what the producer did not come to.
    const complete = run.complete && this.#intake.counts.rejected === 0;
    const finish = (store: StoreRun) => store.finish(Math.min(deadlineMs ?? store.deadlineMs, leftMs), { complete });
    const timer = clock.setTimeout(() => this.#disk.hurry(), Math.min(leftMs, LONGEST_TIMER_MS));
    await Promise.all(this.#stores.map(finish));
    clock.clearTimeout(timer);
    this.signal.removeEventListener("abort", this.#stop);
    await this.#deadLetters.close();
    const stores = this.#stores.map((store) => {
      const { audit, key } = store.handle;
      return store.receipt(this.#deadLetters.pathOf(audit, key));
    });
    const end = { ...run, ...(why !== undefined && { incompleteReason: why }) };
    const endedMs = this.#world.clock.now();
    const receipt = makeReceipt(this.run, this.#startedMs, endedMs, this.#intake.counts, end, stores);
    // A copy: a tap that changes it must not change what the program is told.
    await this.#hooks.tapable.done.promise(structuredClone(receipt));
    return receipt;
  }

  async #deadLetter(letters: readonly DeadLetter[]): Promise<void> {
    const taken = await this.#hooks.tapable.deadLetter.promise(letters);
    if (taken !== true)
      throw new CloudmarkerError("DEAD_LETTER_FAILED", "No tap of host.hooks.deadLetter took the dead letters.");
  }

  #contextOf({ key, audit, plugin, delivery }: InspectedStore, config: LoadedConfig): StoreContext {
    const { home, env, clock } = this.#world;
    const logger = maskLogger(this.#world.logger, this.#mask, { audit, store: key, plugin: plugin.name });
    const resolvePath = (param: string, path: string) =>
      expandPath(path, config.directoryOf(["plugins", key, "params", param]), home);
    const { workers, origin } = this.#options;
    const worker = origin?.worker ?? origin?.key;
    const known = this.#configuredWorker === undefined ? workers : [this.#configuredWorker];
    // Done again under its id, a run gives records the dates that they had: else they would go to the index of another day.
    const startedMs = timeOfRun(this.run) ?? this.#startedMs;
    return {
      key,
      audit,
      run: this.run,
      startedMs,
      guarantee: delivery.guarantee,
      workers: [...(known ?? (worker === undefined ? [] : [worker]))],
      resolvePath,
      env,
      logger,
      clock,
    };
  }

  #guard(): GuardContext {
    return {
      clock: this.#world.clock,
      timeoutMs: TAP_TIMEOUT_MS,
      around: this.#world.around,
      report: (failure) => this.#fail(failure),
      mask: (text) => this.#mask(text),
      here: this.#here,
      warn: (message) => this.#warn(message),
      closed: () => this.#isTapped,
    };
  }

  #warn(message: string): void {
    this.warnings.push(message);
    this.#world.logger.warn(message);
  }

  #logFailed(cause: unknown): void {
    if (this.#isLogBroken) return;
    this.#isLogBroken = true;
    const message = `The logger failed, so lines are missing from the log: ${messageOf(cause)}`;
    this.#fail({ code: "LOGGER_FAILED", message, cause });
  }

  #fail(told: Failure): void {
    // What is said of a wrong answer may show a part of it.
    const failure = { ...told, message: this.#mask(told.message) };
    const { code, plugin, hook, store, audit, message } = failure;
    const once = `${code} ${plugin} ${hook} ${store} ${audit}`;
    if (!this.#logged.has(once)) {
      this.#logged.add(once);
      const name = { ...(audit !== undefined && { audit }), ...(store !== undefined && { store }) };
      this.#world.logger.error(message, { code, ...name, ...(plugin !== undefined && { plugin }) });
    }
    // A tap of `failed` that throws is reported to `failed` by its guard: that must not go round for ever.
    if (failure.hook !== "host.hooks.failed") this.#hooks.tapable.failed.call(failure);
  }

  /** A store that is known to have held the loop is named by its own report. */
  #stoodStill(ms: number): void {
    const since = this.#world.clock.now() - ms;
    if (ms < LONG_STANDSTILL_MS || this.#calls.some((calls) => calls.blockedSince(since))) return;
    const underWay = this.#calls.flatMap((calls) => calls.since(since));
    const what = `Nothing could run for ${Math.round(ms / 1000)} s: the process was frozen, or its code blocked the event loop.`;
    const who = underWay.length === 0 ? "" : ` Under way: ${underWay.join(", ")}.`;
    this.#world.logger.warn(`${what} Time limits are extended by that time.${who}`);
  }

  readonly #stop = (): void => {
    this.#disk.hurry();
    this.#intake.close(this.signal.reason);
    for (const store of this.#stores) store.stop();
  };
}
