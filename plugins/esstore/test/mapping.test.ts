import { expect, test } from "vitest";
import { isBulk, startElasticsearch } from "../../../packages/store-testkit/src/servers/elasticsearch/server.ts";
import { indexPattern, indexTemplate, isOutdated, templatePath } from "../src/mapping/template.ts";
import { batchOf, makeRecord } from "./make-record.ts";
import { attempt, DEFAULTS, openStore } from "./support.ts";

async function getJson(url: string): Promise<unknown> {
  return (await fetch(url)).json();
}

async function putJson(url: string, value: unknown): Promise<void> {
  const body = JSON.stringify(value);
  const answer = await fetch(url, { method: "PUT", headers: { "content-type": "application/json" }, body });
  expect(answer.status).toBe(200);
}

const KEYWORD = { type: "keyword", ignore_above: 8191 };
const COM_FIELD = { ...KEYWORD, fields: { keyword: KEYWORD } };

function mappings(raw: object): object {
  return {
    dynamic: false,
    date_detection: false,
    dynamic_templates: ["string", "long", "double", "boolean"].map((type) => ({
      [`com_${type}`]: { path_match: "com.*", match_mapping_type: type, mapping: COM_FIELD },
    })),
    properties: {
      "@timestamp": { type: "date_nanos" },
      raw,
      ext: raw,
      com: { dynamic: true, properties: { audit_key: COM_FIELD } },
      unindexed: { type: "object", enabled: false },
      severity: { type: "long", ignore_malformed: true },
    },
  };
}

test("the pattern has a star for each part of the name that varies", () => {
  expect(indexPattern("audit-{com.origin_worker}-%Y.%m.%d")).toBe("audit-*-*.*.*");
  expect(indexPattern("a%%b%%Y-%Y")).toBe("a%b%y-*");
  expect(indexPattern("{{Audit}}-{/raw/a}")).toBe("{audit}-*");
  expect(indexPattern("cloudmarker")).toBe("cloudmarker");
  expect(templatePath("audit-%Y%m")).toBe("/_index_template/cloudmarker-audit-_");
});

test("the template keeps raw and ext whole, for either product (ES-49)", () => {
  const fields = { severity: { from: "/raw/s", type: "long" } } as const;
  const of = (product: "Elasticsearch" | "OpenSearch"): object =>
    indexTemplate({ ...DEFAULTS, index: "audit-%Y", fields }, product);
  const flattened = { type: "flattened", ignore_above: 8191, depth_limit: 100 };
  expect(of("Elasticsearch")).toMatchObject({
    index_patterns: ["audit-*"],
    version: 3,
    _meta: { managed_by: "cloudmarker" },
    template: { mappings: mappings(flattened) },
  });
  expect(of("OpenSearch")).toMatchObject({ template: { mappings: mappings({ type: "flat_object" }) } });
  expect(of("OpenSearch")).not.toHaveProperty("data_stream");
});

test("a template is replaced only if it is ours, and older or made for other params", () => {
  const wanted = indexTemplate(DEFAULTS, "Elasticsearch");
  const { _meta: meta, version } = wanted;
  expect(isOutdated(wanted, wanted)).toBe(false);
  expect(isOutdated({ ...wanted, version: version - 1 }, wanted)).toBe(true);
  expect(isOutdated({ ...wanted, _meta: { ...meta, fingerprint: "other" } }, wanted)).toBe(true);
  expect(isOutdated({ ...wanted, version: version + 1, _meta: { ...meta, fingerprint: "other" } }, wanted)).toBe(false);
  expect(isOutdated({ version: 0 }, wanted)).toBe(false);
});

test("the template is put once, before the first record (ES-49)", async () => {
  await using server = await startElasticsearch();
  const store = await openStore(server.url, { index: "audit-%Y" });
  expect(server.requests).toBe(0);
  await store.write(batchOf(1), attempt());
  const before = server.requests;
  await store.write([makeRecord("r9")], attempt());
  expect(server.requests).toBe(before + 1);
  const found = await getJson(`${server.url}/_index_template/cloudmarker-audit-_`);
  expect(found).toMatchObject({
    index_templates: [{ index_template: indexTemplate({ ...DEFAULTS, index: "audit-%Y" }, "Elasticsearch") }],
  });
  expect(await getJson(`${server.url}/audit-2026/_mapping`)).toMatchObject({
    "audit-2026": { mappings: { dynamic: "false", properties: { raw: { type: "flattened" } } } },
  });
});

