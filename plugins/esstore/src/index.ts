import { BlockedError, defineStore, RetryError, StoreError } from "@cloudmarker/store-api";
import type { StoreContext, StorePlugin } from "@cloudmarker/store-api";
import { check } from "./check.ts";
import { divert } from "./divert.ts";
import { indexPattern, indexTemplate } from "./mapping.ts";
import { nodesOf } from "./nodes.ts";
import { bulkOutcomes, type BulkOutcomes } from "./outcomes.ts";
import { params } from "./params.ts";
import { type Prepared, prepare, templateRequest } from "./prepare.ts";
import { type Bulk, bulkMaker } from "./request.ts";
import { connect, shownHeaders } from "./server.ts";
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
    const [node = ""] = nodesOf(given);
    const { path, body, items } = bulkMaker(given, context.startedMs).bulk(batch);
    const headers = shownHeaders(given, "application/x-ndjson", body);
    const bulk = { method: "POST", url: node + path, headers, body: body.toString(), records: items.length };
    const first = given.mapping === "managed" && !explained.has(context);
    explained.add(context);
    const requests = items.length > 0 ? [bulk] : [];
    if (!first) return requests;
    // Sent where the template is not there yet; OpenSearch gets types of its own.
    const template = templateRequest(given, indexTemplate(given, "Elasticsearch"));
    const text = JSON.stringify(template.body);
    const shown = shownHeaders(given, "application/json", Buffer.from(text));
    return [
      { method: template.method, url: node + template.path, headers: shown, body: text, records: 0 },
      ...requests,
    ];
  },

  async open(given, context) {
    const server = await connect(given, context);
    const maker = bulkMaker(given, context.startedMs);
    const { clock } = context;
    let preparing: Promise<Prepared> | undefined;

    /** Once, and again after a failure; it has time limits of its own, since the attempts of several batches wait for it. */
    const ready = (): Promise<Prepared> => {
      preparing ??= prepare(server, given, context).catch((error: unknown) => {
        preparing = undefined;
        throw notSent(error);
      });
      return preparing;
    };

    const send = async (bulk: Bulk, signal: AbortSignal): Promise<BulkOutcomes> => {
      if (bulk.items.length === 0) return { outcomes: [], refused: [] };
      const answer = await server.send({ method: "POST", path: bulk.path, body: bulk.body }, signal);
      return bulkOutcomes(answer, bulk, given.op, clock.now());
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

      done() {
        return { location: `${server.peer}/${indexPattern(given.index)}` };
      },

      check() {
        return check(server, given, context);
      },

      close() {
        return server.close();
      },
    };
  },
});

export default esstore;

/** Before the first bulk request no record can have been applied, and none can be to blame. */
function notSent(error: unknown): unknown {
  if (!(error instanceof StoreError)) return error;
  const { status, code, message, retryAfterMs, cause } = error;
  const Kind = status === "retry" || status === "unknown" ? RetryError : BlockedError;
  return new Kind(code, message, { cause, ...(retryAfterMs !== undefined && { retryAfterMs }) });
}
