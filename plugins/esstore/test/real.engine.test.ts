import { createReadStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHost, jsonText, readRecords } from "@cloudmarker/core";
import type { Receipt } from "@cloudmarker/core";
import { expect, onTestFinished, test } from "vitest";
import { describeEngine, sharedEngine, startEngine, uniqueName } from "../../../test/engines/index.ts";
import { hasSharedData, SAMPLES, samplePath } from "../../../test/support/shared-data.ts";
import esstore from "../src/index.ts";

async function run(
  params: Readonly<Record<string, unknown>>,
  records: AsyncIterable<unknown> | Iterable<unknown>,
): Promise<Receipt> {
  const stateDir = mkdtempSync(join(tmpdir(), "esstore-test-"));
  onTestFinished(() => rmSync(stateDir, { recursive: true }));
  const stores = { search: { plugin: esstore, params } };
  const host = createHost({ stores, run: "20261123_145314", stateDir });
  await host.write(records);
  return host.done();
}

async function ask(url: string, body?: object): Promise<string> {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(url, body ? { method: "POST", headers, body: JSON.stringify(body) } : {});
  return answer.text();
}

/** Makes what was written visible to searches. */
async function refresh(node: string, index: string): Promise<void> {
  expect((await fetch(`${node}/${index}/_refresh`, { method: "POST" })).status).toBe(200);
}

function base(url: string): string {
  return url.replace(/\/$/u, "");
}

/** Real output of many scanners, in one stream. */
async function* samples(): AsyncGenerator<unknown> {
  for (const { file, select } of SAMPLES) {
    const options = { name: file, ...(select !== undefined && { select }) };
    for await (const records of readRecords(createReadStream(samplePath(file)), options)) yield* records;
  }
}

function nest(depth: number): unknown {
  return JSON.parse(`${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`);
}

/** Content that one mapping or another does not take. */
const HARD: readonly unknown[] = [
  1,
  "text",
  null,
  [1, [2]],
  { long: "é".repeat(40_000) },
  nest(60),
  nest(300),
  { "nul\u0000": 1 },
  { "": 1, ".": 2, "a..b": 3, _id: 4 },
  { same: 1 },
  { same: { a: 1 } },
];

