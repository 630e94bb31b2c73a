import { gzipSync } from "node:zlib";
import { afterEach, expect, test } from "vitest";
import { outcomes, postBulk, send } from "../../../src/servers/elasticsearch/post-bulk.ts";
import { isBulk, startElasticsearch } from "../../../src/servers/elasticsearch/server.ts";
import type { ElasticsearchOptions, ElasticsearchServer } from "../../../src/servers/elasticsearch/server.ts";

let server: ElasticsearchServer;
afterEach(() => server.stop());

async function start(options: ElasticsearchOptions = {}): Promise<ElasticsearchServer> {
  server = await startElasticsearch(options);
  return server;
}

const lines = [{ create: { _index: "audit", _id: "a" } }, { n: 1 }];
const versioned = (version: number): Record<string, string> => ({
  accept: `application/vnd.elasticsearch+json; compatible-with=${version}`,
  "content-type": `application/vnd.elasticsearch+x-ndjson; compatible-with=${version}`,
});

test.each([
  ["elasticsearch", "7.13.0", null],
  ["elasticsearch", "7.14.0", "Elasticsearch"],
  ["elasticsearch", "9.2.0", "Elasticsearch"],
  ["opensearch", "3.8.0", null],
] as const)("%s %s names itself in GET /, and in a header: %s (ES-40)", async (product, version, header) => {
  await start({ product, version });
  const { body, headers } = await send(server, "GET", "/");
  expect(body).toMatchObject({ version: { number: version } });
  expect(body["tagline"]).toBe(
    product === "opensearch" ? "The OpenSearch Project: https://opensearch.org/" : "You Know, for Search",
  );
  const distribution = product === "opensearch" ? { distribution: "opensearch" } : {};
  expect(body["version"]).toMatchObject(distribution);
  expect(headers.get("x-elastic-product")).toBe(header);
});

test("a proxy may strip the header that names the product (ES-40)", async () => {
  await start({ stripHeaders: true });
  expect((await send(server, "GET", "/")).headers.has("x-elastic-product")).toBe(false);
});

test.each([
  ["elasticsearch", "7.10.2", { 7: 406, 8: 406, 9: 406 }],
  ["elasticsearch", "7.17.29", { 7: 200, 8: 200, 9: 200 }],
  ["elasticsearch", "8.19.2", { 6: 400, 7: 200, 8: 200, 9: 400 }],
  ["elasticsearch", "9.2.0", { 7: 400, 8: 200, 9: 200, 10: 400 }],
  ["opensearch", "3.8.0", { 7: 406, 8: 406, 9: 406 }],
] as const)("%s %s takes and refuses versioned media types: %o (ES-41, ES-43)", async (product, version, expected) => {
  await start({ product, version });
  for (const [sent, status] of Object.entries(expected))
    expect((await postBulk(server, lines, { headers: versioned(Number(sent)) })).status).toBe(status);
  expect((await postBulk(server, lines)).status).toBe(200);
});

test("versioned media types stand in both headers, equal, or in neither (ES-41)", async () => {
  await start({ version: "9.2.0" });
  const reason = async (headers: Record<string, string>): Promise<string | undefined> => {
    const { status, body } = await postBulk(server, lines, { headers });
    expect([status, body.error?.type]).toEqual([400, "media_type_header_exception"]);
    return body.error?.caused_by?.reason;
  };
  const { accept = "", "content-type": type = "" } = versioned(9);
  const rule = "A compatible version is required on both Content-Type and Accept headers if either one has requested";
  expect(await reason({ accept })).toContain(`${rule} a compatible version. `);
  expect(await reason({ "content-type": type })).toContain(`${rule} a compatible version. `);
  const mixed = await reason({ accept, "content-type": versioned(8)["content-type"] ?? "" });
  expect(mixed).toContain(`${rule} a compatible version and the compatible versions must match. `);
  expect(await reason(versioned(10))).toContain("Accept version must be either version 9 or 8, but found 10. ");
  expect(server.indexed).toBe(0);
});

test("an answer comes in the version that was asked for", async () => {
  await start({ version: "9.2.0" });
  const { headers } = await postBulk(server, lines, { headers: versioned(8) });
  expect(headers.get("content-type")).toBe("application/vnd.elasticsearch+json;compatible-with=8");
});

test("a content type that is not JSON is a 406", async () => {
  await start();
  const { status, text } = await postBulk(server, lines, { headers: { "content-type": "text/plain" } });
  expect([status, text]).toEqual([406, '{"error":"Content-Type header [text/plain] is not supported","status":406}']);
});

test("a body over the limit is a 413 without a body, counted before compression (ES-11)", async () => {
  await start({ maxContentLength: 1000 });
  const text = `{"create":{"_index":"a"}}\n{"a":"${"x".repeat(960)}"}\n`;
  const headers = { "content-type": "application/x-ndjson" };
  expect((await send(server, "POST", "/_bulk", text.replace("xxx", ""), headers)).status).toBe(200);
  const plain = await send(server, "POST", "/_bulk", `${text}{"create":{}}\n`, headers);
  expect([plain.status, plain.text]).toEqual([413, ""]);
  const body = new Uint8Array(gzipSync(`${text}${text}`));
  expect(body.length).toBeLessThan(1000);
  const packed = { method: "POST", body, headers: { ...headers, "content-encoding": "gzip" } };
  expect((await fetch(`${server.url}/_bulk`, packed)).status).toBe(413);
  expect(server.indexed).toBe(1);
});