test("in a data stream a record without a time gets one, and a second attempt finds duplicates (ES-05)", async () => {
  await using server = await startElasticsearch({ checkSources: true });
  const store = await openStore(server.url, { index: "logs-audit", mode: "data_stream" });
  expect(await store.write(batchOf(1), attempt())).toEqual([]);
  expect(await store.write(batchOf(1), attempt())).toEqual([{ index: 0, status: "duplicate" }]);
  expect(await getJson(`${server.url}/_data_stream/logs-audit`)).toMatchObject({
    data_streams: [{ name: "logs-audit" }],
  });
});

test("a template that was taken over by somebody else is left alone", async () => {
  await using server = await startElasticsearch();
  const theirs = { index_patterns: ["cloudmarker"], priority: 500, template: { mappings: { dynamic: false } } };
  await putJson(`${server.url}/_index_template/cloudmarker-cloudmarker`, theirs);
  const store = await openStore(server.url);
  await store.write(batchOf(1), attempt());
  expect(await getJson(`${server.url}/_index_template/cloudmarker-cloudmarker`)).toMatchObject({
    index_templates: [{ index_template: theirs }],
  });
});

test("a template of ours for other indices is not overwritten", async () => {
  await using server = await startElasticsearch();
  const first = await openStore(server.url, { index: "audit-{com.origin_worker}" });
  expect(await first.write([makeRecord("r0", {}, { origin_worker: "aws" })], attempt())).toEqual([]);
  const second = await openStore(server.url, { index: "audit-_" });
  await expect(second.write(batchOf(1), attempt())).rejects.toMatchObject({
    status: "blocked",
    code: "template",
    message: `${server.url}: /_index_template/cloudmarker-audit-_ is there for audit-* already, and cannot be for audit-_ as well; choose another \`index\`, or put a template of your own and choose \`mapping: none\`.`,
  });
  expect(await getJson(`${server.url}/_index_template/cloudmarker-audit-_`)).toMatchObject({
    index_templates: [{ index_template: { index_patterns: ["audit-*"] } }],
  });
});

test.each([
  ["has a field for every key of raw", { properties: { raw: { properties: { id: { type: "text" } } } } }],
  ["would map a diverted record key by key", { properties: { raw: { type: "flattened" } } }],
  ["says nothing of either", {}],
])(
  "into an index that is older than the template and %s nothing is diverted, and the reason says so",
  async (_, given) => {
    await using server = await startElasticsearch({
      itemFault: () => ({ status: 400, type: "document_parsing_exception", reason: "x" }),
    });
    await putJson(`${server.url}/cloudmarker`, { mappings: given, aliases: { "also-cloudmarker": {} } });
    for (const index of ["cloudmarker", "also-cloudmarker"]) {
      const store = await openStore(server.url, { index });
      expect(await store.write(batchOf(1), attempt())).toEqual([
        {
          index: 0,
          status: "reject",
          code: "document_parsing_exception",
          reason: `${index} is older than its index template; a new index would take this. document_parsing_exception: x`,
        },
      ]);
    }
    expect(server.bulkRequests).toBe(2);
  },
);

test("an index of last year's does not keep records from being diverted into this year's", async () => {
  await using server = await startElasticsearch({
    itemFault: (source) =>
      source.includes('"unindexed"') ? undefined : { status: 400, type: "document_parsing_exception", reason: "x" },
  });
  await putJson(`${server.url}/audit-2025`, { mappings: {} });
  const store = await openStore(server.url, { index: "audit-%Y", time: [{ from: "/raw/at", format: "iso8601" }] });
  const batch = ["2025-12-31", "2026-01-01"].map((at, n) => makeRecord(`r${n}`, { at }));
  expect(await store.write(batch, attempt())).toMatchObject([
    { index: 0, status: "reject" },
    { index: 1, status: "written", diverted: true },
  ]);
});

test("without the privilege to put a template the store is blocked and says what to do", async () => {
  const password = "secret-pw";
  await using server = await startElasticsearch({
    auth: { username: "u", password },
    privileges: { cluster: ["monitor"], indices: { cloudmarker: ["create_doc", "auto_configure"] } },
  });
  const access = { username: "u", password };
  const store = await openStore(server.url, access);
  await expect(store.write(batchOf(1), attempt())).rejects.toMatchObject({
    status: "blocked",
    code: "no_permission",
    message: expect.stringMatching(
      /`manage_index_templates`, or put a template of your own and choose `mapping: none`\.$/,
    ),
  });
  const plain = await openStore(server.url, { ...access, mapping: "none" });
  expect(await plain.write(batchOf(1), attempt())).toEqual([]);
});

