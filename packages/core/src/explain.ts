import type { ExplainedRequest, Store, StoreContext } from "@cloudmarker/store-api";
import { messageOf } from "./errors.ts";
import type { InspectedStore } from "./inspect.ts";
import { maskError } from "./masking/mask-error.ts";
import type { Mask } from "./masking/mask.ts";
import { maskRequests } from "./masking/mask-store.ts";

/** What one batch would cause at one store. */
export interface Explained {
  readonly audit: string;
  readonly store: string;
  readonly plugin: string;
  /** Records of the batch, and the sum of their JSON texts in UTF-8 bytes. */
  readonly records: number;
  readonly bytes: number;
  /** In the order in which they would be sent; undefined for a plugin that cannot tell. */
  readonly requests: readonly ExplainedRequest[] | undefined;
  /** Why the store could not even make its requests. */
  readonly problem?: string;
}

/** Stands in for a store: batches are cut as they would be, and described instead of sent. */
export function explainingStore(
  { audit, key, plugin, params }: InspectedStore,
  context: StoreContext,
  report: (explained: Explained) => void,
  mask: Mask,
): Store {
  return {
    async write(batch) {
      const bytes = batch.reduce((sum, record) => sum + record.bytes, 0);
      const about = { audit, store: key, plugin: plugin.name, records: batch.length, bytes };
      try {
        const requests = await plugin.explain?.(batch, structuredClone(params), context);
        report({ ...about, requests: requests && maskRequests(requests, mask) });
      } catch (error) {
        report({ ...about, requests: [], problem: messageOf(maskError(error, mask)) });
      }
    },
  };
}
