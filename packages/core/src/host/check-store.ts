import type { CheckReport, Clock, Store, StoreContext } from "@cloudmarker/store-api";
import type { PluginCalls } from "../border/calls.ts";
import { cut } from "../border/describe.ts";
import { fieldsOf, MOST_CODE } from "../border/read.ts";
import { openBehind } from "../border/open.ts";
import { CLOSE_MS } from "../clock.ts";
import { type Location, messageOf } from "../errors.ts";
import type { InspectedStore } from "./inspection.ts";
import type { Mask } from "../masking/mask.ts";
import { withTimeout } from "../with-timeout.ts";

/** What `check` found for one store. */
export interface StoreCheck extends CheckReport {
  readonly audit: string;
  readonly store: string;
  readonly plugin: string;
  /** If it failed: where the param stands that is probably to blame, or else the store. */
  readonly location?: Location;
}

/** Opens a store, asks it to check its back end, and closes it; nothing is written or published. Never rejects. */
export async function checkStore(
  spec: InspectedStore,
  context: StoreContext,
  calls: PluginCalls,
  mask: Mask,
): Promise<StoreCheck> {
  const { audit, key, plugin } = spec;
  const report = await checkIt(spec, context, calls, mask).catch(reportOf);
  return { audit, store: key, plugin: plugin.name, ...report };
}

async function checkIt(
  { key, plugin, params, delivery }: InspectedStore,
  context: StoreContext,
  calls: PluginCalls,
  mask: Mask,
): Promise<CheckReport> {
  const { clock } = context;
  const { timeoutMs } = delivery;
  const opening = openBehind(() => plugin.open(structuredClone(params), context), plugin.name, calls, mask);
  let store: Store;
  try {
    store = await withTimeout(opening, timeoutMs, clock, `${key} did not open`);
  } catch (error) {
    // One that opens after all is closed: it must not keep the process alive.
    void opening.then((late) => late.close?.()).catch(() => undefined);
    throw error;
  }
  let report: CheckReport;
  try {
    const checking = Promise.resolve(store.check?.());
    report = (await withTimeout(checking, timeoutMs, clock, "no answer")) ?? {
      ok: true,
      code: "opened",
      message: "opens; the plugin has no check of its own",
    };
  } catch (error) {
    report = reportOf(error);
  }
  return closed(store, report, clock);
}

/** The report, unless it is a good one and the store does not close. */
async function closed(store: Store, report: CheckReport, clock: Clock): Promise<CheckReport> {
  try {
    await withTimeout(Promise.resolve(store.close?.()), CLOSE_MS, clock, "no answer");
    return report;
  } catch (error) {
    return report.ok ? { ok: false, code: "close_failed", message: `does not close: ${messageOf(error)}` } : report;
  }
}

function reportOf(error: unknown): CheckReport {
  const { code } = fieldsOf(error, ["code"]) ?? {};
  return { ok: false, code: typeof code === "string" ? cut(code, MOST_CODE) : "failed", message: messageOf(error) };
}
