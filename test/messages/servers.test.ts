// What `check` finds at a server points to the param that is to blame.
import { afterAll, expect, test } from "vitest";
import { startElasticsearch } from "../../packages/store-testkit/src/servers/elasticsearch/server.ts";
import { startMongo } from "../../packages/store-testkit/src/servers/mongodb/server.ts";
import { freePort } from "../engines/free-port.ts";
import { startSplunk } from "../../packages/store-testkit/src/servers/splunk/server.ts";
import { startSplunkWeb } from "../../packages/store-testkit/src/servers/splunk/web.ts";
import { makeCertificates } from "../servers/tls/certificates.ts";
import { type MistakeCase, scoreOf, storeFile } from "./score.ts";

const certificates = await makeCertificates();
const { cert, key } = certificates.server;
const tls = { cert, key };
const auth = { username: "me", password: "right" };
const servers = {
  es: await startElasticsearch({ auth }),
  poor: await startElasticsearch({
    auth: { apiKey: "a2V5" },
    privileges: { cluster: [], indices: { other: ["all"] } },
  }),
  esTls: await startElasticsearch({ tls }),
  splunk: await startSplunk({ tokens: { good: {}, off: { disabled: true } } }),
  splunkTls: await startSplunk({ tokens: { good: {} }, tls }),
  web: await startSplunkWeb(),
  mongo: await startMongo({ auth }),
  mongoTls: await startMongo({ tls }),
};
const { es, poor, esTls, splunk, splunkTls, web, mongo, mongoTls } = servers;
const port = await freePort();

afterAll(async () => {
  for (const server of Object.values(servers)) await server[Symbol.asyncDispose]();
});

const QUICK = "server_selection_timeout: 2s";
const CASES: readonly MistakeCase[] = [
  {
    name: "EsStore: a wrong password",
    yaml: storeFile("esstore", `node: ${es.url}`, "username: me", "password: ▸wrong"),
    says: [["credentials", "check username and password"]],
  },
  {
    name: "EsStore: a key without rights",
    yaml: storeFile("esstore", `node: ${poor.url}`, "api_key: ▸a2V5"),
    says: [["no_permission", "grant"]],
  },
  {
    name: "EsStore: nothing listens",
    yaml: storeFile("esstore", "host: ▸127.0.0.1", `port: ${port}`),
    says: [["refused", "nothing listens"]],
  },
  {
    name: "EsStore: a host that nobody knows",
    yaml: storeFile("esstore", "node: ▸http://no-such-host.invalid:9200"),
    says: [["unknown_host", "unknown to the name service"]],
  },
  {
    name: "EsStore: http to a port with TLS",
    yaml: storeFile("esstore", `node: ▸${esTls.url.replace("https:", "http:")}`),
    says: [["tls", "write https"]],
  },
  {
    name: "EsStore: https to a port without TLS",
    yaml: storeFile("esstore", `node: ▸${es.url.replace("http:", "https:")}`),
    says: [["tls", "try http"]],
  },
  {
    name: "EsStore: an authority that is not trusted",
    yaml: storeFile("esstore", `node: ▸${esTls.url}`),
    says: [["tls", "tls.ca"]],
  },
  {
    name: "EsStore: a file that is not there as tls.ca",
    yaml: storeFile("esstore", `node: ${esTls.url}`, "tls: { ca: ▸./none.pem }"),
    says: [["tls_file", "none.pem", "cannot be read"]],
  },
  {
    name: "EsStore: the web port of Splunk",
    yaml: storeFile("esstore", `node: ▸${web.url}`),
    says: [["redirected", "address of the server"]],
  },
  {
    name: "EsStore: an ingest pipeline that is not there",
    yaml: storeFile("esstore", `node: ${es.url}`, "username: me", "password: right", "pipeline: ▸none"),
    says: [["illegal_argument_exception", "pipeline"]],
  },
  {
    name: "SplunkHECStore: a wrong token",
    yaml: storeFile("splunkhecstore", `uri: ${splunk.url}`, "token: ▸wrong"),
    says: [["credentials", "check the param token"]],
  },
  {
    name: "SplunkHECStore: a token that is switched off",
    yaml: storeFile("splunkhecstore", `uri: ${splunk.url}`, "token: ▸off"),
    says: [["credentials", "enable the token"]],
  },
  {
    name: "SplunkHECStore: nothing listens",
    yaml: storeFile("splunkhecstore", `uri: ▸http://127.0.0.1:${port}`, "token: good"),
    says: [["refused", "nothing listens"]],
  },
  {
    name: "SplunkHECStore: http to a port with TLS",
    yaml: storeFile("splunkhecstore", `uri: ▸${splunkTls.url.replace("https:", "http:")}`, "token: good"),
    says: [["tls", "write https"]],
  },
  {
    name: "SplunkHECStore: Elasticsearch",
    yaml: storeFile("splunkhecstore", `uri: ▸${es.url}`, "token: good"),
    says: [["wrong_server", "Elasticsearch"]],
  },
  {
    name: "SplunkHECStore: the web port",
    yaml: storeFile("splunkhecstore", `uri: ▸${web.url}`, "token: good"),
    says: [["redirected", "8088"]],
  },
  {
    name: "MongoDBStore: a wrong password",
    yaml: storeFile("mongodbstore", `uri: ${mongo.uri}`, "username: me", "password: ▸wrong", QUICK),
    says: [["credentials", "Check username, password"]],
  },
  {
    name: "MongoDBStore: nothing listens",
    yaml: storeFile("mongodbstore", "host: ▸127.0.0.1", `port: ${port}`, QUICK),
    says: [["refused", "nothing listens"]],
  },
  {
    name: "MongoDBStore: Elasticsearch",
    yaml: storeFile("mongodbstore", "host: ▸127.0.0.1", `port: ${es.port}`, QUICK),
    says: [["wrong_server", "Elasticsearch"]],
  },
  {
    name: "MongoDBStore: no TLS to a port with TLS",
    yaml: storeFile("mongodbstore", `uri: ▸mongodb://localhost:${mongoTls.port}/`, QUICK),
    says: [["unreachable", "use_tls: true"]],
  },
  {
    name: "FileStore: a path through a file",
    yaml: storeFile("filestore", "path: ▸./c.yaml/out"),
    says: [["not_a_folder", "not a folder"]],
  },
  {
    name: "certificates that are not verified",
    yaml: storeFile("splunkhecstore", `uri: ${splunkTls.url}`, "token: good", "tls: { verify: ▸false }"),
    says: [["warning", "tls.ca"]],
  },
  {
    name: "ca_cert: false of the predecessor",
    yaml: storeFile("splunkhecstore", `uri: ${splunkTls.url}`, "token: good", "ca_cert: ▸false"),
    says: [["warning", "tls.ca"]],
  },
];

test.each(CASES.map((one) => [one.name, one] as const))("%s", async (_name, one) => {
  expect(await scoreOf({ ...one, isTried: true })).toEqual({ points: 3, lacks: [] });
});