test("a cluster that takes no writes is not to be helped by a privilege", async () => {
  await using server = await startElasticsearch();
  const error = { type: "cluster_block_exception", reason: "blocked by: [FORBIDDEN/6/cluster read-only (api)];" };
  const status = { kind: "status", status: 403, body: { error, status: 403 } } as const;
  server.faults.next({ ...status, on: ({ method }) => method === "PUT" });
  const store = await openStore(server.url);
  const expected = {
    code: "read_only",
    message: expect.stringMatching(
      /cluster read-only \(api\)\];; lift the block \(.*cluster\.blocks\.read_only of the cluster\)\.$/,
    ),
  };
  await expect(store.write(batchOf(1), attempt())).rejects.toMatchObject({ status: "blocked", ...expected });
  server.faults.always(status);
  expect(await store.check()).toMatchObject({ ok: false, ...expected });
});

test.each([
  [400, '{"error":{"type":"illegal_argument_exception","reason":"same priority as [theirs]"}}'],
  [405, '{"error":"Incorrect HTTP method for uri [/_index_template/cloudmarker-cloudmarker]"}'],
])("a template that is refused with %i blocks and says why, and what to do", async (status, body) => {
  await using server = await startElasticsearch();
  const headers = { "content-type": "application/json" };
  server.faults.next({ kind: "status", status, headers, body, on: ({ method }) => method === "PUT" });
  const store = await openStore(server.url);
  await expect(store.write(batchOf(1), attempt())).rejects.toMatchObject({
    status: "blocked",
    code: "template",
    message: expect.stringMatching(
      /The index template was not taken; correct what is wrong, or put a template of your own and choose `mapping: none`\.$/,
    ),
  });
  expect(server.documents().size).toBe(0);
});

test("preparing is tried again after a failure, and no record counts as sent", async () => {
  await using server = await startElasticsearch();
  server.faults.next({ kind: "close" });
  const store = await openStore(server.url);
  const both = await Promise.allSettled([store.write(batchOf(1), attempt()), store.write(batchOf(1), attempt())]);
  expect(both).toMatchObject([
    { reason: { status: "retry", code: "connection_lost" } },
    { reason: { status: "retry" } },
  ]);
  expect(server.requests).toBe(1);
  expect(await store.write(batchOf(1), attempt())).toEqual([]);
});

test.each([
  [{ version: "7.9.3" }, "Elasticsearch 7.9.3"],
  [{ product: "opensearch", version: "2.6.0" }, "OpenSearch 2.6.0"],
] as const)("%j is too old for a managed mapping", async (options, name) => {
  await using server = await startElasticsearch(options);
  const store = await openStore(server.url);
  await expect(store.write(batchOf(1), attempt())).rejects.toMatchObject({
    status: "blocked",
    code: "version",
    message: expect.stringContaining(`is ${name}; a managed mapping needs`),
  });
});

test("a record that is refused for its content is written in a form that no mapping refuses, under its id", async () => {
  await using server = await startElasticsearch({
    itemFault: (source, { id }) =>
      (id === "r1" && source.startsWith('{"raw"')) || id === "r2"
        ? { status: 400, type: "document_parsing_exception", reason: source.slice(0, 6) }
        : undefined,
  });
  const store = await openStore(server.url);
  const batch = batchOf(4);
  expect(await store.write(batch, attempt())).toEqual([
    { index: 1, status: "written", diverted: true },
    {
      index: 2,
      status: "reject",
      code: "document_parsing_exception",
      reason: 'document_parsing_exception: {"raw"',
    },
  ]);
  const document = JSON.parse(server.documents().get("r1") ?? "");
  expect(document.unindexed).toEqual(JSON.parse(batch[1]?.json ?? ""));
  expect(server.documents().size).toBe(3);
});

test("if the diversion cannot be sent, only its records are tried again", async () => {
  await using server = await startElasticsearch({
    itemFault: (_source, { id }) =>
      id === "r1" ? { status: 400, type: "document_parsing_exception", reason: "x" } : undefined,
  });
  const store = await openStore(server.url);
  let bulks = 0;
  const isSecond = (request: Parameters<typeof isBulk>[0]): boolean => isBulk(request) && ++bulks === 2;
  server.faults.next({ kind: "status", status: 503, headers: { "retry-after": "3" }, on: isSecond });
  expect(await store.write(batchOf(3), attempt())).toMatchObject([
    { index: 1, status: "retry", code: "unavailable", retryAfterMs: 3000 },
  ]);
});
