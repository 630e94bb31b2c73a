import { defineStore, StoreError } from "@cloudmarker/store-api";
import type { StoreContext, StorePlugin } from "@cloudmarker/store-api";
import { once } from "@cloudmarker/store-api/kit";
import { check } from "./check.ts";
import { divert } from "./divert.ts";
import { indexPattern, indexTemplate } from "./mapping.ts";
import { bulkOutcomes, type BulkOutcomes } from "./outcomes.ts";
import { params } from "./params.ts";
import { prepare, templateRequest } from "./prepare.ts";
import { type Bulk, bulkMaker } from "./request.ts";
import { connect, shownRequest } from "./server.ts";
import { validate } from "./validate.ts";

export type { EsStoreParams } from "./params.ts";

/** Runs whose explanation began already. */
const explained = new WeakSet<StoreContext>();

/** Writes records to Elasticsearch or OpenSearch by bulk requests, each record under its own id. */
const esstore: StorePlugin<typeof params> = defineStore({
  name: "esstore",
  className: "EsStore",
  apiVersion: 1,
  params,
  supports: { idempotent: true },
  batch: { records: 1000 },

  validate,

  batchFor({ buffer_size }) {
    return { bytes: buffer_size };
  },

  explain(batch, given, context) {
    const bulk = bulkMaker(given, context.startedMs).bulk(batch);
    const requests = bulk.items.length > 0 ? [shownRequest(given, bulk, bulk.items.length)] : [];
    if (given.mapping === "none" || explained.has(context)) return requests;
    explained.add(context);
    // Sent where the template is not there yet; OpenSearch gets types of its own.
    const template = templateRequest(given, indexTemplate(given, "Elasticsearch"));
    return [shownRequest(given, template, 0), ...requests];
  },

  async open(given, context) {
    const server = await connect(given, context);
    const maker = bulkMaker(given, context.startedMs);
    // It has time limits of its own, since the attempts of several batches wait for it.
    const ready = once(() => prepare(server, given, context).catch(throwNotSent));

    const send = async (bulk: Bulk, signal: AbortSignal): Promise<BulkOutcomes> => {
      if (bulk.items.length === 0) return { outcomes: [], refused: [] };
      return bulkOutcomes(await server.send(bulk, signal), bulk, given.op, context.clock.now());
    };

    return {
      async write(batch, { signal }) {
        const { diverts } = await ready();
        const bulk = maker.bulk(batch);
        const { outcomes, refused } = await send(bulk, signal);
        const settled = diverts
          ? await divert(refused, (positions) => send(maker.diverted(batch, positions), signal))
          : refused;
        return [...bulk.rejected, ...outcomes, ...settled];
      },
      done: () => ({ location: `${server.peer}/${indexPattern(given.index)}` }),
      check: () => check(server, given, context),
      close: () => server.close(),
    };
  },
});

export default esstore;

/** Before the first bulk request no record can have been applied, and none can be to blame. */
function throwNotSent(error: unknown): never {
  if (!(error instanceof StoreError)) throw error;
  const { status, code, message } = error;
  throw new StoreError(status === "retry" || status === "unknown" ? "retry" : "blocked", code, message, error);
}
