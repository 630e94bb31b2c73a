import { afterEach, expect, test } from "vitest";
import { outcomes, postBulk, send } from "../../../src/servers/elasticsearch/post-bulk.ts";
import { startElasticsearch } from "../../../src/servers/elasticsearch/server.ts";
import type { ElasticsearchOptions, ElasticsearchServer } from "../../../src/servers/elasticsearch/server.ts";

let server: ElasticsearchServer;
afterEach(() => server.stop());

async function start(options: ElasticsearchOptions): Promise<ElasticsearchServer> {
  server = await startElasticsearch(options);
  return server;
}

const basic = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;
const lines = [{ create: { _index: "audit-1", _id: "a" } }, {}, { index: { _index: "audit-1", _id: "b" } }, {}];

test.each([
  [{ username: "elastic", password: "s3:cret" }, basic("elastic:s3:cret"), basic("elastic:wrong")],
  [{ apiKey: "aWQ6a2V5" }, "ApiKey aWQ6a2V5", "ApiKey b3RoZXI="],
  [{ bearer: "token" }, "Bearer token", basic("elastic:token")],
])("%o lets in only who has it (ES-47)", async (auth, right, wrong) => {
  await start({ auth });
  for (const [headers, status] of [
    [{ authorization: right }, 200],
    [{ authorization: wrong }, 401],
    [{}, 401],
  ] as const)
    expect((await send(server, "GET", "/", undefined, headers)).status).toBe(status);
});

test("a 401 says what is missing and how to come in (ES-31)", async () => {
  await start({ auth: { username: "elastic", password: "s" } });
  const missing = await postBulk(server, lines);
  expect(missing.body.error).toMatchObject({
    type: "security_exception",
    reason: "missing authentication credentials for REST request [/_bulk]",
  });
  expect(missing.headers.get("www-authenticate")).toContain('Basic realm="security"');
  const wrong = await postBulk(server, lines, { headers: { authorization: basic("other:x") } });
  expect(wrong.body.error?.reason).toBe("unable to authenticate user [other] for REST request [/_bulk]");
  expect(server.indexed).toBe(0);
});

test("a 401 of OpenSearch is plain text", async () => {
  await start({ product: "opensearch", auth: { username: "admin", password: "s" } });
  const { status, headers, text } = await send(server, "GET", "/");
  expect([status, text]).toEqual([401, "Unauthorized"]);
  expect(headers.get("www-authenticate")).toBe('Basic realm="OpenSearch Security"');
});

test("with create_doc alone an op index is a 403 of its item (ES-04)", async () => {
  await start({ privileges: { indices: { "audit-*": ["create_doc", "auto_configure"] } } });
  expect(outcomes(await postBulk(server, lines))).toEqual(["201", "403 security_exception"]);
  const elsewhere = await postBulk(server, [{ create: { _index: "other" } }, {}]);
  expect(outcomes(elsewhere)).toEqual(["403 security_exception"]);
});

test("a user who may not create an index gets a 403 for the item that would create it (ES-27)", async () => {
  await start({ privileges: { indices: { "audit-*": ["write"] } } });
  const { body } = await postBulk(server, [{ create: { _index: "audit-1" } }, {}]);
  expect(body.items?.[0]?.["create"]?.error?.reason).toContain("action [indices:admin/auto_create] is unauthorized");
});

test("a user who may not write anywhere gets a 403 for the whole request (ES-31)", async () => {
  await start({ privileges: { indices: { "*": ["view_index_metadata"] } } });
  const reply = await postBulk(server, lines);
  expect([reply.status, reply.body.error?.type]).toEqual([403, "security_exception"]);
});

test("a missing cluster privilege is a 403", async () => {
  await start({ privileges: { cluster: ["monitor"], indices: {} } });
  expect((await send(server, "GET", "/")).status).toBe(200);
  expect((await send(server, "PUT", "/_index_template/t", { index_patterns: ["a"] })).status).toBe(403);
  expect((await send(server, "PUT", "/audit")).status).toBe(403);
});

test("_authenticate names the user, _has_privileges says what the user may do", async () => {
  await start({
    auth: { username: "writer", password: "s" },
    privileges: { cluster: ["monitor"], indices: { "audit-*": ["index"] } },
  });
  const headers = { authorization: basic("writer:s") };
  const who = await send(server, "GET", "/_security/_authenticate", undefined, headers);
  expect(who.body).toMatchObject({ username: "writer", authentication_type: "realm" });
  const wanted = {
    cluster: ["monitor", "manage_index_templates"],
    index: [{ names: ["audit-1", "other"], privileges: ["create_doc", "index"] }],
  };
  const { body } = await send(server, "POST", "/_security/user/_has_privileges", wanted, headers);
  expect(body).toEqual({
    username: "writer",
    has_all_requested: false,
    cluster: { monitor: true, manage_index_templates: false },
    index: { "audit-1": { create_doc: true, index: true }, other: { create_doc: false, index: false } },
    application: {},
  });
});

test.each([
  ["OpenSearch", { product: "opensearch", privileges: {} }],
  ["Elasticsearch with security off", { product: "elasticsearch" }],
] as const)("%s has no routes under /_security", async (_, options) => {
  await start(options);
  const { status, text } = await send(server, "GET", "/_security/_authenticate");
  expect([status, text]).toEqual([
    400,
    '{"error":"no handler found for uri [/_security/_authenticate] and method [GET]"}',
  ]);
});
