import { join } from "node:path";
import type { Writable } from "node:stream";
import type { CheckReport, DeadLetter, Failure, HostHooks, Receipt, StoreContext } from "@cloudmarker/store-api";
import { expandPath } from "./config/find-files.ts";
import type { LoadedConfig } from "./config/types.ts";
import { DeadLetterFile } from "./delivery/dead-letter-file.ts";
import { CloudmarkerError, ConfigError, messageOf } from "./errors.ts";
import { type GuardContext, assertCodeGeneration } from "./guard.ts";
import { type HostHookSet, OWN_STAGE, createHostHooks, createStoreHooks, tapHostFor } from "./hooks.ts";
import type { HostOptions, OriginOptions } from "./host-options.ts";
import { type InspectedStore, type InspectedTap, type Inspection, inspectWith } from "./inspect.ts";
import { Intake, closedError } from "./intake.ts";
import { openInThread } from "./isolation/open-in-thread.ts";
import { makeReceipt } from "./receipt.ts";
import { checkStore } from "./check-store.ts";
import { explainingStore } from "./explain.ts";
import { stateDirOf } from "./state-dir.ts";
import { StoreRun } from "./store-run.ts";
import { type World, runIdAt, timeOfRun, worldOf } from "./world.ts";
import { hostWritable } from "./writable.ts";

/** Time that one tap of an asynchronous hook may take, in milliseconds. */
const TAP_TIMEOUT_MS = 30_000;

/** Options of one `write`. */
export interface WriteOptions {
  /** Who produces these records, in place of the host's own `origin`. */
  readonly origin?: OriginOptions;
}

/** Options of `done`. */
export interface DoneOptions {
  /** Milliseconds that delivery may still take. @default the `deadline` of each store, 60 s */
  readonly deadlineMs?: number;
  /**
   * The producer came to its regular end. Say `false` where it broke off: what it had not come to yet is then not taken for gone, and no
   * store sets aside what an earlier run wrote. @default true
   */
  readonly complete?: boolean;
}

/** What `check` found for one store. */
export interface StoreCheck extends CheckReport {
  readonly audit: string;
  readonly store: string;
  readonly plugin: string;
}

/** Carries records to stores and accounts for every one. Made by {@link createHost}; one per run. */
export interface Host extends AsyncDisposable {
  /** Run id (`com.audit_version`). */
  readonly run: string;
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
   */
  write(input: unknown, options?: WriteOptions): Promise<void>;
  /** The host as a stream in object mode, for `stream.pipeline`; ending it does not end the run. */
  writable(options?: WriteOptions): Writable;
  /** Resolves when everything accepted before is acknowledged and durable, or dead-lettered. */
  flush(): Promise<void>;
  /**
   * Ends the run: delivers, lets the stores publish, closes. What cannot be delivered in time is dead-lettered. A run without a record is a run
   * as well: the stores are opened for it. Never rejects for a store.
   * @throws ConfigError if the host could not be opened
   */
  done(options?: DoneOptions): Promise<Receipt>;
  /** Tries every store's back end with the real credentials, writes nothing. Not during a run. */
  check(): Promise<StoreCheck[]>;
  /** Reads the configuration and loads the plugins; opens nothing. Problems are in the result, not thrown. */
  inspect(): Promise<Inspection>;
}

/**
 * Creates a host for one run. Nothing happens before {@link Host.open} or the first {@link Host.write}.
 * @throws CloudmarkerError CODE_GENERATION
 */
export function createHost(options: HostOptions = {}): Host {
  assertCodeGeneration();
  return new HostRun(options);
}

const DONE: Promise<void> = Promise.resolve();

class HostRun implements Host {
  readonly run: string;
  readonly warnings: string[] = [];
  readonly #options: HostOptions;
  readonly #world: World;
  readonly #hooks: HostHookSet;
  readonly #startedMs: number;
  readonly #intake: Intake;
  readonly #letters = new Map<string, DeadLetterFile>();
  #stores: StoreRun[] = [];
  #opening: Promise<void> | undefined;
  #isOpen = false;
  #isTapped = false;
  #stateDir = "";
  #ending: Promise<Receipt> | undefined;
  #inspecting: Promise<Inspection> | undefined;
  /** Failures already logged: a tap that fails on every record is one line, not a million. */
  readonly #logged = new Set<string>();

