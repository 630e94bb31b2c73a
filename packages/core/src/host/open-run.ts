import type { ResumedRun } from "@cloudmarker/store-api";
import { describeFiles } from "../config/describe-files.ts";
import { applyTap } from "./apply-tap.ts";
import type { InspectedStore, Inspection } from "./inspection.ts";
import { type KeptRun, openKept } from "./open-spool.ts";
import { prepareState } from "./prepare-state.ts";
import type { Resumed } from "./resumed.ts";
import { laneOf, startOf } from "./run-meta.ts";
import type { RunParts } from "./run-parts.ts";
import type { Spool } from "./spool.ts";
import { StoreFactory } from "./store-factory.ts";
import type { StoreRun } from "./store-run.ts";

/** A run that is ready for its first record. */
export interface OpenRun {
  readonly stores: readonly StoreRun[];
  /** What is kept on disk; undefined where no store needs that. */
  readonly spool: Spool | undefined;
  /** What outlives the process; undefined for an explanation. */
  readonly kept: KeptRun | undefined;
}

/**
 * Makes a run ready for its first record: the state folder, the taps and the stores, which are not opened yet.
 * @throws ConfigError with every problem of the configuration
 */
export async function openRun(parts: RunParts, inspection: Inspection): Promise<OpenRun> {
  const { reports, world } = parts;
  await prepareState(parts, inspection);
  inspection.warnings.forEach(reports.warn);
  const { config } = inspection;
  if (config.isSearched || config.files.length > 0) {
    const keys = inspection.stores.map(({ key }) => key);
    world.logger.info(reports.mask(describeFiles(config, keys)));
  }
  for (const tap of inspection.taps) applyTap(tap, parts);
  const kept = await openKept(parts, inspection);
  try {
    const run = makeStores(parts, inspection, kept);
    if (kept && parts.resume) await parts.hooks.tapable.resume.promise(describeLeft(kept));
    return run;
  } catch (error) {
    if (parts.resume) kept?.claim?.release();
    else kept?.claim?.remove();
    throw error;
  }
}

function describeLeft({ meta, spool, readsOn }: KeptRun): ResumedRun {
  const left = spool?.resumed?.left ?? [];
  return { run: meta.run, started: startOf(meta), left, readsOn };
}

function makeStores(parts: RunParts, inspection: Inspection, kept: KeptRun | undefined): OpenRun {
  if (kept) parts.startedMs = kept.meta.startedMs;
  const spool = kept?.spool;
  const factory = new StoreFactory(parts, inspection, spool, kept?.before);
  const stores = storesOf(inspection, spool?.resumed).map((spec) => factory.make(spec));
  spool?.start(stores);
  for (const { handle } of stores) parts.hooks.tapable.store.call(handle);
  parts.isTapped = true;
  return { stores, spool, kept };
}

/**
 * The stores of the run. Of one that is resumed and whose inputs are gone, those that have something left: another has
 * got everything. If the run did not come to its end, all that were in it: one that keeps records on its own disk makes
 * good files of what is there. The ids of records stay what they were.
 */
function storesOf({ stores }: Inspection, resumed: Resumed | undefined): readonly InspectedStore[] {
  if (!resumed) return stores;
  return stores.flatMap((spec) => {
    const lane = laneOf(resumed.meta.stores, spec);
    const kept = resumed.meta.stores[lane];
    // The journal has every store for which it keeps records: this one was not in the run.
    const isNew = !kept && spec.delivery.spool;
    if (!kept) return resumed.rereads || (!isNew && !resumed.meta.end) ? [spec] : [];
    return resumed.rereads || !resumed.meta.end || resumed.leftFor(lane) > 0
      ? [{ ...spec, idPointers: kept.idPointers }]
      : [];
  });
}
