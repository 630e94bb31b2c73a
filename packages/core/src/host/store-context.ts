import type { StoreContext } from "@cloudmarker/store-api";
import { expandPath } from "../config/expand-path.ts";
import { maskLogger } from "../masking/mask-store.ts";
import type { InspectedStore, Inspection } from "./inspection.ts";
import { timeOfRun } from "./run-id.ts";
import type { RunParts } from "./run-parts.ts";

/** The context of a store that is opened, checked or asked to explain. */
export function storeContext(
  { key, audit, plugin, delivery }: InspectedStore,
  { config, origin }: Inspection,
  { options, run, startedMs, world, reports }: Pick<RunParts, "options" | "run" | "startedMs" | "world" | "reports">,
): StoreContext {
  const given = options.origin?.worker ?? options.origin?.key;
  const known = origin.worker === undefined ? options.workers : [origin.worker];
  return {
    key,
    audit,
    run,
    // A run that is repeated under its id gives records the dates of the first time. With other dates they would go to
    // the index of another day.
    startedMs: timeOfRun(run) ?? startedMs,
    ...(options.resume !== undefined && { resumedStartMs: startedMs }),
    guarantee: delivery.guarantee,
    workers: [...(known ?? (given === undefined ? [] : [given]))],
    resolvePath: (param, path) => expandPath(path, config.directoryOf(["plugins", key, "params", param]), world.home),
    env: world.env,
    logger: maskLogger(world.logger, reports.mask, { audit, store: key, plugin: plugin.name }),
    clock: world.clock,
  };
}