describeEngine(["elasticsearch", "opensearch"], "a real engine", (name) => {
  test.runIf(hasSharedData)(
    "takes real records of every shape, and all of them again as duplicates (ES-23, ES-49)",
    async () => {
      const { url } = await sharedEngine(name);
      const node = base(url);
      const index = uniqueName("audit");
      const params = { node, index, compression: true, fields: { severity: { from: "/raw/Severity/Label" } } };
      const first = await run(params, samples());
      const { accepted = 0 } = first.stores[0] ?? {};
      expect(first.ok).toBe(true);
      expect(accepted).toBeGreaterThan(1000);
      expect(first.stores).toMatchObject([{ written: accepted, duplicate: 0, deadLettered: 0, diverted: 0 }]);
      const again = await run(params, samples());
      expect(again.stores).toMatchObject([{ accepted, written: 0, duplicate: accepted }]);
      await refresh(node, index);
      expect(JSON.parse(await ask(`${node}/${index}/_count`)).count).toBe(accepted);
      const found = await ask(`${node}/${index}/_count`, { query: { term: { severity: "CRITICAL" } } });
      expect(JSON.parse(found).count).toBe(11);
    },
  );

  test("keeps values that no mapping accepts in a form that is not indexed; no record is lost", async () => {
    const { url } = await sharedEngine(name);
    const node = base(url);
    const index = uniqueName("hard");
    const { ok, stores } = await run(
      { node, index },
      HARD.map((raw, n) => ({ raw, ext: {}, com: { record_id: `h${n}`, origin_worker: "w" } })),
    );
    expect(ok).toBe(true);
    expect(stores).toMatchObject([{ written: HARD.length, deadLettered: 0 }]);
    expect(stores[0]?.diverted).toBeGreaterThan(0);
    await refresh(node, index);
    for (const [n, raw] of HARD.entries()) {
      const { hits } = JSON.parse(await sourceOf(`${node}/${index}`, `h${n}`));
      const [{ _source: source }] = hits.hits;
      expect((source.unindexed ?? source).raw).toEqual(raw);
    }
    const found = await ask(`${node}/${index}/_count`, { query: { term: { "com.origin_worker": "w" } } });
    expect(JSON.parse(found).count).toBe(HARD.length);
  });

  test("a record that it would never answer for costs its neighbours nothing", async () => {
    const { url } = await sharedEngine(name);
    const node = base(url);
    const index = uniqueName("deep");
    const objects = `${'{"a":'.repeat(600)}1${"}".repeat(600)}`;
    const arrays = `{"a":${"[".repeat(3000)}${"]".repeat(3000)}}`;
    const plain = Array.from({ length: 9 }, (_, n) => ({ n }));
    // OpenSearch stores no more than 1,000 levels, indexed or not: the deeper one is stored as text (L-41).
    const { stores } = await run({ node, index }, [...plain, jsonText(objects), jsonText(arrays)]);
    expect(stores).toMatchObject([{ accepted: 11, written: 11, diverted: 2, deadLettered: 0 }]);
  });

  test("a record that its parser refuses is stored as text, and its neighbours are indexed (L-41)", async () => {
    const { url } = await sharedEngine(name);
    const node = base(url);
    const index = uniqueName("unreadable");
    const raws = [
      '{"a":1,"a":2}',
      `{"${"k".repeat(60_000)}":1}`,
      `{"n":1${"0".repeat(1_200)}}`,
      String.raw`{"\ud800":1}`,
      `{"a":${"[".repeat(1_500)}${"]".repeat(1_500)}}`,
      '{"plain":1}',
    ];
    const records = raws.map((raw, n) => `{"raw":${raw},"ext":{},"com":{"record_id":"u${n}"}}`);
    const { stores } = await run({ node, index }, records);
    expect(stores).toMatchObject([{ accepted: raws.length, written: raws.length, deadLettered: 0 }]);
    expect(stores[0]?.diverted).toBeGreaterThan(0);
    await refresh(node, index);
    for (const [n, raw] of raws.entries()) {
      const { hits } = JSON.parse(await sourceOf(`${node}/${index}`, `u${n}`));
      // What the parser takes on this engine is the engine's to give back; a text is as it was.
      const [{ _source: source }] = hits.hits;
      const { unindexed_text: stored = `"raw":${raw}` } = source;
      expect(stored).toContain(`"raw":${raw}`);
    }
  });

  test("keys of com that are a producer's own are found, also with .keyword at their end (L-49, L-60, ME-2)", async () => {
    const { url } = await sharedEngine(name);
    const node = base(url);
    const index = uniqueName("com");
    const com = { cloud_type: "aws", region: "2026-11-23", count: 7, rate: 0.5, ok: true, record_type: "rule" };
    // The second one contradicts the first, and is diverted.
    const records = [com, { ...com, cloud_type: { name: "aws" } }].map((one) => ({ raw: {}, ext: {}, com: one }));
    const { stores } = await run({ node, index }, records);
    expect(stores).toMatchObject([{ written: 2, diverted: 1, deadLettered: 0 }]);
    await refresh(node, index);
    for (const [key, value] of Object.entries(com).flatMap(([at, is]) => [
      [at, is],
      [`${at}.keyword`, is],
    ])) {
      const query = { match: { [`com.${String(key)}`]: String(value) } };
      const found = JSON.parse(await ask(`${node}/${index}/_count`, { query }));
      expect([key, found.count >= 1]).toEqual([key, true]);
    }
  });

  test("keys of com beyond the index's limit of fields are stored all the same (L-49)", async () => {
    const { url } = await sharedEngine(name);
    const index = uniqueName("many");
    const records = Array.from({ length: 6 }, (_, n) => ({
      raw: { n },
      ext: {},
      com: Object.fromEntries(Array.from({ length: 200 }, (__, key) => [`k${n}_${key}`, "v"])),
    }));
    const { stores } = await run({ node: base(url), index }, records);
    expect(stores).toMatchObject([{ written: 6, deadLettered: 0 }]);
    expect(stores[0]?.diverted).toBeGreaterThan(0);
  });

  test("no promoted field refuses a record, whatever it finds", async () => {
    const { url } = await sharedEngine(name);
    const types = ["keyword", "text", "long", "double", "float", "boolean", "date", "ip"] as const;
    const fields = Object.fromEntries(types.map((type) => [`f.${type}`, { from: "/raw/v", type }]));
    const values = [
      '"text"',
      '""',
      "1",
      "-1.5",
      "1e400",
      "14517067005933136034",
      "true",
      '"true"',
      "null",
      "[]",
      "{}",
      '["1",2]',
      '[{"a":1}]',
      '"10.0.0.1"',
    ];
    const records = values.map((value, n) => `{"raw":{"v":${value}},"ext":{},"com":{"record_id":"v${n}"}}`);
    const { stores } = await run({ node: base(url), index: uniqueName("fields"), fields }, records);
    expect(stores).toMatchObject([{ written: values.length, diverted: 0, deadLettered: 0 }]);
  });

  test("keeps every digit", async () => {
    const { url } = await sharedEngine(name);
    const node = base(url);
    const index = uniqueName("digits");
    await run({ node, index, fields: { big: { from: "/raw/n", type: "double" } } }, [
      '{"raw":{"n":14517067005933136034},"ext":{},"com":{"record_id":"d"}}',
    ]);
    await refresh(node, index);
    const text = await sourceOf(`${node}/${index}`, "d");
    expect(text).toContain('"n":14517067005933136034}');
    expect(text).toContain('"big":14517067005933136034}');
  });

  test("keeps nanoseconds, and sorts by them (L-05)", async () => {
    const { url } = await sharedEngine(name);
    const node = base(url);
    const index = uniqueName("nanos");
    const ends = ["2Z", "3Z", "1Z"];
    const records = ends.map((end) => ({ raw: { at: `2026-01-01T00:00:00.00000000${end}` }, ext: {}, com: {} }));
    expect((await run({ node, index, time: [{ from: "/raw/at" }] }, records)).ok).toBe(true);
    await refresh(node, index);
    const query = {
      sort: [{ "@timestamp": "asc" }],
      query: { range: { "@timestamp": { gt: "2026-01-01T00:00:00.000000001Z" } } },
    };
    const { hits } = JSON.parse(await ask(`${node}/${index}/_search`, query));
    expect(hits.hits.map(({ _source: { raw } }: { _source: { raw: { at: string } } }) => raw.at.slice(-2))).toEqual([
      "2Z",
      "3Z",
    ]);
  });

  test("nothing is diverted into an index that existed before, and the dead letter says why; into the others it is", async () => {
    const { url } = await sharedEngine(name);
    const node = base(url);
    const prefix = uniqueName("older");
    expect((await fetch(`${node}/${prefix}-a`, { method: "PUT" })).status).toBe(200);
    const records = ["a", "b"].flatMap((worker) =>
      [{ same: 1 }, { same: { a: 1 } }, "text"].map((raw) => ({ raw, com: { origin_worker: worker } })),
    );
    const { stores } = await run({ node, index: `${prefix}-{com.origin_worker}` }, records);
    expect(stores).toMatchObject([{ written: 4, diverted: 1, deadLettered: 2 }]);
    expect(JSON.stringify(stores[0]?.reasons)).toContain(`${prefix}-a is older than its index template`);
  });

  test("check says what it is", async () => {
    const { url } = await sharedEngine(name);
    const host = createHost({ stores: { search: { plugin: esstore, params: { node: base(url) } } } });
    expect(await host.check()).toMatchObject([
      { ok: true, message: expect.stringMatching(/^(Elasticsearch 7|OpenSearch 3)\./) },
    ]);
  });
});

