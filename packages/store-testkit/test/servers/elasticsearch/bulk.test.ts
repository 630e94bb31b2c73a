import { afterEach, expect, test } from "vitest";
import { outcomes, postBulk, send } from "../../../src/servers/elasticsearch/post-bulk.ts";
import { startElasticsearch } from "../../../src/servers/elasticsearch/server.ts";
import type { ElasticsearchOptions, ElasticsearchServer } from "../../../src/servers/elasticsearch/server.ts";

let server: ElasticsearchServer;
afterEach(() => server.stop());

function toStream(id: string): object {
  return { create: { _index: "logs-a", _id: id } };
}

async function start(options: ElasticsearchOptions = {}): Promise<ElasticsearchServer> {
  server = await startElasticsearch(options);
  return server;
}

const template = { index_patterns: ["logs-*"], data_stream: {}, template: { mappings: { dynamic: false } } };

test("create answers 201, then 409 for the same id, and index replaces (ES-04, ES-23)", async () => {
  await start();
  const create = { create: { _index: "audit", _id: "a" } };
  const reply = await postBulk(server, [
    create,
    { n: 1 },
    create,
    { n: 2 },
    { index: { _index: "audit", _id: "b" } },
    {},
  ]);
  expect([reply.status, reply.body.errors]).toEqual([200, true]);
  expect(outcomes(reply)).toEqual(["201", "409 version_conflict_engine_exception", "201"]);
  expect(outcomes(await postBulk(server, [{ index: { _index: "audit", _id: "a" } }, { n: 3 }]))).toEqual(["200"]);
  expect(server.documents("audit").get("a")).toBe('{"n":3}');
  expect([server.indexed, server.updated, server.duplicates, server.bulkRequests]).toEqual([2, 1, 1, 2]);
  expect(server.received).toEqual(["a", "a", "b", "a"]);
});

test("a source is kept to the byte, numbers and spaces included", async () => {
  await start();
  const source = '{ "n": 14517067005933136034, "f": 1.0, "s": "\\u00e9é😀" }';
  await postBulk(server, [{ create: { _id: "a" } }, source], { path: "/audit/_bulk" });
  expect(server.documents()).toEqual(new Map([["a", source]]));
});

test.each(["7.17.29", "8.19.2", "9.2.0"])("an item of Elasticsearch %s has a _type only in 7", async (version) => {
  await start({ version });
  const { body } = await postBulk(server, [{ create: { _index: "audit", _id: "a" } }, {}]);
  expect(body.items?.[0]?.["create"]).toMatchObject({ _index: "audit", _id: "a", result: "created", status: 201 });
  expect(body.items?.[0]?.["create"]?.["_type"]).toBe(version.startsWith("7") ? "_doc" : undefined);
});

test.each([
  [
    "no final newline (ES-01)",
    '{"create":{"_index":"a"}}\n{}',
    "The bulk request must be terminated by a newline [\\n]",
  ],
  ["no body", "", "request body is required"],
  ["nothing but a newline", "\n", "Validation Failed: 1: no requests added;"],
  ["no index", '{"create":{"_id":"a"}}\n{}\n', "Validation Failed: 1: index is missing;"],
  [
    "an empty pipeline (ES-06)",
    '{"create":{"_index":"a","pipeline":""}}\n{}\n',
    "Validation Failed: 1: pipeline cannot be an empty string;",
  ],
  [
    "a version on create (ES-06)",
    '{"create":{"_index":"a","version":3}}\n{}\n',
    "Validation Failed: 1: create operations only support internal versioning. use index instead;",
  ],
  [
    "an unknown parameter",
    '{"create":{"_index":"a","foo":1}}\n{}\n',
    "Action/metadata line [1] contains an unknown parameter [foo]",
  ],
  [
    "an action that is none, which a raw newline in a source makes (ES-01)",
    '{"create":{"_index":"a"}}\n{"a":\n{"b":1}\n}\n',
    "Malformed action/metadata line [3], expected one of [create, delete, index, update] but found [b]",
  ],
])("%s has the whole request refused", async (_, body, reason) => {
  await start();
  const reply = await send(server, "POST", "/_bulk", body, { "content-type": "application/x-ndjson" });
  expect(reply.status).toBe(400);
  expect(reply.body.error?.reason).toBe(reason);
  expect(server.indexed).toBe(0);
});

