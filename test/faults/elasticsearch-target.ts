import esstore from "@cloudmarker/esstore";
import type { StorePlugin } from "@cloudmarker/store-api";
import { isBulk, startElasticsearch } from "../../packages/store-testkit/src/servers/elasticsearch/server.ts";
import { type TargetKind, seqOf, seqsIn, tally } from "./target.ts";

const INDEX = "faults";

/** EsStore and a scripted Elasticsearch 9. */
export const elasticsearchTarget: TargetKind = {
  store: "esstore",
  idempotent: true,
  async start({ maxBytes } = {}) {
    const server = await startElasticsearch({ ...(maxBytes !== undefined && { maxContentLength: maxBytes }) });
    const { faults } = server;
    return {
      plugin: esstore as unknown as StorePlugin,
      params: { node: server.url, index: INDEX },
      stored: () => tally(Array.from(server.documents(INDEX).values(), seqOf)),
      activity: () => server.requests,
      throttle() {
        faults.every(20, { kind: "status", status: 429, body: "", headers: { "retry-after": "2" }, on: isBulk });
        const throttled = new Set<number>();
        server.itemFault = (source) => {
          const seq = seqOf(source);
          if (seq % 20 !== 7 || throttled.has(seq)) return undefined;
          throttled.add(seq);
          return { status: 429, type: "es_rejected_execution_exception", reason: "queue is full" };
        };
      },
      breakAt(isBad) {
        faults.always({ kind: "close", on: (request) => isBulk(request) && isBad(seqsIn(request.body)) });
      },
      turnAway(retryAfterS) {
        const headers = { "retry-after": String(retryAfterS) };
        faults.always({ kind: "status", status: 503, body: "busy", headers });
      },
      loseAnswer: (how) => void faults.next({ kind: how, applied: true, on: isBulk }),
      answerNonsense: (times) => void faults.next({ kind: "html200", on: isBulk }, times),
      async lock(why) {
        if (why === "closed") {
          await fetch(`${server.url}/${INDEX}`, { method: "PUT" });
          await fetch(`${server.url}/${INDEX}/_close`, { method: "POST" });
        } else {
          const reason = why === "expired" ? "API key is expired" : "unable to authenticate user [me]";
          const error = { type: "security_exception", reason };
          faults.always({ kind: "status", status: 401, body: { error, status: 401 } });
        }
      },
      async repair() {
        faults.clear();
        server.itemFault = undefined;
        await fetch(`${server.url}/${INDEX}/_open`, { method: "POST" });
      },
      stop: () => server.stop(),
      restart: () => server.restart(),
      [Symbol.asyncDispose]: () => server.stop(),
    };
  },
};
