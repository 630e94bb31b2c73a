import type { DeadLetter, Failure, StoreContext } from "@cloudmarker/store-api";
import { PluginCalls } from "../border/calls.ts";
import { openBehind } from "../border/open.ts";
import { errorOf } from "../errors/error-of.ts";
import { createStoreHooks } from "../hooks.ts";
import { findWorker } from "../isolation/find-worker.ts";
import { openInThread } from "../isolation/open-in-thread.ts";
import { maskError } from "../masking/mask-error.ts";
import type { Identity } from "../records/identity.ts";
import { checkStore, type StoreCheck } from "./check-store.ts";
import { explainingStore } from "./explain.ts";
import { faultPlace } from "./fault-place.ts";
import type { InspectedStore, InspectedTap, Inspection } from "./inspection.ts";
import { receiptOf } from "./receipt.ts";
import type { Before } from "./run-meta.ts";
import type { RunParts } from "./run-parts.ts";
import { identityOf } from "./stamp-of.ts";
import { storeContext } from "./store-context.ts";
import type { Spool } from "./spool.ts";
import { IN_DOUBT, StoreRun } from "./store-run.ts";
import type { RecordTaps } from "./tap-tree.ts";

/** Where the records of stores come from that are kept on disk. */
export interface StoreSource extends Pick<Spool, "keptFor" | "countsOf"> {
  /** Undefined for a new run. */
  readonly resumed: unknown;
  /** The run that the records belong to. @default the run of the host */
  readonly of?: Pick<RunParts, "run" | "startedMs">;
  /** Keeps records that are given up, in place of the host. @param isTaken whether a tap has taken care of them */
  readonly keep?: (letters: readonly DeadLetter[], isTaken: boolean) => Promise<void>;
}

/** What a {@link StoreFactory} may know beside the configuration. */
export interface FactoryOptions {
  /** Undefined where nothing is kept. */
  readonly source?: StoreSource | undefined;
  /** What an earlier process of the run has left that does not come again. */
  readonly before?: Before | undefined;
  /** The hooks of the taps that stores list. */
  readonly listed?: ReadonlyMap<InspectedTap, RecordTaps>;
}

/** Makes the stores of a run, of what the inspection found. */
export class StoreFactory {
  readonly #parts: RunParts;
  readonly #inspection: Inspection;
  readonly #spool: StoreSource | undefined;
  readonly #before: Before | undefined;
  /** The hooks of the taps that stores list. */
  readonly #listed: ReadonlyMap<InspectedTap, RecordTaps>;
  /** By audit. */
  readonly #identities = new Map<string, Identity>();

  constructor(parts: RunParts, inspection: Inspection, { source, before, listed = new Map() }: FactoryOptions = {}) {
    this.#parts = parts;
    this.#inspection = inspection;
    this.#spool = source;
    this.#before = before;
    this.#listed = listed;
  }

  /** A store for the run, not opened yet. */
  make(spec: InspectedStore): StoreRun {
    const { options, clock, world, guard, reports } = this.#parts;
    const { explain } = options;
    const context = this.#contextOf(spec);
    const calls = this.#callsInto(spec);
    const kept = this.#spool?.keptFor(spec);
    return new StoreRun({
      spec,
      kept,
      counts: this.#spool?.countsOf(kept),
      before: kept && this.#before?.hasJournal ? undefined : this.#before,
      isInDoubt: kept !== undefined && this.#isInDoubt(spec),
      isHeld: kept !== undefined && this.#spool?.resumed !== undefined,
      calls,
      taps: spec.taps.flatMap((tap) => this.#listed.get(tap) ?? []),
      hooks: createStoreHooks(guard),
      context,
      clock,
      identity: this.#identityOf(spec),
      random: world.random,
      idleMs: world.idleMs,
      open: async (run) => {
        if (explain) return explainingStore(spec, context, calls, explain, reports.mask);
        return openBehind(() => this.#open(spec, context, run), spec.plugin.name, calls, reports.mask);
      },
      // An explanation leaves nothing behind.
      deadLetter: explain ? async () => undefined : (letters) => this.#keep(letters),
      failed: (failure) => this.#failed(spec, failure),
    });
  }

  /** Opens the store only to check it. */
  async check(spec: InspectedStore): Promise<StoreCheck> {
    const report = await checkStore(spec, this.#contextOf(spec), this.#callsInto(spec), this.#parts.reports.mask);
    const location = report.ok ? undefined : faultPlace(this.#inspection.config, spec, report.code);
    return { ...report, ...(location && { location }) };
  }

  /** What an earlier process did last is not in the journal. */
  #isInDoubt({ audit, key }: InspectedStore): boolean {
    const { hasJournal = false, isKilled = false, receipt } = this.#before ?? {};
    const told = receipt && receiptOf(receipt.stores, { audit, store: key });
    return hasJournal && (isKilled || told?.notes.includes(IN_DOUBT) === true);
  }

  #contextOf(spec: InspectedStore): StoreContext {
    const { options, world, reports } = this.#parts;
    const { run, startedMs } = this.#spool?.of ?? this.#parts;
    return storeContext(spec, this.#inspection, { options, world, reports, run, startedMs });
  }

  #callsInto(spec: InspectedStore): PluginCalls {
    const { world, reports } = this.#parts;
    const { audit, key, plugin } = spec;
    const failed = (failure: Failure): void => this.#failed(spec, failure);
    const { clock, around } = world;
    return reports.watch(new PluginCalls({ audit, key, plugin: plugin.name, now: clock.now, around, failed }));
  }

  #failed({ audit }: InspectedStore, failure: Failure): void {
    this.#parts.reports.fail({ audit, ...failure });
  }

  #identityOf(spec: InspectedStore): Identity {
    let identity = this.#identities.get(spec.audit);
    if (!identity) this.#identities.set(spec.audit, (identity = identityOf(spec, this.#parts.run)));
    return identity;
  }

  #open(spec: InspectedStore, context: StoreContext, run: Pick<StoreRun, "stamp" | "crashed">): unknown {
    const { key, loaded, plugin, params, idPointers, delivery } = spec;
    if (delivery.isolation !== "thread") return plugin.open(structuredClone(params), context);
    const { options, world, reports } = this.#parts;
    const worker = findWorker(options.workerUrl, world.cwd);
    if ("problem" in worker) throw new Error(`the file that threads run is gone: ${worker.problem}`);
    return openInThread({
      key,
      loaded,
      params,
      idPointers,
      timeoutMs: delivery.timeoutMs,
      context,
      identity: run.stamp.identity,
      worker: worker.url,
      crashed: (cause) => run.crashed(maskError(cause, reports.mask) as Error),
    });
  }

  async #keep(letters: readonly DeadLetter[]): Promise<void> {
    const taken = await this.#parts.hooks.tapable.deadLetter.promise(letters);
    if (this.#spool?.keep) return this.#spool.keep(letters, taken === true);
    if (taken !== true) throw errorOf("DEAD_LETTER_FAILED", "notTaken", {});
  }
}
