import { AsyncLocalStorage } from "node:async_hooks";
import type { Clock, HostHooks, StoreHandle } from "@cloudmarker/store-api";
import { DiskTime } from "../disk-time.ts";
import type { ConfigProblem } from "../errors.ts";
import { FairClock } from "../fair-clock.ts";
import type { GuardContext } from "../guard.ts";
import { createHostHooks, defaultTap, type HookSet } from "../hooks.ts";
import { type World, worldOf } from "../world.ts";
import { DeadLettersOfRun } from "./dead-letters-of-run.ts";
import { Intake } from "./intake.ts";
import { checkHostOptions } from "./option-checks.ts";
import type { HostOptions, ResumeOptions } from "./options.ts";
import { Producers } from "./producers.ts";
import { Reports } from "./reports.ts";
import { runIdAt } from "./run-id.ts";
import { storageWorker } from "./storage-worker.ts";

/** Time that one tap of an asynchronous hook may take, in milliseconds. */
const TAP_TIMEOUT_MS = 30_000;

/** The parts of one run that its options alone determine: all that exists before the configuration is read. */
export class RunParts {
  readonly options: HostOptions;
  /** What is wrong with the options. */
  readonly problems: readonly ConfigProblem[];
  /** Run id. */
  readonly run: string;
  /** How this run is resumed; undefined for a new one. */
  readonly resume: ResumeOptions | undefined;
  /** When the run began: that of a run that is resumed is known once its journal is open. */
  startedMs: number;
  /** Bytes that were free on the disk of the state folder when the run began, where that is known. */
  freeBytes: number | undefined;
  /** Locks in the state folder can be trusted: it is on a local disk. */
  canLock = true;
  readonly signal: AbortSignal;
  readonly world: World;
  /** For limits: its `now` leaves out the time in which nothing could run. */
  readonly clock: Clock;
  /** For what is no limit: it goes on as soon as something can run. */
  readonly plainClock: Clock;
  readonly reports: Reports;
  /** Guards the taps of all hooks. */
  readonly guard: GuardContext;
  readonly hooks: HookSet<HostHooks>;
  readonly disk: DiskTime;
  readonly deadLetters: DeadLettersOfRun;
  readonly intake: Intake;
  readonly producers: Producers;
  /** Every tap is made: it is too late for more. */
  isTapped = false;

  constructor(given: HostOptions) {
    const { options, problems } = checkHostOptions(given);
    this.options = options;
    this.problems = problems;
    // Loggers and taps are called in the asynchronous context in which the host was made.
    const here = AsyncLocalStorage.snapshot();
    const world = worldOf(options, (cause) => this.reports.logFailed(cause), here);
    const clock = new FairClock(world.clock, (ms) => this.reports.stoodStill(ms));
    this.world = { ...world, clock };
    this.clock = clock.free;
    this.plainClock = world.clock;
    this.startedMs = clock.now();
    this.resume = typeof options.resume === "string" ? { run: options.resume } : options.resume;
    this.run = this.resume?.run ?? options.run ?? runIdAt(this.startedMs);
    this.signal = options.signal ?? new AbortController().signal;
    this.reports = new Reports({
      logger: world.logger,
      now: clock.now,
      failed: (failure) => this.hooks.tapable.failed.call(failure),
    });
    const { fail, warn, mask } = this.reports;
    this.guard = {
      clock,
      timeoutMs: TAP_TIMEOUT_MS,
      around: world.around,
      report: fail,
      mask,
      here,
      warn,
      closed: () => this.isTapped,
    };
    this.hooks = createHostHooks(this.guard);
    this.disk = new DiskTime(this.clock);
    this.deadLetters = new DeadLettersOfRun({
      disk: this.disk,
      now: () => world.clock.now(),
      startedMs: () => this.startedMs,
      worker: () => storageWorker(options, world.cwd),
      warn,
    });
    // Those that are sent again are kept already.
    if (!options.replay) {
      this.hooks.tapable.deadLetter.tapPromise(defaultTap("dead-letters"), async (letters) => {
        await this.deadLetters.keep(letters);
        return true;
      });
    }
    this.intake = new Intake(this.hooks.tapable, options.origin ?? {}, fail);
    this.producers = new Producers(fail, this.signal);
  }

  /** Lets the taps of the host tap a store that is made now. */
  tapStore(handle: StoreHandle): void {
    this.isTapped = false;
    this.hooks.tapable.store.call(handle);
    this.isTapped = true;
  }
}
