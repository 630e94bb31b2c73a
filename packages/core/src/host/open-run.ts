import type { ResumedRun } from "@cloudmarker/store-api";
import { describeFiles } from "../config/describe-files.ts";
import { isUsed } from "../hooks.ts";
import { applyTaps } from "./apply-tap.ts";
import type { InspectedStore, InspectedTap, Inspection } from "./inspection.ts";
import { type KeptRun, openKept } from "./open-spool.ts";
import { prepareState } from "./prepare-state.ts";
import type { Resumed } from "./resumed.ts";
import { laneOf, startOf } from "./run-meta.ts";
import type { RunParts } from "./run-parts.ts";
import type { Spool } from "./spool.ts";
import { StoreFactory } from "./store-factory.ts";
import type { StoreRun } from "./store-run.ts";
import type { ListedTaps } from "./listed-taps.ts";
import type { RecordTaps } from "./tap-tree.ts";
import { throughTaps } from "./through-taps.ts";

/** A run that is ready for its first record. */
export interface OpenRun {
  readonly stores: readonly StoreRun[];
  /** What is kept on disk; undefined where no store needs that. */
  readonly spool: Spool | undefined;
  /** Undefined where no store has taps. */
  readonly listed: ListedTaps | undefined;
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
  const listed = applyTaps(inspection, parts);
  const kept = await openKept(parts, inspection);
  try {
    const run = makeStores(parts, inspection, kept, listed);
    if (kept && parts.resume) await parts.hooks.tapable.resume.promise(describeLeft(kept));
    return { ...run, listed: await listedTapsOf(run) };
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

async function listedTapsOf({ stores, spool }: Omit<OpenRun, "listed">): Promise<ListedTaps | undefined> {
  const used = stores.map(({ taps }) => taps.filter(isUsed));
  const isTapped = used.some((taps) => taps.length > 0);
  if (!isTapped && (spool?.others.withheld ?? []).length === 0) return undefined;
  const { ListedTaps } = await import("./listed-taps.ts");
  return new ListedTaps(stores, used, spool, throughTaps);
}

function makeStores(
  parts: RunParts,
  inspection: Inspection,
  kept: KeptRun | undefined,
  listed: ReadonlyMap<InspectedTap, RecordTaps>,
): Omit<OpenRun, "listed"> {
  if (kept) parts.startedMs = kept.meta.startedMs;
  const spool = kept?.spool;
  const factory = new StoreFactory(parts, inspection, { source: spool, before: kept?.before, listed });
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
