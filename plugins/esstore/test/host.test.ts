import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHost } from "@cloudmarker/core";
import type { Explained, Receipt } from "@cloudmarker/core";
import { expect, onTestFinished, test } from "vitest";
import { startElasticsearch } from "../../../packages/store-testkit/src/servers/elasticsearch/server.ts";
import type { ElasticsearchServer } from "../../../packages/store-testkit/src/servers/elasticsearch/server.ts";
import esstore from "../src/index.ts";

const RECORDS = 1200;

/** One run that sends this many records and two markers less. */
async function run(server: ElasticsearchServer, params: object = {}): Promise<Receipt> {
  const stateDir = mkdtempSync(join(tmpdir(), "esstore-test-"));
  onTestFinished(() => rmSync(stateDir, { recursive: true }));
  const host = createHost({
    stores: {
      search: {
        plugin: esstore,
        params: { node: server.url, ...params },
        delivery: { batch: { records: 100 }, retry: { min: 1 } },
      },
    },
    stateDir,
  });
  for (let n = 0; n < RECORDS; n += 1)
    await host.write({ raw: { n }, ext: {}, com: { record_id: `r${n}`, origin_worker: n % 2 ? "aws" : "gcp" } });
  return host.done();
}

function sent(): string[] {
  return Array.from({ length: RECORDS }, (_, n) => `r${n}`).toSorted();
}

function nameOf(source: string): string {
  return (JSON.parse(source) as { com: { record_id: string } }).com.record_id;
}

function stored(server: ElasticsearchServer): string[] {
  return Array.from(server.documents().values(), nameOf).toSorted();
}

test("single records that fail are sent again alone, in the end once each (ES-28)", async () => {
  const tried = new Set<string>();
  await using server = await startElasticsearch({
    itemFault(source) {
      const name = nameOf(source);
      if (Number(name.slice(1)) % 7 !== 0 || tried.has(name)) return undefined;
      tried.add(name);
      return { status: 429, type: "es_rejected_execution_exception", reason: "queue is full" };
    },
  });
  const { ok, stores } = await run(server);
  expect(ok).toBe(true);
  expect(stores).toMatchObject([{ written: RECORDS, duplicate: 0 }]);
  expect(server.received.length).toBe(RECORDS + tried.size);
});

test("a record that no form helps is a dead letter with the server's reason; the others arrive (ES-26)", async () => {
  await using server = await startElasticsearch({
    itemFault: (source) =>
      nameOf(source) === "r5"
        ? { status: 400, type: "document_parsing_exception", reason: "failed to parse" }
        : undefined,
  });
  const { stores } = await run(server);
  expect(stores).toMatchObject([
    {
      written: RECORDS - 1,
      deadLettered: 1,
      reasons: [
        { code: "document_parsing_exception", count: 1, reason: "document_parsing_exception: failed to parse" },
      ],
    },
  ]);
});

test("a body over the server's limit is cut into smaller ones (ES-11, ES-31)", async () => {
  await using server = await startElasticsearch({ maxContentLength: 4000 });
  const { ok } = await run(server);
  expect(ok).toBe(true);
  expect(stored(server)).toEqual(sent());
});

test("refused records that are too large to be diverted together are halved; each is there once (ES-12, L-41)", async () => {
  await using server = await startElasticsearch({
    itemFault: (source) =>
      source.startsWith('{"raw":{"n":9')
        ? { status: 400, type: "document_parsing_exception", reason: "failed to parse" }
        : undefined,
  });
  const large: number[] = [];
  server.faults.always({
    kind: "status",
    status: 413,
    on: ({ body }) => {
      const objects = body.toString().split('{"unindexed":').length - 1;
      if (objects > 1) large.push(objects);
      return objects > 1;
    },
  });
  const { ok, stores } = await run(server);
  expect(ok).toBe(true);
  expect(large.length).toBeGreaterThan(0);
  // Of raw.n: 9, 90 to 99, 900 to 999. None is a duplicate: what was settled is not sent again.
  expect(stores).toMatchObject([{ written: RECORDS, diverted: 111, duplicate: 0, deadLettered: 0 }]);
  expect(stored(server)).toEqual(sent());
});

test("a node that is down costs attempts, and no records", async () => {
  await using server = await startElasticsearch();
  const down = await startElasticsearch();
  await down.stop();
  const { ok, stores } = await run(server, { node: undefined, nodes: [down.url, server.url] });
  expect(ok).toBe(true);
  expect(stores).toMatchObject([{ written: RECORDS, duplicate: 0 }]);
  expect(stores[0]?.retries).toBeGreaterThan(0);
});

test("explain shows the very requests that are sent, without secrets", async () => {
  const all: Explained[] = [];
  const params = { node: "https://es.example:9200", index: "audit-%Y", api_key: "aWQ6a2V5" };
  const host = createHost({
    stores: { search: { plugin: esstore, params, delivery: { batch: { records: 1 } } } },
    explain: (explained) => all.push(explained),
  });
  for (const record_id of ["r1", "r2"]) await host.write({ raw: { n: 1 }, ext: {}, com: { record_id } });
  await host.done();
  const requests = all.flatMap((one) => one.requests ?? []);
  const year = new Date().getUTCFullYear();
  expect(requests).toMatchObject([
    { method: "PUT", url: "https://es.example:9200/_index_template/cloudmarker-audit-_", records: 0 },
    {
      method: "POST",
      url: expect.stringMatching(/^https:\/\/es\.example:9200\/_bulk\?filter_path=/),
      headers: {
        "user-agent": "cloudmarker-esstore",
        authorization: "ApiKey ********",
        "content-type": "application/x-ndjson",
        accept: "application/json",
      },
      body: expect.stringMatching(
        new RegExp(`^\\{"create":\\{"_index":"audit-${year}","_id":"[0-9a-f]{32}"\\}\\}\\n\\{"raw":`, "u"),
      ),
      records: 1,
    },
    { method: "POST", body: expect.stringContaining('"record_id":"r2"'), records: 1 },
  ]);
  expect(JSON.stringify(requests)).not.toContain("aWQ6a2V5");
});
