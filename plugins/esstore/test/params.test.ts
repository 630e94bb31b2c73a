import { createHost } from "@cloudmarker/core";
import { expect, test } from "vitest";
import esstore from "../src/index.ts";
import type { EsStoreParams } from "../src/index.ts";
import { nodesOf } from "../src/server.ts";
import { validate } from "../src/validate.ts";
import { DEFAULTS } from "./support.ts";

const CLOUD_ID = `prod:${Buffer.from("eu.example.co:9243$abc$kibana").toString("base64")}`;

function problemsOf(given: Partial<EsStoreParams>): (readonly [string, string])[] {
  return validate({ ...DEFAULTS, ...given }, given).map(({ path, message }) => [path.join("."), message]);
}

test("the schema's defaults are those that the tests use", async () => {
  const host = await createHost({
    stores: { search: { plugin: esstore, params: { fields: { a: { from: "/raw/a" } } } } },
  });
  const { stores } = await host.inspect();
  const [store] = stores;
  expect(store?.params).toEqual({ ...DEFAULTS, fields: { a: { from: "/raw/a", type: "keyword" } } });
});

test("the address of the server: host and port, node, nodes or cloud_id", () => {
  expect(nodesOf(DEFAULTS)).toEqual(["http://localhost:9200"]);
  expect(nodesOf({ ...DEFAULTS, host: "::1" })).toEqual(["http://[::1]:9200"]);
  expect(nodesOf({ ...DEFAULTS, node: "https://es.example/path/" })).toEqual(["https://es.example/path"]);
  expect(nodesOf({ ...DEFAULTS, nodes: ["http://a:1", "http://b:2"] })).toEqual(["http://a:1", "http://b:2"]);
  expect(nodesOf({ ...DEFAULTS, cloud_id: CLOUD_ID })).toEqual(["https://abc.eu.example.co:9243"]);
  // As the client of the predecessor took them.
  expect(nodesOf({ ...DEFAULTS, host: "es.example:9201" })).toEqual(["http://es.example:9201"]);
  expect(nodesOf({ ...DEFAULTS, host: "[::1]:9201" })).toEqual(["http://[::1]:9201"]);
  expect(nodesOf({ ...DEFAULTS, host: "::1" })).toEqual(["http://[::1]:9200"]);
  expect(nodesOf({ ...DEFAULTS, host: "https://es.example:9201/" })).toEqual(["https://es.example:9201"]);
  for (const host of ["es.example:9201", "[::1]:9201", "::1", "https://es.example:9201"])
    expect(problemsOf({ host })).toEqual([]);
});

test.each([
  ["eu.example.co$abc$kibana", "https://abc.eu.example.co"],
  ["eu.example.co:443$abc", "https://abc.eu.example.co"],
  ["eu.example.co$abc:9243$kibana:9244", "https://abc.eu.example.co:9243"],
  ["eu.example.co:9243$abc:9244$kibana", "https://abc.eu.example.co:9244"],
  ["eu.example.co:9243$abc$kibana:9245", "https://abc.eu.example.co:9243"],
])("a port in any part of a Cloud ID is read: %s (L-45)", (parts, url) => {
  const cloud_id = `prod:${Buffer.from(parts).toString("base64")}`;
  expect(problemsOf({ cloud_id })).toEqual([]);
  expect(nodesOf({ ...DEFAULTS, cloud_id })).toEqual([url]);
});

test.each<[Partial<EsStoreParams>, string | string[], RegExp]>([
  [{ node: "http://a", cloud_id: CLOUD_ID }, ["node", "cloud_id"], /only one of node, cloud_id/],
  [{ nodes: [] }, "nodes", /at least one/],
  [{ cloud_id: "nonsense" }, "cloud_id", /NAME:BASE64/],
  [{ node: "es.example:9200" }, "node", /must be a URL/],
  [{ nodes: ["http://a", "http://u:p@b"] }, "nodes.1", /user name or password/],
  [{ node: "http://h:9200/?x=1" }, "node", /^node has a query or fragment/],
  [{ nodes: ["http://a", "http://b/#x"] }, "nodes.1", /^nodes\.1 has a query or fragment/],
  [{ proxy: "socks://x" }, "proxy", /must be a URL/],
  [{ headers: { Authorization: "x" } }, "headers.Authorization", /give username and password, api_key or bearer/],
  [{ headers: { "a b": "x" } }, "headers.a b", /not a valid name for a header/],
  [{ headers: { "x-a": "1", "X-A": "2" } }, "headers.x-a", /twice/],
  [{ headers: { "x-a": "é" } }, "headers.x-a", /no header can have/],
  [{ tls: { verify: true, ca: "ca.pem" } }, "tls.ca", /no use with http/],
  [{ ca_fingerprint: "ab".repeat(32) }, "ca_fingerprint", /no use with http/],
  [{ username: "u" }, "username", /needs password/],
  [{ password: "p" }, "password", /needs username/],
  [{ api_key: "aWQ6a2V5", bearer: "x" }, ["api_key", "bearer"], /only one of api_key, bearer/],
  [{ api_key: "id:key" }, "api_key", /encoded/],
  [{ index: "audit-%y" }, "index", /not a date part/],
  [{ pipeline: "p-{raw}" }, "pipeline", /not a placeholder/],
  [{ index: "audit-*" }, "index", /has "\*" in it/],
  [{ index: "audit-%x" }, "index", /not a date part/],
  [{ index: "{com.origin_worker}" }, "index", /begins with text/],
  [{ mode: "data_stream", op: "index" }, "op", /`op: create` only/],
  [{ mode: "data_stream", routing: "x" }, "routing", /no routing/],
  [{ fields: { raw: { from: "/raw/a", type: "keyword" } } }, "fields.raw", /part of every document/],
  [{ fields: { _id: { from: "/raw/a", type: "keyword" } } }, "fields._id", /not a valid name for a field/],
  [{ fields: { a: { from: "/severity", type: "keyword" } } }, "fields.a.from", /leads nowhere/],
  [
    {
      time: [
        { from: "/raw/at", format: "iso8601" },
        { from: "/UpdatedAt", format: "iso8601" },
      ],
    },
    "time.1.from",
    /leads nowhere: a record has \/raw/,
  ],
  [{ index: "audit-{/account}" }, "index", /leads nowhere/],
  [
    { aws: { region: "eu-west-1", service: "es" }, api_key: "a2V5" },
    ["api_key", "aws"],
    /^Give only one of api_key, aws\.$/u,
  ],
  [{ mode: "data_stream", timestamp: false }, "timestamp", /without `@timestamp`/],
])("refuses %j", (given, path, message) => {
  expect(problemsOf(given)).toEqual([path].flat().map((one) => [one, expect.stringMatching(message)]));
});

test("a field cannot be a value and hold others", () => {
  const field = { from: "/raw/a", type: "keyword" } as const;
  expect(problemsOf({ fields: { "cloud.id": field, cloud: field } })).toEqual([
    ["fields.cloud", '"cloud" cannot be a value and hold "cloud.id" at the same time.'],
  ]);
});

test("good params have no problems", () => {
  const tls = { verify: true, ca: "ca.pem" };
  expect(problemsOf({})).toEqual([]);
  expect(problemsOf({ node: "https://es", tls, api_key: "aWQ6a2V5", index: "audit-{com.origin_worker}-%Y" })).toEqual(
    [],
  );
  expect(problemsOf({ index: "{com.origin_worker}", mapping: "none" })).toEqual([]);
});
