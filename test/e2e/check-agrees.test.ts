// `check` says ok exactly where `write` delivers, and gives the same reason where it does not: on the scripted servers,
// with what can be wrong there (L-40). The sibling for real servers is check-agrees.engine.test.ts.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import esstore from "@cloudmarker/esstore";
import mongodbstore from "@cloudmarker/mongodbstore";
import splunkhecstore from "@cloudmarker/splunkhecstore";
import type { StorePlugin } from "@cloudmarker/store-api";
import { afterAll, describe, expect, test } from "vitest";
import { startGateway } from "../servers/aws/gateway.ts";
import { startElasticsearch } from "../../packages/store-testkit/src/servers/elasticsearch/server.ts";
import { startHttpServer, type TlsOptions } from "../../packages/store-testkit/src/servers/http/server.ts";
import { startMongo } from "../../packages/store-testkit/src/servers/mongodb/server.ts";
import { startPort } from "../servers/port.ts";
import { type ProxyAnswer, startProxy } from "../servers/proxy.ts";
import { startSplunk } from "../../packages/store-testkit/src/servers/splunk/server.ts";
import { startSplunkWeb } from "../../packages/store-testkit/src/servers/splunk/web.ts";
import { makeCertificates } from "../servers/tls/certificates.ts";
import { checkAndWrite } from "../support/check-and-write.ts";
import { AWS, KEYS } from "./check-states/aws.ts";
import { ES } from "./check-states/elasticsearch.ts";
import { MONGO } from "./check-states/mongodb.ts";
import { HEC } from "./check-states/splunk.ts";
import type { Codes, Params } from "./check-states/state.ts";

const PLUGINS = { esstore, mongodbstore, splunkhecstore } as unknown as Readonly<Record<string, StorePlugin>>;

/**
 * How long the driver of MongoDB looks for a server: also on a busy machine long enough to see what is wrong.
 * Milliseconds.
 */
const SELECTION_MS = 1_500;
const DEADLINE_MS = 2 * SELECTION_MS;

const folder = mkdtempSync(join(tmpdir(), "cloudmarker-agree-"));
const rows: (readonly [store: string, state: string, check: string, write: string])[] = [];
const servers: AsyncDisposable[] = [];
afterAll(async () => {
  for (const server of servers) await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
  const lines = rows.toSorted().map(([store, state, check, write]) => {
    return `${store.padEnd(15)} ${state.padEnd(62)} ${check.padEnd(28)} ${write}`;
  });
  process.stdout.write(
    `\n${"store".padEnd(15)} ${"server".padEnd(62)} ${"check".padEnd(28)} write\n${lines.join("\n")}\n\n`,
  );
});

/** The two verdicts on one store, kept for the matrix. */
async function verdicts(store: string, state: string, params: Params, env: Record<string, string> = {}) {
  const plugin = PLUGINS[store] as StorePlugin;
  const found = await checkAndWrite(plugin, params, folder, { deadlineMs: DEADLINE_MS, env });
  rows.push([store, state, found.codes.check, found.codes.write]);
  expect(found.message).toMatch(/^[^\n]{10,600}$/u);
  return found.codes;
}

/** The server, which is stopped at the end. */
function started<S extends AsyncDisposable>(server: S): S {
  servers.push(server);
  return server;
}

function both(codes: Codes): { check: string; write: string } {
  const [check, write] = typeof codes === "string" ? [codes, codes] : codes;
  return { check, write };
}

