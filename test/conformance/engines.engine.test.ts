// The stores of ours across a network keep the store contract, on real engines. The report cards are printed, and
// written to the folder that CLOUDMARKER_REPORT_CARDS names; without it these tests are left out, since they take
// some minutes.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import esstore from "@cloudmarker/esstore";
import mongodbstore from "@cloudmarker/mongodbstore";
import splunkhecstore from "@cloudmarker/splunkhecstore";
import type { ParamsSchema } from "@cloudmarker/store-api";
import { checkStore, formatReport, type StoredRow, type StoreUnderTest } from "@cloudmarker/store-testkit";
import { EJSON } from "bson";
import { MongoClient } from "mongodb";
import { describe, expect, test } from "vitest";
import { describeEngine, type EngineAddress, sharedEngine } from "../engines/index.ts";
import { readLossless } from "../support/lossless.ts";
import { otlpEvents } from "../support/otlp.ts";

const folder = process.env["CLOUDMARKER_REPORT_CARDS"];

/** Lets the store be examined on an engine, which is not stopped: others use it. @returns what failed */
async function examine<const S extends ParamsSchema>(
  engine: EngineAddress,
  subject: Omit<StoreUnderTest<S>, "server">,
): Promise<readonly string[]> {
  const card = await checkStore({
    timeoutMs: 3000,
    module: fileURLToPath(import.meta.resolve(`@cloudmarker/${subject.plugin.name}`)),
    server: () => ({ port: engine.port, stop: () => undefined }),
    ...subject,
  } as StoreUnderTest<S>);
  const text = formatReport(card);
  process.stdout.write(`${engine.name}: ${text}\n`);
  if (folder !== undefined) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, `${subject.plugin.name}-${engine.name}.json`),
      `${JSON.stringify(card, undefined, 2)}\n`,
    );
  }
  return card.checks.flatMap((one) => (one.result === "failed" ? [`${one.clause} ${one.key}: ${one.came}`] : []));
}

const LIMIT_MS = 600_000;

describe.skipIf(folder === undefined)("report cards (skipped unless CLOUDMARKER_REPORT_CARDS names a folder)", () => {
  describeEngine(["elasticsearch", "opensearch"], "EsStore", (name) => {
    test("keeps the store contract", { timeout: LIMIT_MS }, async () => {
      const engine = await sharedEngine(name);
      const failures = await examine(engine, {
        plugin: esstore,
        params: ({ url, namespace }) => ({ node: url, index: namespace }),
        read: async ({ url, namespace }) => {
          await fetch(`${url}/${namespace}/_refresh`, { method: "POST" });
          return hitsIn(`${url}/${namespace}`);
        },
        wrong: { address: { node: "http://127.0.0.1:1" } },
        keeps: { digits: true, depth: 15 },
        // The first batch waits for a new index.
        timeoutMs: 8000,
      });
      expect(failures).toEqual([]);
    });
  });

  describeEngine(["mongo-java", "ferretdb"], "MongoDBStore", (name) => {
    test("keeps the store contract", { timeout: LIMIT_MS }, async () => {
      const engine = await sharedEngine(name);
      const client = new MongoClient(engine.url);
      try {
        const failures = await examine(engine, {
          plugin: mongodbstore,
          params: ({ port, namespace }) => ({
            uri: `mongodb://127.0.0.1:${port}/`,
            db: "conformance",
            collection: namespace,
            server_selection_timeout: 1000,
          }),
          read: async ({ namespace }) => {
            const found = await client.db("conformance").collection(namespace).find().toArray();
            return found.map((one) => ({ id: String(one["_id"]), json: EJSON.stringify(one, { relaxed: true }) }));
          },
          wrong: { address: { uri: "mongodb://127.0.0.1:1/" } },
          keeps: { depth: 15, ...(name === "ferretdb" && { specialKeys: false, nestedArrays: false }) },
        });
        expect(failures).toEqual([]);
      } finally {
        await client.close();
      }
    });
  });

  describeEngine("hec", "SplunkHECStore", (name) => {
    test("keeps the store contract", { timeout: LIMIT_MS }, async () => {
      const engine = await sharedEngine(name);
      const rows = (source: string): StoredRow[] =>
        otlpEvents(engine.received?.() ?? "", source).map(({ fields }) => ({ id: String(fields["record_id"]) }));
      const failures = await examine(engine, {
        plugin: splunkhecstore,
        params: ({ url, namespace }) => ({ uri: url, token: "t-1", source: namespace, ack: false }),
        // It passes on what it has taken a little later.
        read: async ({ namespace }) => {
          for (let before = -1; ;) {
            const now = rows(namespace);
            if (now.length === before) return now;
            before = now.length;
            await new Promise((resolve) => void setTimeout(resolve, 500));
          }
        },
        visible: "done",
        wrong: { address: { uri: "http://127.0.0.1:1" } },
      });
      expect(failures).toEqual([]);
    });
  });
});

/** All documents of an index, with their literals: not more than one answer can have. */
async function hitsIn(url: string): Promise<StoredRow[]> {
  const answer = await fetch(`${url}/_search?size=10000`);
  if (!answer.ok) return [];
  const { hits } = readLossless(await answer.text()) as { hits: { hits: { _id: string; _source: unknown }[] } };
  return hits.hits.map(({ _id: id, _source }) => ({ id, json: JSON.stringify(_source) }));
}
