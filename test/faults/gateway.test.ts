import esstore from "@cloudmarker/esstore";
import type { StorePlugin } from "@cloudmarker/store-api";
import { expect, test } from "vitest";
import { isBulk, startElasticsearch } from "../../packages/store-testkit/src/servers/elasticsearch/server.ts";
import { send } from "./send.ts";

test.each([
  { timestamp: "2026-11-23T14:53:14Z", status: 400, error: "Bad Request", path: "/faults/_bulk" },
  { error: { code: 400, message: "The API key is not valid", status: "INVALID_ARGUMENT" } },
])("while a gateway answers 400 with %j, no record is given up (ES-31)", async (body) => {
  await using server = await startElasticsearch();
  server.faults.next({ kind: "status", status: 400, body, on: isBulk }, 8);
  const records = Array.from({ length: 50 }, (_, seq) => ({ seq }));
  const batches = { batch: { records: 10 } };
  const { receipt } = await send(esstore as unknown as StorePlugin, { node: server.url }, records, batches);
  expect(receipt).toMatchObject({ written: 50, deadLettered: 0 });
});
