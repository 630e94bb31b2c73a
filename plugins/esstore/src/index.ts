import { defineStore, type Outcome, RetryError, type StoreContext, type StorePlugin } from "@cloudmarker/store-api";
import { parseNameTemplate } from "@cloudmarker/store-kit/names";
import { prepareOnce } from "@cloudmarker/store-kit/tasks";
import { tlsNotes } from "@cloudmarker/store-kit/http";
import { nameWritten } from "@cloudmarker/store-kit/batches";
import { check } from "./check.ts";
import { BLAMES } from "./codes.ts";
import { divert } from "./divert.ts";
import { install } from "./mapping/install.ts";
import { indexPattern, indexTemplate, templatePath } from "./mapping/template.ts";
import { bulkOutcomes, type BulkOutcomes, refusesIndexInBody } from "./outcomes.ts";
import { params } from "./params.ts";
import { type Addressing, type Bulk, bulkMaker } from "./request.ts";
import { connect, nodesOf, shown } from "./server.ts";
import { validate } from "./validate.ts";

export type { EsStoreParams } from "./params.ts";

/** Runs whose explanation has the index template already. */
const explained = new WeakSet<StoreContext>();

/** Writes records to Elasticsearch or OpenSearch by bulk requests, each record under its own id. */
const esstore: StorePlugin<typeof params> = defineStore({
  name: "esstore",
  className: "EsStore",
  apiVersion: 1,
  params,
  supports: { idempotent: true, ordered: false },
  batch: { records: 1000, concurrency: 8 },

  validate,
  blames: BLAMES,

  batchFor({ buffer_size }) {
    return { bytes: Math.max(buffer_size, 1) };
  },

  target(given) {
    const nodes = nodesOf(given);
    const name = `${nodes.join(", ")}/${given.index}`;
    return { name, keys: nodes.map((node) => `${URL.parse(node)?.href ?? node} ${given.index}`), param: "index" };
  },

  explain(batch, given, context) {
    const older = given.mapping === "managed" ? new Set<string>() : undefined;
    const bulk = bulkMaker(given, context.startedMs)(batch, older);
    const requests = bulk.items.length > 0 ? [shown(given, bulk, bulk.items.length, context)] : [];
    if (given.mapping === "none" || explained.has(context)) return requests;
    explained.add(context);
    // Sent only if the template is not there yet. OpenSearch gets other field types.
    const body = indexTemplate(given, "Elasticsearch");
    return [shown(given, { method: "PUT", path: templatePath(given.index), body }, 0, context), ...requests];
  },

  async open(given, context) {
    const server = await connect(given, context);
    const isOneIndex = parseNameTemplate(given.index).constant !== undefined;
    const addressing: Addressing = { inPath: false };
    const toBulk = bulkMaker(given, context.startedMs, addressing);
    // It does not use the signal of one attempt: several batches wait for it.
    const ready = prepareOnce(() => install(server, given));
    let dropped = 0;
    let renamed = 0;

    const send = async (bulk: Bulk, signal: AbortSignal): Promise<BulkOutcomes> => {
      const answer = await server.send(bulk, signal);
      if (isOneIndex && bulk.path.startsWith("/_bulk") && refusesIndexInBody(answer)) {
        addressing.inPath = true;
        throw new RetryError(
          "explicit_index",
          `${answer.peer} takes the index in the path of a request only; it gets it there now.`,
        );
      }
      const result = bulkOutcomes(answer, bulk.items, given.op);
      bulk.release();
      dropped += result.dropped;
      renamed += result.renamed;
      return result;
    };

    return {
      async write(batch, attempt) {
        const { signal } = attempt;
        const older = await ready();
        const bulk = toBulk(batch, older);
        if (bulk.items.length === 0) return bulk.rejected;
        const { outcomes, refused } = await send(bulk, signal);
        const known = [...bulk.rejected, ...outcomes];
        if (refused.length === 0) {
          if (!signal.aborted) toBulk.settle(batch, known);
          return known;
        }
        const settle = (positions: readonly number[], some: readonly Outcome[]): void => {
          if (signal.aborted) return;
          toBulk.settle(batch, some, positions);
          attempt.settle?.(nameWritten(positions, some));
        };
        const refusedAt = new Set(refused.map(({ outcome }) => outcome.index));
        settle(
          [...batch.keys()].filter((position) => !refusedAt.has(position)),
          known,
        );
        const again = await divert(refused, older, (diverted) => send(toBulk(batch, older, diverted), signal), settle);
        return [...known, ...again];
      },
      done: () => ({
        location: `${server.peer}/${indexPattern(given.index)}`,
        notes: [
          ...tlsNotes(given.tls),
          ...toBulk.notes(),
          ...(dropped ? [`Records that an ingest pipeline dropped, counted as written: ${dropped}.`] : []),
          ...(renamed ? [`Duplicates of documents under another id, which an ingest pipeline gave: ${renamed}.`] : []),
        ],
        remarks: toBulk.remarks(),
      }),
      check: () => check(server, given, context),
      close: () => server.close(),
    };
  },
});

export default esstore;