  constructor(options: HostOptions) {
    this.#options = options;
    this.#world = worldOf(options);
    this.#startedMs = this.#world.clock.now();
    this.run = options.run ?? runIdAt(this.#startedMs);
    this.#hooks = createHostHooks(this.#guard());
    this.#hooks.deadLetter.tapPromise(
      { name: "dead-letter-file", stage: OWN_STAGE, own: true } as { name: string },
      async (letters) => {
        const first = letters[0];
        if (first) await this.#lettersOf(first.audit, first.store).append(letters);
        return true;
      },
    );
    this.#intake = new Intake(this.#hooks, options.origin ?? {}, (failure) => this.#fail(failure));
  }

  get hooks(): HostHooks {
    return this.#hooks as unknown as HostHooks;
  }

  open(): Promise<void> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  write(input: unknown, options?: WriteOptions): Promise<void> {
    if (this.#ending) return Promise.reject(closedError());
    if (!this.#isOpen) return this.open().then(() => this.write(input, options));
    try {
      return this.#intake.write(input, options?.origin) ?? DONE;
    } catch (error) {
      // A producer that throws while it is being read.
      return Promise.reject(error);
    }
  }

  writable(options?: WriteOptions): Writable {
    return hostWritable((input) => this.write(input, options));
  }

  async flush(): Promise<void> {
    await this.#opening;
    const settled = await Promise.allSettled(this.#stores.map((store) => store.lane.flush()));
    const errors = settled.filter((one) => one.status === "rejected").map((one) => one.reason);
    if (errors.length > 0)
      throw errors.length === 1 ? errors[0] : new AggregateError(errors, "Several stores could not flush.");
  }

  done(options: DoneOptions = {}): Promise<Receipt> {
    this.#ending ??= this.#end(options);
    return this.#ending;
  }

  async check(): Promise<StoreCheck[]> {
    const { stores, problems, config } = await this.inspect();
    if (problems.length > 0) throw new ConfigError(problems);
    return Promise.all(stores.map((spec) => checkStore(spec, this.#contextOf(spec, config))));
  }

  inspect(): Promise<Inspection> {
    this.#inspecting ??= inspectWith(this.#options, this.#world, this.#hooks);
    return this.#inspecting;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Whoever opened the host has its error already.
    if (this.#opening) await this.#opening.then(() => this.done()).catch(() => undefined);
  }

  async #open(): Promise<void> {
    const inspection = await this.inspect();
    if (inspection.problems.length > 0) throw new ConfigError(inspection.problems);
    for (const warning of inspection.warnings) this.#warn(warning);
    for (const tap of inspection.taps) this.#apply(tap);
    this.#stateDir = stateDirOf(this.#options, inspection.config, this.#world);
    this.#stores = inspection.stores.map((spec) => this.#storeRun(spec, inspection.config));
    for (const store of this.#stores) this.#hooks.store.call(store.handle);
    this.#isTapped = true;
    this.#options.signal?.addEventListener("abort", this.#stop, { once: true });
    if (this.#options.signal?.aborted) this.#stop();
    // Not awaited: a store that takes its time to connect must not hold up the audit. Its queue waits for it.
    for (const store of this.#stores) store.open();
    this.#intake.start(this.#stores);
    this.#isOpen = true;
    if (inspection.config.value.markers === true) this.#intake.marker("begin_audit");
  }

  #storeRun(spec: InspectedStore, config: LoadedConfig): StoreRun {
    const context = this.#contextOf(spec, config);
    const { explain } = this.#options;
    return new StoreRun({
      spec,
      hooks: createStoreHooks(this.#guard()),
      context,
      random: this.#world.random,
      open: ({ stamp, crashed }) => {
        if (explain) return explainingStore(spec, context, explain);
        return spec.delivery.isolation === "thread"
          ? openInThread({ spec, context, identity: stamp.identity, crashed })
          : spec.plugin.open(structuredClone(spec.params), context);
      },
      // An explanation leaves nothing behind.
      deadLetter: explain ? async () => undefined : (letters) => this.#deadLetter(letters),
      failed: (failure) => this.#fail(failure),
    });
  }

  /** A tap that cannot even tap stops the host: without it, a redaction would be missing. */
  #apply({ key, plugin, params }: InspectedTap): void {
    try {
      plugin.apply(tapHostFor(plugin.name, this.#hooks, this.#world.logger), params);
    } catch (cause) {
      throw new CloudmarkerError("PLUGIN_LOAD_FAILED", `The tap ${key} failed in apply(): ${messageOf(cause)}`, {
        cause,
      });
    }
  }

  async #end({ deadlineMs, complete = true }: DoneOptions): Promise<Receipt> {
    await this.open();
    this.#intake.close();
    if ((await this.inspect()).config.value.markers === true) this.#intake.marker("end_audit");
    await Promise.all(this.#stores.map((store) => store.finish(deadlineMs ?? store.deadlineMs, { complete })));
    this.#options.signal?.removeEventListener("abort", this.#stop);
    await Promise.all([...this.#letters.values()].map((file) => file.close()));
    const stores = this.#stores.map((store) => store.receipt(this.#letterPath(store.handle.audit, store.handle.key)));
    const receipt = makeReceipt(this.run, this.#startedMs, this.#world.clock.now(), this.#intake.counts, stores);
    await this.#hooks.done.promise(receipt);
    return receipt;
  }

  async #deadLetter(letters: readonly DeadLetter[]): Promise<void> {
    const taken = await this.#hooks.deadLetter.promise(letters);
    if (taken !== true)
      throw new CloudmarkerError("DEAD_LETTER_FAILED", "No tap of host.hooks.deadLetter took the dead letters.");
  }

  #lettersOf(audit: string, store: string): DeadLetterFile {
    const path = this.#letterPath(audit, store);
    let file = this.#letters.get(path);
    if (!file) this.#letters.set(path, (file = new DeadLetterFile(path)));
    return file;
  }

  #letterPath(audit: string, store: string): string {
    return join(this.#stateDir, "dead-letters", `${encodeURIComponent(audit)}.${encodeURIComponent(store)}.ndjson`);
  }

  #contextOf({ key, audit }: InspectedStore, config: LoadedConfig): StoreContext {
    const { home, env, logger, clock } = this.#world;
    const resolvePath = (param: string, path: string) =>
      expandPath(path, config.directoryOf(["plugins", key, "params", param]), home);
    const { workers, origin } = this.#options;
    const worker = origin?.worker ?? origin?.key;
    const known = workers ?? (worker === undefined ? [] : [worker]);
    // Done again under its id, a run gives records the dates that they had: else they would go to the index of another day.
    const startedMs = timeOfRun(this.run) ?? this.#startedMs;
    return { key, audit, run: this.run, startedMs, workers: known, resolvePath, env, logger, clock };
  }

  #guard(): GuardContext {
    return {
      clock: this.#world.clock,
      timeoutMs: TAP_TIMEOUT_MS,
      report: (failure) => this.#fail(failure),
      warn: (message) => this.#warn(message),
      closed: () => this.#isTapped,
    };
  }

  #warn(message: string): void {
    this.warnings.push(message);
    this.#log("warn", message);
  }

  /** A logger that throws must not stop what it only reports. */
  #log(level: "warn" | "error", message: string): void {
    try {
      this.#world.logger[level](message);
    } catch {
      // There is nobody left to tell.
    }
  }

  #fail(failure: Failure): void {
    const once = `${failure.code} ${failure.plugin} ${failure.hook} ${failure.store}`;
    if (!this.#logged.has(once)) {
      this.#logged.add(once);
      this.#log("error", failure.message);
    }
    // A tap of `failed` that throws is reported to `failed` by its guard: that must not go round for ever.
    if (failure.hook !== "host.hooks.failed") this.#hooks.failed.call(failure);
  }

  readonly #stop = (): void => {
    for (const store of this.#stores) store.stop();
  };
}