test("one id over 512 bytes has the whole request refused, one of 512 not (ES-06)", async () => {
  await start();
  const good = [{ create: { _index: "a", _id: "good" } }, {}];
  const [over, full] = [257, 256].map((times) => [{ create: { _index: "a", _id: "é".repeat(times) } }, {}]);
  const reply = await postBulk(server, [good, over]);
  expect([reply.status, reply.body.error?.type]).toEqual([400, "action_request_validation_exception"]);
  expect(reply.body.error?.reason).toContain("is too long, must be no longer than 512 bytes but was: 514;");
  expect(server.indexed).toBe(0);
  expect(outcomes(await postBulk(server, [good, full]))).toEqual(["201", "201"]);
});

test("an empty id fails by itself, a missing one is made up", async () => {
  await start();
  const reply = await postBulk(server, [{ create: { _index: "a", _id: "" } }, {}, { create: { _index: "a" } }, {}]);
  expect(outcomes(reply)).toEqual(["400 illegal_argument_exception", "201"]);
  expect(reply.body.items?.[1]?.["create"]?.["_id"]).toMatch(/^[\w-]{20}$/);
});

test("an action without a source at the end gets no item (ES-29)", async () => {
  await start();
  const reply = await postBulk(server, [{ create: { _index: "a" } }, {}, { create: { _index: "a" } }]);
  expect(outcomes(reply)).toEqual(["201"]);
});

test.each([
  ["elasticsearch", "7.17.29", "mapper_parsing_exception"],
  ["elasticsearch", "9.2.0", "document_parsing_exception"],
  ["opensearch", "3.8.0", "mapper_parsing_exception"],
] as const)("%s %s refuses a source that is not an object with %s (ES-26)", async (product, version, type) => {
  await start({ product, version });
  const reply = await postBulk(server, [{ create: { _index: "a" } }, "undefined", { create: { _index: "a" } }, "[1]"]);
  expect(outcomes(reply)).toEqual([`400 ${type}`, `400 ${type}`]);
});

test("sources are parsed on request", async () => {
  const lines = [{ create: { _index: "a", _id: "a" } }, '{"a":}'];
  await start();
  expect(outcomes(await postBulk(server, lines))).toEqual(["201"]);
  await server.stop();
  await start({ checkSources: true });
  expect(outcomes(await postBulk(server, lines))).toEqual(["400 document_parsing_exception"]);
});

test.each(["elasticsearch", "opensearch"] as const)(
  "a data stream of %s takes create with one @timestamp only (ES-04, ES-05)",
  async (product) => {
    await start({ product });
    await send(server, "PUT", "/_index_template/logs", template);
    const at = "2026-01-01T00:00:00Z";
    const reply = await postBulk(server, [
      [toStream("1"), { "@timestamp": at }, toStream("2"), { raw: { "@timestamp": at } }],
      [toStream("3"), { "@timestamp": [at, at] }, toStream("4"), { n: 1, "@timestamp": at }],
      [{ index: { _index: "logs-a", _id: "5" } }, { "@timestamp": at }, toStream("1"), { "@timestamp": at }],
    ]);
    const unfit = product === "opensearch" ? "400 mapper_parsing_exception" : "400 document_parsing_exception";
    const conflict = "409 version_conflict_engine_exception";
    expect(outcomes(reply)).toEqual(["201", unfit, unfit, "201", "400 illegal_argument_exception", conflict]);
    expect(reply.body.items?.[4]?.["index"]?.error?.reason).toBe(
      "only write ops with an op_type of create are allowed in data streams",
    );
    expect(reply.body.items?.[0]?.["create"]?.["_index"]).toMatch(/^\.ds-logs-a-/);
    expect([...server.documents("logs-a").keys()]).toEqual(["1", "4"]);
  },
);

test("without automatic creation a missing index is a 404 of its items (ES-27)", async () => {
  await start({ autoCreate: false });
  await send(server, "PUT", "/there");
  const reply = await postBulk(server, [{ create: { _index: "absent" } }, {}, { create: { _index: "there" } }, {}]);
  expect(outcomes(reply)).toEqual(["404 index_not_found_exception", "201"]);
});

test("a closed index is a 400 of its items, until it is opened (ES-27)", async () => {
  await start();
  await send(server, "PUT", "/audit");
  await send(server, "POST", "/audit/_close");
  const lines = [{ create: { _index: "audit" } }, {}];
  expect(outcomes(await postBulk(server, lines))).toEqual(["400 index_closed_exception"]);
  await send(server, "POST", "/audit/_open");
  expect(outcomes(await postBulk(server, lines))).toEqual(["201"]);
});

test("an index name against the rules is a 400 of its items (ES-08)", async () => {
  await start();
  const names = ["Audit", "_audit", "a b", "a:b", "..", "é".repeat(128), "fine-2026.01.01"];
  const reply = await postBulk(
    server,
    names.flatMap((_index) => [{ create: { _index } }, {}]),
  );
  expect(outcomes(reply)).toEqual([...Array<string>(6).fill("400 invalid_index_name_exception"), "201"]);
});

