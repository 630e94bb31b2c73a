import { errorOf } from "../errors/error-of.ts";
import { maskError } from "../masking/mask-error.ts";
import { maskLogger } from "../masking/mask-store.ts";
import { isThenable } from "../realms.ts";
import type { HostHooks, StoreHandle } from "@cloudmarker/store-api";
import { createRecordHooks } from "../hooks.ts";
import type { InspectedStore, InspectedTap } from "./inspection.ts";
import type { RunParts } from "./run-parts.ts";
import type { RecordTaps } from "./tap-tree.ts";

/**
 * Applies the taps of a run, each once: those that audits and stores list, for these stores, and the others for all.
 * @returns the hooks of the listed taps, through which the records of their stores go
 * @throws CloudmarkerError PLUGIN_LOAD_FAILED or PLUGIN_ANSWER_INVALID
 */
export function applyTaps(
  { taps, stores }: { readonly taps: readonly InspectedTap[]; readonly stores: readonly InspectedStore[] },
  parts: RunParts,
): ReadonlyMap<InspectedTap, RecordTaps> {
  const listed = new Map<InspectedTap, RecordTaps>();
  for (const tap of taps) {
    const all = parts.hooks.facade(tap.plugin.name);
    if (!tap.isListed) applyTap(tap, parts, all);
    else {
      const own = createRecordHooks(parts.guard);
      applyTap(tap, parts, { ...all, ...own.facade(tap.plugin.name), store: storesOf(tap, stores, all.store) });
      listed.set(tap, own.tapable);
    }
  }
  return listed;
}

/** `host.hooks.store` for the stores that list a tap. */
function storesOf(tap: InspectedTap, stores: readonly InspectedStore[], hook: HostHooks["store"]): HostHooks["store"] {
  const has = (handle: StoreHandle): boolean =>
    stores.some(({ audit, key, taps }) => audit === handle.audit && key === handle.key && taps.includes(tap));
  return Object.freeze<HostHooks["store"]>({
    tap: (options, fn) => hook.tap(options, (handle) => (has(handle) ? fn(handle) : undefined)),
  });
}

/**
 * Lets a tap plugin tap the hooks of the host. One that fails stops the host: otherwise a redaction would be missing.
 * @throws CloudmarkerError PLUGIN_LOAD_FAILED or PLUGIN_ANSWER_INVALID
 */
function applyTap({ key, plugin, params }: InspectedTap, { world, reports }: RunParts, hooks: HostHooks): void {
  let answer: unknown;
  try {
    const logger = maskLogger(world.logger, reports.mask, { plugin: plugin.name });
    const tapHost = { hooks, logger };
    answer = world.around({ plugin: plugin.name, call: "apply" }, () => plugin.apply(tapHost, params));
  } catch (thrown) {
    const cause = maskError(thrown, reports.mask);
    throw errorOf("PLUGIN_LOAD_FAILED", "apply", { key, cause }, { cause });
  }
  if (!isThenable(answer)) return;
  Promise.resolve(answer).catch(() => undefined);
  throw errorOf("PLUGIN_ANSWER_INVALID", "apply", { key });
}
