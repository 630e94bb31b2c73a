// Records go to indices by their own names, and one of these takes nothing: the others must not suffer (ES-27, MG-10;
// "one bad record never costs its neighbours").
import esstore from "@cloudmarker/esstore";
import mongodbstore from "@cloudmarker/mongodbstore";
import type { StorePlugin } from "@cloudmarker/store-api";
import { expect, test } from "vitest";
import { startElasticsearch } from "../../packages/store-testkit/src/servers/elasticsearch/server.ts";
import { startMongo } from "../../packages/store-testkit/src/servers/mongodb/server.ts";
import { send } from "./send.ts";

const COUNT = 100;

/** One record of ten is for the place that takes nothing. */
const RECORDS = Array.from({ length: COUNT }, (_, seq) => ({
  raw: { seq },
  ext: {},
  com: { origin_worker: seq % 10 === 3 ? "refused" : "fine" },
}));

const NAME = "audit-{com.origin_worker}";
// In the proportion of the defaults: a blocked store is tried again after 60 s, and the deadline is 60 s.
const DELIVERY = {
  batch: { records: 10 },
  queue: { records: 15 },
  deadline: "5s",
  retry: { min: "50ms", max: "5s" },
} as const;
/** Enough for the deadline, and too little for a pause with every record that is refused. */
const PATIENCE_MS = 30_000;

test("a refused index of several costs only its own records: esstore (ES-27)", async () => {
  await using server = await startElasticsearch();
  const error = { status: 403, type: "security_exception", reason: "action is unauthorized for API key" };
  server.itemFault = (source) => (source.includes('"origin_worker":"refused"') ? error : undefined);
  const params = { node: server.url, index: NAME };
  const { receipt, letters, tookMs } = await send(esstore as unknown as StorePlugin, params, RECORDS, DELIVERY);
  expect(letters.filter(({ json }) => json.includes('"fine"'))).toEqual([]);
  expect(receipt).toMatchObject({ accepted: COUNT, written: COUNT - COUNT / 10, deadLettered: COUNT / 10 });
  expect(tookMs).toBeLessThan(PATIENCE_MS);
});

test("a refused collection of several costs only its own records: mongodbstore (MG-10)", async () => {
  await using server = await startMongo();
  server.faults.always({
    kind: "error",
    code: 13,
    errmsg: "not authorized to execute insert",
    on: ({ command, ns }) => command === "insert" && ns.endsWith("refused"),
  });
  const params = { uri: server.uri, collection: NAME };
  const { receipt, letters, tookMs } = await send(mongodbstore as unknown as StorePlugin, params, RECORDS, DELIVERY);
  expect(letters.filter(({ json }) => json.includes('"fine"'))).toEqual([]);
  expect(receipt).toMatchObject({ accepted: COUNT, written: COUNT - COUNT / 10, deadLettered: COUNT / 10 });
  expect(tookMs).toBeLessThan(PATIENCE_MS);
});
