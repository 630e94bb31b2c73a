import { describeFiles } from "../config/describe-files.ts";
import { applyTap } from "./apply-tap.ts";
import type { Inspection } from "./inspection.ts";
import { prepareState } from "./prepare-state.ts";
import type { RunParts } from "./run-parts.ts";
import { StoreFactory } from "./store-factory.ts";
import type { StoreRun } from "./store-run.ts";

/**
 * Makes a run ready for its first record: the state folder, the taps and the stores, which are not opened yet.
 * @throws ConfigError with every problem of the configuration
 */
export async function openRun(parts: RunParts, inspection: Inspection): Promise<readonly StoreRun[]> {
  const { hooks, reports, world } = parts;
  await prepareState(parts, inspection);
  inspection.warnings.forEach(reports.warn);
  const { config } = inspection;
  if (config.isSearched || config.files.length > 0) {
    const keys = inspection.stores.map(({ key }) => key);
    world.logger.info(reports.mask(describeFiles(config, keys)));
  }
  for (const tap of inspection.taps) applyTap(tap, parts);
  const factory = new StoreFactory(parts, inspection);
  const stores = inspection.stores.map((spec) => factory.make(spec));
  for (const { handle } of stores) hooks.tapable.store.call(handle);
  parts.isTapped = true;
  return stores;
}
