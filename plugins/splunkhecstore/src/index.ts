import { defineStore } from "@cloudmarker/store-api";
import type { StorePlugin } from "@cloudmarker/store-api";
import { shownHeaders } from "@cloudmarker/store-api/kit";
import { check } from "./check.ts";
import { params } from "./params.ts";
import { requestMaker } from "./request.ts";
import { connect, endpointOf, headersOf } from "./server.ts";
import { validate } from "./validate.ts";
import { writer } from "./writer.ts";

export type { SplunkHecStoreParams } from "./params.ts";

/** Writes records to a Splunk HTTP Event Collector (HEC), which has no ids: each carries its own in the indexed field `record_id`. */
const splunkhecstore: StorePlugin<typeof params> = defineStore({
  name: "splunkhecstore",
  className: "SplunkHECStore",
  apiVersion: 1,
  params,
  supports: { idempotent: false, ordered: false },
  batch: { records: 1000, concurrency: 4 },

  validate,

  batchFor({ buffer_size, max_body, ack }) {
    // Whoever waits for the indexers has more under way meanwhile.
    return { records: buffer_size, bytes: Math.min(max_body, 1_000_000), concurrency: ack === true ? 8 : 4 };
  },

  explain(batch, given, context) {
    const { origin, path } = endpointOf(given.uri);
    const headers = shownHeaders(headersOf(given.token, given.channel ?? "(a random GUID)", given.gzip));
    const { groups } = requestMaker(given, context.startedMs)(batch);
    return groups.map(({ body, records }) => ({
      method: "POST",
      url: `${origin}${path}/event`,
      headers,
      body: body.toString(),
      records: records.length,
    }));
  },

  async open(given, context) {
    const server = await connect(given, context);
    return {
      write: writer(given, context, server),
      done: () => ({ location: `${server.peer}, ${given.index ?? "the default index of the token"}` }),
      check: () => check(server, given),
      close: () => server.close(),
    };
  },
});

export default splunkhecstore;