describe("esstore", () => {
  test.concurrent.each(ES)("%s: %j", async (state, codes, { server: options = {}, params, fault, there = [] }) => {
    const server = started(await startElasticsearch(options));
    const { auth } = options;
    const access =
      auth && "username" in auth ? Buffer.from(`${auth.username}:${auth.password}`).toString("base64") : "";
    for (const [method, path, body] of there) {
      const headers = { "content-type": "application/json", authorization: `Basic ${access}` };
      const answer = await fetch(server.url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
      expect([path, answer.status]).toEqual([path, 200]);
    }
    if (fault) server.faults.always(fault);
    const found = await verdicts("esstore", state, { node: server.url, index: "agree", ...params });
    expect(found).toEqual(both(codes));
  });
});

describe("esstore on AWS", () => {
  test.concurrent.each(AWS)("%s: %j", async (state, codes, { gateway = {}, params, env = KEYS }) => {
    const { url: upstream } = started(await startElasticsearch({ product: "opensearch" }));
    const scope = { region: "eu-west-1", service: gateway.service ?? "es" } as const;
    const keys = { [KEYS.AWS_ACCESS_KEY_ID]: KEYS.AWS_SECRET_ACCESS_KEY };
    const { url } = started(await startGateway({ upstream, keys, ...scope, ...gateway }));
    const given = { node: url, index: "agree", aws: scope, ...params };
    expect(await verdicts("esstore", `AWS: ${state}`, given, env)).toEqual(both(codes));
  });
});

describe("splunkhecstore", () => {
  test.concurrent.each(HEC)("%s: %j", async (state, codes, { server: options = {}, params, fault }) => {
    const server = started(await startSplunk({ tokens: { good: {} }, ...options }));
    if (fault) server.faults.always(fault);
    const given = { uri: server.url, token: "good", ack_timeout: 500, ...params };
    const found = await verdicts("splunkhecstore", state, given);
    expect(found).toEqual(both(codes));
  });
});

describe("mongodbstore", () => {
  test.concurrent.each(MONGO)("%s: %j", async (state, codes, { server: options = {}, params = {}, fault }) => {
    const server = started(await startMongo(options));
    if (fault) server.faults.always(fault);
    const uri = `mongodb://127.0.0.1:${server.port}/${String(params["uri"] ?? "")}`;
    const given = { collection: "agree", server_selection_timeout: SELECTION_MS, ...params, uri };
    expect(await verdicts("mongodbstore", state, given)).toEqual(both(codes));
  });
});

type Store = "esstore" | "mongodbstore" | "splunkhecstore";
const STORES: readonly Store[] = ["esstore", "mongodbstore", "splunkhecstore"];

/** Params of a store for a server somewhere, with little patience. */
function paramsAt(store: Store, host: string, secure = false): Params {
  const url = `${secure ? "https" : "http"}://${host}`;
  if (store === "esstore") return { node: url, index: "agree", request_timeout: 500 };
  if (store === "splunkhecstore") return { uri: url, token: "good", request_timeout: 500 };
  return { uri: `mongodb://${host}/`, server_selection_timeout: SELECTION_MS, use_tls: secure };
}

const SERVERS = {
  Elasticsearch: () => startElasticsearch(),
  OpenSearch: () => startElasticsearch({ product: "opensearch" }),
  "Splunk's collector": () => startSplunk({ tokens: { good: {} } }),
  "Splunk's web pages": () => startSplunkWeb(),
  MongoDB: () => startMongo(),
  "a page": () => startHttpServer({ handle: (_, reply) => reply.text(200, "<title>Welcome</title>") }),
  "JSON of another kind": () => startHttpServer({ handle: (_, reply) => reply.json(200, { ok: true }) }),
} as const;

describe("a server of any kind", () => {
  for (const [name, start] of Object.entries(SERVERS))
    test.concurrent.each(STORES)(`${name}: %s`, async (store) => {
      const { port } = started(await start());
      const found = await verdicts(store, `at ${name}`, paramsAt(store, `127.0.0.1:${port}`));
      expect({ ...found, write: found.write === "ok" }).toEqual({ ...found, write: found.check === "ok" });
    });

  test.concurrent.each(STORES)("a port where nothing listens: %s", async (store) => {
    const { port, stop } = await startPort(() => undefined);
    await stop();
    expect(await verdicts(store, "nothing listens", paramsAt(store, `127.0.0.1:${port}`))).toEqual(both("refused"));
  });

  test.concurrent.each(STORES)("a name that nobody has: %s", async (store) => {
    const found = await verdicts(store, "no such host", paramsAt(store, "nowhere.invalid:1"));
    // The driver of MongoDB may give up before the name service has answered.
    const code = expect.stringMatching(
      store === "mongodbstore" ? /^(?:unknown_host|unreachable)$/u : /^unknown_host$/u,
    );
    expect(found).toEqual({ check: code, write: code });
  });
});

const own = await makeCertificates();
writeFileSync(join(folder, "ca.pem"), own.ca);
const CA = { tls: { ca: join(folder, "ca.pem") } };

const TLS: readonly (readonly [
  state: string,
  works: boolean,
  tls: TlsOptions | undefined,
  params: Params,
  secure: boolean,
])[] = [
  ["a known authority", true, own.server, CA, true],
  ["an unknown authority", false, own.server, {}, true],
  ["a certificate for another name", false, own.otherName, CA, true],
  [
    "a certificate for another name, which is given",
    true,
    own.otherName,
    { tls: { ...CA.tls, server_name: "other.invalid" } },
    true,
  ],
  ["a certificate that is over", false, own.expired, CA, true],
  ["nothing is verified", true, own.expired, { tls: { verify: false } }, true],
  ["a certificate is wanted", false, { ...own.server, ca: own.ca, requestCert: true }, CA, true],
  ["TLS to a port without it", false, undefined, CA, true],
  ["no TLS to a port with it", false, own.server, {}, false],
  ["the file with the authority is not there", false, own.server, { tls: { ca: "/nowhere/ca.pem" } }, true],
];

describe("TLS", () => {
  for (const store of STORES)
    test.concurrent.each(TLS)(`${store}: %s: %j`, async (state, works, tls, params, secure) => {
      const server = started(await startFor(store, tls));
      const given = { ...paramsAt(store, `127.0.0.1:${server.port}`, secure), ...params };
      const found = await verdicts(store, `TLS: ${state}`, given);
      expect(found).toEqual(both(works ? "ok" : found.write));
      expect(found.write === "ok").toBe(works);
    });
});

/** A server that the store can write to. */
function startFor(store: Store, tls?: TlsOptions): Promise<AsyncDisposable & { readonly port: number }> {
  const options = tls ? { tls } : {};
  if (store === "esstore") return startElasticsearch(options);
  return store === "mongodbstore" ? startMongo(options) : startSplunk({ tokens: { good: {} }, ...options });
}

describe("a proxy", () => {
  const answersOf: readonly (readonly [answer: ProxyAnswer | "stopped", codes: Codes])[] = [
    ["connect", "ok"],
    ["authenticate", "proxy"],
    ["ignore", ["timeout", "deadline"]],
    ["stopped", "refused"],
  ];
  for (const store of ["esstore", "splunkhecstore"] as const)
    test.concurrent.each(answersOf)(`${store}: %s: %j`, async (answer, codes) => {
      const server = started(await startFor(store));
      const proxy = await startProxy(() => (answer === "stopped" ? "ignore" : answer));
      const stop = async (): Promise<void> => proxy.stop();
      if (answer === "stopped") await stop();
      else started({ [Symbol.asyncDispose]: stop });
      const given = { ...paramsAt(store, `127.0.0.1:${server.port}`), proxy: `http://${proxy.host}` };
      expect(await verdicts(store, `a proxy: ${answer}`, given)).toEqual(both(codes));
    });
});
