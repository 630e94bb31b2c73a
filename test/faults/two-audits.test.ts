// Two audits of one run that write to one store: each is there, and says so.
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

test("records of two audits that share a store are not duplicates of each other (ES-07)", async () => {
  await using elasticsearch = await startElasticsearch();
  await using mongo = await startMongo();
  const stateDir = mkdtempSync(join(tmpdir(), "cloudmarker-audits-"));
  onTestFinished(() => rmSync(stateDir, { recursive: true, force: true }));
  const stores = ["search", "database"];
  const config = {
    plugins: {
      search: { plugin: esstore, params: { node: elasticsearch.url, index: "shared" } },
      database: { plugin: mongodbstore, params: { uri: mongo.uri, db: "shared" } },
    },
    audits: { one: { stores }, two: { stores } },
    run: ["one", "two"],
  };
  const send = async (): Promise<number[][]> => {
    const host = createHost({ config, stateDir, run: "20261123_145314" });
    await host.write([{ seq: 1 }, { seq: 2 }]);
    return (await host.done()).stores.map(({ written, duplicate }) => [written, duplicate]);
  };
  expect(await send()).toEqual(Array.from({ length: 4 }, () => [2, 0]));
  const inElasticsearch = Array.from(elasticsearch.documents("shared").values(), (text) => JSON.parse(text) as unknown);
  const inMongo = Array.from(mongo.documents("shared.cloudmarker").values(), (one) => deserialize(one));
  for (const documents of [inElasticsearch, inMongo] as { com: { audit_key: string } }[][])
    expect(documents.map(({ com }) => com.audit_key).toSorted()).toEqual(["one", "one", "two", "two"]);
  // The same run once more changes nothing.
  expect(await send()).toEqual(Array.from({ length: 4 }, () => [0, 2]));
});