/** The text of the answer that has the record which its producer calls `id`. */
function sourceOf(url: string, id: string): Promise<string> {
  return ask(`${url}/_search?filter_path=hits.hits._source`, { query: { term: { "com.record_id": id } } });
}

describeEngine("opensearch", "a real data stream", (name) => {
  test("is made by the managed template, with the records' own times (ES-05)", async () => {
    const { url } = await sharedEngine(name);
    const node = base(url);
    const index = uniqueName("stream");
    const params = { node, index, mode: "data_stream", time: [{ from: "/raw/at" }] };
    const records = ["2026-01-01T00:00:00Z", "none"].map((at, n) => ({
      raw: { at },
      ext: {},
      com: { record_id: `s${n}` },
    }));
    expect((await run(params, records)).ok).toBe(true);
    await refresh(node, index);
    const { hits } = JSON.parse(await ask(`${node}/${index}/_search`, { sort: ["@timestamp"] }));
    expect(hits.hits).toMatchObject([
      { _source: { com: { record_id: "s0" } }, sort: [Date.parse("2026-01-01") * 1e6] },
      { _source: { com: { record_id: "s1" } } },
    ]);
    const { stores } = await run(params, [{ raw: nest(300), com: { record_id: "deep" } }]);
    expect(stores).toMatchObject([{ written: 1, diverted: 1 }]);
  });
});

describeEngine("opensearch", "real ingest pipelines", (name) => {
  const workers = ["a", "b", "c"].map((worker) => ({ raw: {}, com: { record_id: worker, origin_worker: worker } }));

  test("a record that one refuses is a dead letter at once, and a duplicate of another id is reported (ES-23, ES-25)", async () => {
    // The shared one has no node that runs pipelines.
    const engine = await startEngine(name, { settings: { "node.roles": "cluster_manager,data,ingest" } });
    onTestFinished(() => engine.stop());
    const node = base(engine.url);
    await putPipeline(node, "fail", { fail: { if: "ctx.com.origin_worker == 'b'", message: "no" } });
    const refused = await run({ node, index: "fail", pipeline: "fail" }, workers);
    expect(refused.stores).toMatchObject([{ written: 2, deadLettered: 1 }]);
    await putPipeline(node, "same", { set: { field: "_id", value: "same" } });
    const { stores } = await run({ node, index: "same", pipeline: "same" }, workers);
    const notes = ["Duplicates of documents under another id, which an ingest pipeline gave: 2."];
    expect(stores).toMatchObject([{ written: 1, duplicate: 2, notes }]);
  });
});

async function putPipeline(node: string, name: string, processor: object): Promise<void> {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ processors: [processor] });
  const { status } = await fetch(`${node}/_ingest/pipeline/${name}`, { method: "PUT", headers, body });
  expect(status).toBe(200);
}
