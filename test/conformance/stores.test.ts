// The stores of ours across a network keep the store contract, on scripted servers.
import esstore from "@cloudmarker/esstore";
import mongodbstore from "@cloudmarker/mongodbstore";
import splunkhecstore from "@cloudmarker/splunkhecstore";
import { checkStore, type ReportCard, type TestServer } from "@cloudmarker/store-testkit";
import { deserialize, EJSON } from "bson";
import { expect, test } from "vitest";
import {
  type ElasticsearchServer,
  startElasticsearch,
} from "../../packages/store-testkit/src/servers/elasticsearch/server.ts";
import { type MongoFaultServer, startMongo } from "../../packages/store-testkit/src/servers/mongodb/server.ts";
import { type SplunkServer, startSplunk } from "../../packages/store-testkit/src/servers/splunk/server.ts";

interface Scripted {
  readonly port: number;
  stop(): Promise<void>;
  restart(): Promise<void>;
}

/** A scripted server, which the kit stops and starts midway. */
function restartable(server: Scripted): TestServer {
  return { port: server.port, stop: () => server.stop(), start: () => server.restart() };
}

/** A record that each of the servers refuses, as a field has a value that it does not take. */
const POISON = { date: "not a date" };
const isPoison = (text: string): boolean => text.includes("not a date");

/** The bytes as text: in BSON, texts stand as they are. */
function textIn(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}

/** What failed, one line for each check. */
function failuresOf({ checks }: ReportCard): readonly string[] {
  return checks.flatMap(({ result, clause, key, came }) => (result === "failed" ? [`${clause} ${key}: ${came}`] : []));
}

function passedIn({ checks }: ReportCard): readonly string[] {
  return checks.flatMap(({ result, key }) => (result === "passed" ? [key] : []));
}

/** The whole suite waits for many time limits. */
const LIMIT = { timeout: 240_000 };

test("EsStore (ME-6, ME-7)", LIMIT, async () => {
  let server: ElasticsearchServer | undefined;
  const auth = { username: "elastic", password: "es-secret" };
  const card = await checkStore({
    plugin: esstore,
    server: async () => {
      server = await startElasticsearch({ auth, checkSources: true });
      server.itemFault = (source) =>
        isPoison(source)
          ? { status: 400, type: "document_parsing_exception", reason: "failed to parse field [raw.date]" }
          : undefined;
      return restartable(server);
    },
    poison: POISON,
    params: ({ url, namespace }) => ({ node: url, index: namespace, ...auth }),
    read: ({ namespace }) => Array.from(server?.documents(namespace) ?? [], ([id, json]) => ({ id, json })),
    wrong: { credentials: { password: "another" }, address: { node: "http://127.0.0.1:1" } },
    keeps: { digits: true, depth: 100 },
  });
  expect(failuresOf(card)).toEqual([]);
  expect(passedIn(card)).toContain("poison-alone");
});

test("MongoDBStore (MM-6)", LIMIT, async () => {
  let server: MongoFaultServer | undefined;
  const auth = { username: "alice", password: "mongo-secret" };
  const card = await checkStore({
    plugin: mongodbstore,
    server: async () => {
      server = await startMongo({ auth });
      const refusal = { code: 121, errmsg: "Document failed validation" };
      const of = ({ bytes }: { readonly bytes: Uint8Array }) => (isPoison(textIn(bytes)) ? refusal : undefined);
      server.faults.always({ kind: "writeErrors", of });
      return restartable(server);
    },
    poison: POISON,
    params: ({ port, namespace }) => ({
      uri: `mongodb://127.0.0.1:${port}/`,
      db: "audit",
      collection: namespace,
      server_selection_timeout: 1500,
      ...auth,
    }),
    read: ({ namespace }) =>
      Array.from(server?.documents(`audit.${namespace}`).values() ?? [], (bytes) => {
        const document = deserialize(bytes);
        return { id: String(document["_id"]), json: EJSON.stringify(document, { relaxed: true }) };
      }),
    wrong: { credentials: { password: "another" }, address: { uri: "mongodb://127.0.0.1:1/" } },
    keeps: { depth: 100 },
    timeoutMs: 2000,
  });
  expect(failuresOf(card)).toEqual([]);
  expect(passedIn(card)).toContain("poison-alone");
});

test("SplunkHECStore", LIMIT, async () => {
  let server: SplunkServer | undefined;
  const card = await checkStore({
    plugin: splunkhecstore,
    server: async () => {
      server = await startSplunk({ tokens: { "hec-secret": {} } });
      server.eventFault = (text) => (isPoison(text) ? 15 : undefined);
      return restartable(server);
    },
    poison: POISON,
    params: ({ url, namespace }) => ({ uri: url, token: "hec-secret", source: namespace }),
    // A collector has one list for all; the source says which place an event belongs to.
    read: ({ namespace }) =>
      (server?.events() ?? []).flatMap(({ text }) => (text.includes(`tkm${namespace}x`) ? [{ json: text }] : [])),
    wrong: { credentials: { token: "another" }, address: { uri: "http://127.0.0.1:1" } },
    keeps: { digits: true, depth: 100 },
  });
  expect(failuresOf(card)).toEqual([]);
  expect(passedIn(card)).toContain("poison-alone");
});