test("require_alias and require_data_stream refuse any other name (ES-09)", async () => {
  await start();
  await send(server, "PUT", "/plain", { aliases: { alias: {} } });
  await send(server, "PUT", "/_index_template/logs", template);
  const alias = { require_alias: true };
  const reply = await postBulk(server, [
    [{ create: { _index: "plain", ...alias } }, {}, { create: { _index: "alias", ...alias } }, {}],
    [{ create: { _index: "plain", require_data_stream: true } }, {}],
    [{ create: { _index: "logs-a", require_data_stream: true } }, { "@timestamp": 0 }],
  ]);
  const missing = "404 index_not_found_exception";
  expect(outcomes(reply)).toEqual([missing, "201", missing, "201"]);
  const query = await postBulk(server, [{ create: {} }, {}], { path: "/plain/_bulk?require_alias=true" });
  expect(outcomes(query)).toEqual([missing]);
});

test.each([
  ["elasticsearch", "7.17.29"],
  ["elasticsearch", "8.12.0"],
  ["opensearch", "3.8.0"],
] as const)("%s %s does not know require_data_stream (ES-09)", async (product, version) => {
  await start({ product, version });
  const lines = [{ create: { _index: "a" } }, {}];
  const query = await postBulk(server, lines, { path: "/_bulk?require_data_stream=true" });
  expect(query.body.error?.reason).toBe("request [/_bulk] contains unrecognized parameter: [require_data_stream]");
  const action = await postBulk(server, [{ create: { _index: "a", require_data_stream: true } }, {}]);
  expect(action.body.error?.reason).toBe(
    "Action/metadata line [1] contains an unknown parameter [require_data_stream]",
  );
});

test("a pipeline that is not there is a 400 of its items (ES-09)", async () => {
  await start({ pipelines: ["geo"] });
  const lines = [{ create: { _index: "a", pipeline: "geo" } }, {}, { create: { _index: "a" } }, {}];
  expect(outcomes(await postBulk(server, lines, { path: "/_bulk?pipeline=none" }))).toEqual([
    "201",
    "400 illegal_argument_exception",
  ]);
});

test("filter_path alone keeps positions only if every item has something left (ES-30)", async () => {
  await start();
  const lines = [{ create: { _id: "a" } }, {}, { create: { _id: "a" } }, {}, { create: { _id: "b" } }, {}];
  const path = "/audit/_bulk?filter_path=errors,items.*.status,items.*.error,items.*.result";
  const { body } = await postBulk(server, lines, { path });
  expect(body).toMatchObject({ errors: true, items: [{ create: { status: 201, result: "created" } }, {}, {}] });
  expect(Object.keys(body)).toEqual(["errors", "items"]);
  expect(body.items?.map(({ create }) => create?.status)).toEqual([201, 409, 201]);
  const shifted = await postBulk(server, [...lines, { create: { _id: "c" } }, {}], {
    path: "/audit/_bulk?filter_path=items.*.error",
  });
  expect(shifted.body.items).toHaveLength(3);
  const none = await postBulk(server, [{ create: {} }, {}], { path: "/audit/_bulk?filter_path=items.*.error" });
  expect(none.text).toBe("{}");
});

test("an item script fails, drops or diverts single documents (ES-21, ES-22, ES-24)", async () => {
  await start({
    itemFault: (source, { id, index, op }) => {
      if (source.includes("busy")) return { status: 429, type: "es_rejected_execution_exception", reason: "full" };
      if (id === "dropped") return { result: "noop" };
      return index === "diverted" && op === "create" ? { failureStore: "used" } : undefined;
    },
  });
  const reply = await postBulk(server, [
    [{ create: { _index: "a", _id: "1" } }, { busy: true }, { create: { _index: "a", _id: "dropped" } }, {}],
    [{ create: { _index: "diverted", _id: "3" } }, {}, { create: { _index: "a", _id: "4" } }, {}],
  ]);
  expect(outcomes(reply)).toEqual(["429 es_rejected_execution_exception", "200", "201", "201"]);
  expect(reply.body.items?.[1]?.["create"]?.result).toBe("noop");
  expect(reply.body.items?.[2]?.["create"]?.["failure_store"]).toBe("used");
  expect([...server.documents().keys()]).toEqual(["4"]);
  server.itemFault = undefined;
  expect(outcomes(await postBulk(server, [{ create: { _index: "a", _id: "1" } }, { busy: true }]))).toEqual(["201"]);
});