test("a body in gzip is read (ES-14)", async () => {
  await start();
  const body = new Uint8Array(gzipSync('{"create":{"_index":"a","_id":"1"}}\n{}\n'));
  const headers = { "content-type": "application/x-ndjson", "content-encoding": "gzip" };
  await fetch(`${server.url}/_bulk`, { method: "POST", body, headers });
  expect(server.documents("a").get("1")).toBe("{}");
});

test("an answer that is cut after indexing has the document in (ES-32)", async () => {
  await start();
  server.faults.next({ kind: "cut", applied: true, on: isBulk });
  expect((await send(server, "GET", "/")).status).toBe(200);
  await expect(postBulk(server, lines)).rejects.toThrow("terminated");
  expect([...server.documents("audit").keys()]).toEqual(["a"]);
  expect(outcomes(await postBulk(server, lines))).toEqual(["409 version_conflict_engine_exception"]);
});

test("a request that failed before it was applied is counted as received (ES-31)", async () => {
  await start();
  server.faults.next({ kind: "status", status: 503, headers: { "retry-after": "1" } });
  const reply = await postBulk(server, lines);
  expect([reply.status, reply.headers.get("retry-after")]).toEqual([503, "1"]);
  expect([server.indexed, server.bulkRequests, server.received]).toEqual([0, 1, ["a"]]);
});

test("documents outlive a restart", async () => {
  await start();
  await postBulk(server, lines);
  await server.restart();
  expect(outcomes(await postBulk(server, lines))).toEqual(["409 version_conflict_engine_exception"]);
});

test("index templates are put, read and deleted (ES-49)", async () => {
  await start();
  const template = { index_patterns: ["audit-*"], priority: 5, template: { mappings: { dynamic: false } } };
  const path = "/_index_template/audit";
  expect((await send(server, "HEAD", path)).status).toBe(404);
  expect((await send(server, "PUT", path, template)).body).toEqual({ acknowledged: true });
  expect((await send(server, "PUT", path, template)).status).toBe(200);
  expect((await send(server, "PUT", `${path}?create=true`, template)).body.error?.reason).toBe(
    "index template [audit] already exists",
  );
  expect((await send(server, "PUT", `${path}-2`, template)).body.error?.reason).toContain("the same priority [5]");
  expect((await send(server, "GET", path)).body).toMatchObject({
    index_templates: [{ name: "audit", index_template: template }],
  });
  await postBulk(server, [{ create: { _index: "audit-1" } }, {}]);
  expect((await send(server, "GET", "/audit-1/_mapping")).body).toEqual({
    "audit-1": { mappings: { dynamic: "false" } },
  });
  expect((await send(server, "DELETE", path)).status).toBe(200);
  expect((await send(server, "DELETE", path)).status).toBe(404);
});

test("an index is created once, with its mappings, and deleted", async () => {
  await start();
  expect((await send(server, "HEAD", "/audit")).status).toBe(404);
  const mappings = { properties: { id: { type: "keyword" } } };
  expect((await send(server, "PUT", "/audit", { mappings })).body).toMatchObject({ index: "audit" });
  expect((await send(server, "PUT", "/audit")).body.error?.type).toBe("resource_already_exists_exception");
  expect((await send(server, "HEAD", "/audit")).status).toBe(200);
  expect((await send(server, "GET", "/audit")).body).toMatchObject({ audit: { mappings } });
  expect((await send(server, "DELETE", "/audit")).status).toBe(200);
  expect((await send(server, "GET", "/audit/_mapping")).body.error?.type).toBe("index_not_found_exception");
});

test("if a template makes data streams, no index of that name is created (ES-49)", async () => {
  await start({ product: "opensearch" });
  expect((await send(server, "PUT", "/_data_stream/logs-a")).status).toBe(400);
  await send(server, "PUT", "/_index_template/logs", { index_patterns: "logs-*", data_stream: {} });
  expect((await send(server, "PUT", "/logs-a")).body.error?.reason).toContain("creates data streams only");
  expect((await send(server, "PUT", "/_data_stream/logs-a")).status).toBe(200);
  expect((await send(server, "GET", "/_data_stream/logs-a")).body).toMatchObject({
    data_streams: [{ name: "logs-a" }],
  });
  expect((await send(server, "GET", "/logs-a/_mapping")).body).toEqual({
    ".ds-logs-a-000001": { mappings: { properties: { "@timestamp": { type: "date" } } } },
  });
});

test("the cluster says that it is well, and an unknown path is a 400", async () => {
  await start();
  expect((await send(server, "GET", "/_cluster/health")).body["status"]).toBe("green");
  expect((await send(server, "GET", "/a/b/c")).status).toBe(400);
  expect((await send(server, "GET", "/_bulk")).status).toBe(405);
});
