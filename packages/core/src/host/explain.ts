import type { ExplainedRequest, Store, StoreContext } from "@cloudmarker/store-api";
import { messageOf } from "../errors.ts";
import type { PluginCalls } from "../border/calls.ts";
import { readRequests } from "../border/hints.ts";
import type { InspectedStore } from "./inspection.ts";
import { maskError } from "../masking/mask-error.ts";
import type { Mask } from "../masking/mask.ts";
import { maskRequests } from "../masking/mask-store.ts";
import { withTimeout } from "../with-timeout.ts";

/** The requests that one batch would cause at one store. */
export interface Explained {
  readonly audit: string;
  readonly store: string;
  readonly plugin: string;
  /** Records of the batch, and the sum of their JSON texts in UTF-8 bytes. */
  readonly records: number;
  readonly bytes: number;
  /** In the order in which they would be sent; undefined if the plugin has no `explain`. */
  readonly requests: readonly ExplainedRequest[] | undefined;
  /** Why the store could not even make its requests. */
  readonly problem?: string;
}

/** A store for `explain`: it describes the requests of each batch and sends nothing. */
export function explainingStore(
  { audit, key, plugin, params, delivery }: InspectedStore,
  context: StoreContext,
  calls: PluginCalls,
  report: (explained: Explained) => void,
  mask: Mask,
): Store {
  return {
    async write(batch) {
      const bytes = batch.reduce((sum, record) => sum + record.bytes, 0);
      const about = { audit, store: key, plugin: plugin.name, records: batch.length, bytes };
      // Shorter than the time limit of the attempt: an explanation that hangs is reported, not tried again.
      const limitMs = Math.max(1, delivery.timeoutMs - 1);
      try {
        const { explain } = plugin;
        const answer = calls.run("explain", () => explain?.(batch, structuredClone(params), context));
        const found = await withTimeout(answer, limitMs, context.clock, "explain() did not answer");
        const requests = explain && maskRequests(readRequests(found, plugin, batch.length), mask);
        report({ ...about, requests });
      } catch (error) {
        report({ ...about, requests: [], problem: messageOf(maskError(error, mask)) });
      }
    },
  };
}
