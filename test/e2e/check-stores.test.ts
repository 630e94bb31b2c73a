// `cloudmarker check` against servers that are not there, not the right ones, or do not let us in: one useful line
// each.
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startElasticsearch } from "../../packages/store-testkit/src/servers/elasticsearch/server.ts";
import { startMongo } from "../../packages/store-testkit/src/servers/mongodb/server.ts";
import { startSplunk } from "../../packages/store-testkit/src/servers/splunk/server.ts";
import { startSplunkWeb } from "../../packages/store-testkit/src/servers/splunk/web.ts";
import { makeCertificates } from "../servers/tls/certificates.ts";
import { Project } from "../support/project.ts";
import { runCli } from "../support/run-cli.ts";

interface Check {
  readonly store: string;
  readonly ok: boolean;
  readonly code: string;
  readonly message: string;
}

const project = new Project();
const servers: AsyncDisposable[] = [];
const checks = new Map<string, Check>();
let text = "";

function esstore(params: object): object {
  return { plugin: "esstore", params: { index: "audit", ...params } };
}

function mongodbstore(params: object): object {
  return { plugin: "mongodbstore", params: { server_selection_timeout: 2_000, ...params } };
}

function splunkhecstore(params: object): object {
  return { plugin: "splunkhecstore", params: { token: "good", ...params } };
}

/** The server, which is stopped at the end. */
function started<S extends AsyncDisposable>(server: S): S {
  servers.push(server);
  return server;
}

/** A port where nothing listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

beforeAll(async () => {
  const certificates = await makeCertificates();
  const { cert, key } = certificates.server;
  writeFileSync(join(project.path, "ca.pem"), certificates.ca);
  const tls = { cert, key };
  const es = started(await startElasticsearch({ auth: { username: "me", password: "right" } }));
  const privileges = { cluster: [], indices: { other: ["all"] } };
  const esPoor = started(await startElasticsearch({ auth: { apiKey: "a2V5" }, privileges }));
  const esTls = started(await startElasticsearch({ tls }));
  const esOld = started(await startElasticsearch({ version: "6.8.0" }));
  const splunk = started(await startSplunk({ tokens: { good: {}, off: { disabled: true } } }));
  const splunkTls = started(await startSplunk({ tokens: { good: {} }, tls }));
  const web = started(await startSplunkWeb());
  const mongo = started(await startMongo({ auth: { username: "me", password: "right" } }));
  const mongoPoor = started(await startMongo({ auth: { username: "me", password: "right", privileges: [] } }));
  const mongoTls = started(await startMongo({ tls }));
  const port = await closedPort();
  const plugins = {
    "es good": esstore({ node: es.url, username: "me", password: "right" }),
    "es stopped": esstore({ port }),
    "es at Splunk's web port": esstore({ node: web.url }),
    "es unknown CA": esstore({ node: esTls.url.replace("127.0.0.1", "localhost") }),
    "es known CA": esstore({ node: esTls.url.replace("127.0.0.1", "localhost"), tls: { ca: "ca.pem" } }),
    "es https to a port without TLS": esstore({ node: es.url.replace("http:", "https:") }),
    "es wrong password": esstore({ node: es.url, username: "me", password: "s3cret-wrong" }),
    "es key without permission": esstore({ node: esPoor.url, api_key: "a2V5" }),
    "es too old": esstore({ node: esOld.url }),
    "es unknown host": esstore({ node: "http://no-such-host.invalid:9200" }),
    "mongo good": mongodbstore({ uri: mongo.uri, username: "me", password: "right" }),
    "mongo stopped": mongodbstore({ port }),
    "mongo at an HTTP port": mongodbstore({ host: "127.0.0.1", port: es.port }),
    "mongo unknown CA": mongodbstore({ uri: `mongodb://localhost:${mongoTls.port}/?tls=true` }),
    "mongo wrong password": mongodbstore({ uri: mongo.uri, username: "me", password: "s3cret-wrong" }),
    "mongo without permission": mongodbstore({ uri: mongoPoor.uri, username: "me", password: "right" }),
    "splunk good": splunkhecstore({ uri: splunk.url }),
    "splunk stopped": splunkhecstore({ uri: `http://127.0.0.1:${port}` }),
    "splunk at its web port": splunkhecstore({ uri: web.url }),
    "splunk at Elasticsearch": splunkhecstore({ uri: es.url }),
    "splunk unknown CA": splunkhecstore({ uri: splunkTls.url.replace("127.0.0.1", "localhost") }),
    "splunk unknown token": splunkhecstore({ uri: splunk.url, token: "s3cret-wrong" }),
    "splunk disabled token": splunkhecstore({ uri: splunk.url, token: "off" }),
  };
  const config = { plugins, audits: { all: { stores: Object.keys(plugins) } }, run: ["all"] };
  writeFileSync(join(project.path, "cloudmarker.yaml"), JSON.stringify(config));
  const { stdout, stderr } = await runCli(["check", "--json"], project.path);
  if (stdout === "") throw new Error(stderr);
  for (const check of (JSON.parse(stdout) as { stores: Check[] }).stores) checks.set(check.store, check);
  text = stdout + stderr;
}, 120_000);

afterAll(async () => {
  for (const server of servers) await server[Symbol.asyncDispose]();
  project[Symbol.dispose]();
  const lines = [...checks.values()].map(
    ({ store, ok, code, message }) => `${store}: ${ok ? "" : `${code}: `}${message}`,
  );
  process.stdout.write(`\n${lines.join("\n")}\n\n`);
});

test.each([
  ["es good", "ok"],
  ["es stopped", "refused"],
  ["es at Splunk's web port", "redirected"],
  ["es unknown CA", "tls"],
  ["es known CA", "ok"],
  ["es https to a port without TLS", "tls"],
  ["es wrong password", "credentials"],
  ["es key without permission", "no_permission"],
  ["es too old", "version"],
  ["es unknown host", "unknown_host"],
  ["mongo good", "ok"],
  ["mongo stopped", "refused"],
  ["mongo at an HTTP port", "wrong_server"],
  ["mongo unknown CA", "tls"],
  ["mongo wrong password", "credentials"],
  ["mongo without permission", "no_permission"],
  ["splunk good", "ok"],
  ["splunk stopped", "refused"],
  ["splunk at its web port", "redirected"],
  ["splunk at Elasticsearch", "wrong_server"],
  ["splunk unknown CA", "tls"],
  ["splunk unknown token", "credentials"],
  ["splunk disabled token", "credentials"],
])("%s: %s, in one line", (store, code) => {
  expect(checks.get(store)).toMatchObject({ code, ok: code === "ok" });
  expect(checks.get(store)?.message).toMatch(/^[^\n]{10,400}$/u);
});

test("no secret shows anywhere", () => {
  expect(text).not.toContain("s3cret");
});
