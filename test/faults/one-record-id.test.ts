// What producers say of their records is not to be trusted: two different ones can have the same `record_id`.
import esstore from "@cloudmarker/esstore";
import mongodbstore from "@cloudmarker/mongodbstore";
import { createHost } from "@cloudmarker/core";
import { deserialize } from "bson";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startElasticsearch } from "../../packages/store-testkit/src/servers/elasticsearch/server.ts";
import { startMongo } from "../../packages/store-testkit/src/servers/mongodb/server.ts";

interface Document {
  readonly raw: { readonly uid: string; readonly n: number };
}

function both(...counts: number[]): number[][] {
  return [counts, counts];
}

test.each([
  ["com.record_id", { record_id: "same" }, undefined],
  ["what audits.NAME.id leads to", {}, "/raw/uid"],
])("different records with one %s are all there, in one run and in the next (L-03)", async (_, com, id) => {
  await using elasticsearch = await startElasticsearch();
  await using mongo = await startMongo();
  const stateDir = mkdtempSync(join(tmpdir(), "cloudmarker-ids-"));
  onTestFinished(() => rmSync(stateDir, { recursive: true, force: true }));
  const config = {
    plugins: {
      search: { plugin: esstore, params: { node: elasticsearch.url, index: "shared" } },
      database: { plugin: mongodbstore, params: { uri: mongo.uri, db: "shared" } },
    },
    audits: { nightly: { stores: ["search", "database"], ...(id !== undefined && { id }) } },
  };
  const send = async (run: string, ...numbers: number[]): Promise<number[][]> => {
    const host = createHost({ config, stateDir, run });
    await host.write(numbers.map((n) => ({ raw: { uid: "same", n }, ext: {}, com })));
    return (await host.done()).stores.map(({ written, duplicate }) => [written, duplicate]);
  };
  // The same record twice is one record.
  expect(await send("20261123_145314", 1, 2, 1)).toEqual(both(2, 1));
  // The same run again changes nothing; the next one adds its own.
  expect(await send("20261123_145314", 1, 2)).toEqual(both(0, 2));
  expect(await send("20261124_145314", 1, 3)).toEqual(both(2, 0));

  const inElasticsearch = Array.from(
    elasticsearch.documents("shared").values(),
    (text) => JSON.parse(text) as Document,
  );
  const inMongo = Array.from(mongo.documents("shared.cloudmarker").values(), (one) => deserialize(one) as Document);
  for (const documents of [inElasticsearch, inMongo])
    expect(documents.map(({ raw }) => raw.n).toSorted()).toEqual([1, 1, 2, 3]);
});
