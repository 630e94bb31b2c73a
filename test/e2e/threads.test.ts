// The command with every store in a thread of its own.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Receipt } from "@cloudmarker/store-api";
import { expect, onTestFinished, test } from "vitest";
import { startElasticsearch } from "../../packages/store-testkit/src/servers/elasticsearch/server.ts";
import { startMongo } from "../../packages/store-testkit/src/servers/mongodb/server.ts";
import { startSplunk } from "../../packages/store-testkit/src/servers/splunk/server.ts";
import { runCli } from "../support/run-cli.ts";

const COUNT = 3_000;
const RUN = ["--run-id", "20261123_145314", "--json"];

test("all four stores deliver from threads what they deliver without, under the same ids, and the command ends", async () => {
  await using elasticsearch = await startElasticsearch();
  await using mongo = await startMongo();
  await using splunk = await startSplunk({ tokens: { "t-1": {} } });
  const folder = mkdtempSync(join(tmpdir(), "cloudmarker-threads-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const config = (isolation: string) => ({
    plugins: {
      files: { plugin: "filestore", params: { path: "./out", format: "ndjson" } },
      search: { plugin: plugin("esstore"), params: { node: elasticsearch.url, index: "threads" } },
      database: { plugin: plugin("mongodbstore"), params: { uri: mongo.uri, db: "threads" } },
      events: { plugin: plugin("splunkhecstore"), params: { uri: splunk.url, token: "t-1" } },
    },
    audits: { default: { stores: ["files", "search", "database", "events"] } },
    run: ["default"],
    delivery: { isolation },
  });
  const records = Array.from({ length: COUNT }, (_, n) => `{"n":${n},"text":"ünï","big":14517067005933136034}`);
  const write = async (isolation: string): Promise<Receipt> => {
    writeFileSync(join(folder, "c.json"), JSON.stringify(config(isolation)));
    const { code, stdout, stderr } = await runCli(["write", "-c", "c.json", ...RUN], folder, records.join("\n"));
    expect(stderr + code).toMatch(/0$/u);
    return JSON.parse(stdout) as Receipt;
  };

  const first = await write("thread");
  expect(first.stores.map(({ store, written }) => [store, written])).toEqual([
    ["files", COUNT],
    ["search", COUNT],
    ["database", COUNT],
    ["events", COUNT],
  ]);
  expect(readdirSync(join(folder, "out")).filter((name) => !name.startsWith("."))).toHaveLength(1);
  expect(elasticsearch.documents("threads").size).toBe(COUNT);
  expect(mongo.documents("threads.cloudmarker").size).toBe(COUNT);
  const ids = splunk.recordIds();
  expect(ids.size).toBe(COUNT);

  // Done again without threads, what knows ids has all of them.
  const second = await write("inline");
  expect(second.stores.map(({ store, duplicate }) => [store, duplicate])).toEqual([
    ["files", 0],
    ["search", COUNT],
    ["database", COUNT],
    ["events", 0],
  ]);
  expect([...splunk.recordIds().values()].every((times) => times === 2)).toBe(true);
});

function plugin(name: string): string {
  return pathToFileURL(join(import.meta.dirname, "../../plugins", name, "lib/index.js")).pathname;
}
