import { expect, test } from "vitest";
import { startElasticsearch } from "../../../packages/store-testkit/src/servers/elasticsearch/server.ts";
import type { ElasticsearchOptions } from "../../../packages/store-testkit/src/servers/elasticsearch/server.ts";
import esstore from "../src/index.ts";
import { batchOf } from "./make-record.ts";
import { attempt, DEFAULTS, openStore, STARTED } from "./support.ts";

/** Bytes that the host holds for a store unless told otherwise: what is under way must fit in. */
const QUEUE_BYTES = 16 * 1024 * 1024;

test("the plugin says what it is and what it promises", () => {
  expect(esstore).toMatchObject({ kind: "store", name: "esstore", className: "EsStore", apiVersion: 1 });
  expect(esstore.supports).toEqual({ idempotent: true, ordered: false });
});

test("batches are sized for servers far away, within the bytes of the queue (L-83, ME-8)", () => {
  const { records, concurrency = 0 } = esstore.batch;
  const { bytes = 0 } = esstore.batchFor?.(DEFAULTS) ?? {};
  expect([records, bytes, concurrency]).toEqual([1000, 2_000_000, 8]);
  expect(bytes * concurrency).toBeLessThanOrEqual(QUEUE_BYTES);
});

const SERVERS: readonly ElasticsearchOptions[] = [
  { version: "7.17.29" },
  { version: "8.19.0" },
  { version: "9.2.0" },
  { version: "9.2.0", stripHeaders: true },
  { product: "opensearch", version: "3.8.0" },
];

test.each(SERVERS)("one client writes to $product $version (ES-42, ES-43)", async (options) => {
  await using server = await startElasticsearch({ ...options, checkSources: true });
  const store = await openStore(server.url);
  const batch = batchOf(3);
  expect(await store.write(batch, attempt())).toEqual([]);
  expect([...server.documents("cloudmarker")]).toEqual(
    batch.map(({ id, json }) => [id, `${json.slice(0, -1)},"@timestamp":"${STARTED}"}`]),
  );
});
