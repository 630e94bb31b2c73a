import type { CheckReport, StoreContext } from "@cloudmarker/store-api";
import { messageOf } from "./errors.ts";
import type { StoreCheck } from "./host.ts";
import type { InspectedStore } from "./inspect.ts";
import type { Mask } from "./masking/mask.ts";
import { maskStore, maskThrown } from "./masking/mask-store.ts";
import { withTimeout } from "./with-timeout.ts";

/** Opens a store, asks it to check its back end, and closes it; nothing is written or published. Never rejects. */
export async function checkStore(spec: InspectedStore, context: StoreContext, mask: Mask): Promise<StoreCheck> {
  const { audit, key, plugin, params, delivery } = spec;
  let report: CheckReport;
  try {
    report = await withTimeout(run(), delivery.timeoutMs, context.clock, "no answer");
  } catch (error) {
    const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "failed";
    report = { ok: false, code, message: messageOf(error) };
  }
  return { audit, store: key, plugin: plugin.name, ...report };

  async function run(): Promise<CheckReport> {
    const opened = await maskThrown(() => plugin.open(structuredClone(params), context), mask);
    const store = maskStore(opened, mask);
    try {
      return (
        (await store.check?.()) ?? { ok: true, code: "opened", message: "opens; the plugin has no check of its own" }
      );
    } finally {
      await store.close?.();
    }
  }
}
