import type { Batch } from "@cloudmarker/store-api";
import { expect, test } from "vitest";
import type { EsStoreParams } from "../src/index.ts";
import { type Bulk, bulkMaker, type Diverted } from "../src/request.ts";
import { batchOf, makeRecord, recordOf } from "./make-record.ts";
import { DEFAULTS, STARTED } from "./support.ts";

const PLAIN = { mapping: "none" } as const;

function makerOf(given: Partial<EsStoreParams>) {
  const toBulk = bulkMaker({ ...DEFAULTS, ...given }, Date.parse(STARTED));
  const make = (batch: Batch, diverted?: Diverted): Bulk =>
    toBulk(batch, given.mapping === "none" ? undefined : new Set(["older"]), diverted);
  return Object.assign(make, { notes: toBulk.notes });
}

function linesOf(body: Buffer): string[] {
  return body.toString().split("\n");
}

/** Node 22 has it; TypeScript's library does not describe it yet. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

test("the body is one action line and one source line for each record, with a line break at its end (ES-01)", () => {
  const batch = batchOf(2);
  const { body, items, rejected } = makerOf(PLAIN)(batch);
  expect(linesOf(body)).toEqual([
    '{"create":{"_index":"cloudmarker","_id":"r0"}}',
    batch[0]?.json,
    '{"create":{"_index":"cloudmarker","_id":"r1"}}',
    batch[1]?.json,
    "",
  ]);
  expect(items).toEqual([
    { position: 0, id: "r0", index: "cloudmarker", isDiverted: false },
    { position: 1, id: "r1", index: "cloudmarker", isDiverted: false },
  ]);
  expect(rejected).toEqual([]);
});

test("the status of every item is asked for, at the one path that all know (ES-30, L-40)", () => {
  expect(makerOf(PLAIN)(batchOf(1)).path).toBe(
    "/_bulk?filter_path=errors,items.*.status,items.*.error,items.*.result,items.*.failure_store",
  );
});

test("pipeline and require_alias go into the query, where they are given (ES-09)", () => {
  const { path } = makerOf({ ...PLAIN, pipeline: "geo ip", require_alias: true })(batchOf(1));
  expect(path).toContain("&pipeline=geo%20ip&require_alias=true");
});

test("ids, indices and routings are written as JSON (ES-10)", () => {
  const record = makeRecord('a"b\\\n', {}, { origin_worker: "é", origin_key: 'x"y' });
  const { body } = makerOf({ ...PLAIN, index: "a-{com.origin_worker}", routing: "{com.origin_key}" })([record]);
  expect(JSON.parse(linesOf(body)[0] ?? "")).toEqual({ create: { _index: "a-é", _id: 'a"b\\\n', routing: 'x"y' } });
});

test("the index has the UTC date of the record's time (ES-08)", () => {
  const maker = makerOf({
    index: "audit-%Y.%m.%d",
    time: [{ from: "/raw/at", format: "iso8601" }],
  });
  const { items, body } = maker([makeRecord("a", { at: "2026-01-01T00:30:00+02:00" }), makeRecord("b")]);
  expect(items.map(({ index }) => index)).toEqual(["audit-2025.12.31", "audit-2026.11.23"]);
  expect(linesOf(body)[1]).toContain('"@timestamp":"2025-12-31T22:30:00.000Z"}');
});

test("with `timestamp: false` no document has an @timestamp, diverted or not, and names have the record's time all the same (L-60, ME-4)", () => {
  const time = [{ from: "/raw/at", format: "iso8601" }] as const;
  const maker = makerOf({ timestamp: false, index: "audit-%Y", time: [...time] });
  const batch = [makeRecord("a", { at: "2025-01-01T00:00:00Z" }), makeRecord("b")];
  const whole = maker(batch);
  expect(whole.items.map(({ index }) => index)).toEqual(["audit-2025", "audit-2026"]);
  expect(linesOf(whole.body)[1]).toBe(batch[0]?.json);
  const diverted = bulkMaker({ ...DEFAULTS, timestamp: false }, Date.parse(STARTED));
  for (const form of ["object", "text"] as const)
    expect(diverted(batch, new Set(), { positions: [0, 1], form }).body.toString()).not.toContain("@timestamp");
});

test("a record that lacks a part of its index is rejected alone; values are made fit for a name, and the receipt says so (ES-08, L-42)", () => {
  const maker = makerOf({ ...PLAIN, index: "Audit-{com.origin_worker}" });
  const workers = ["aws", undefined, "AWS", "a b/c", "a\ud800b", "x".repeat(256)];
  const batch = workers.map((worker, n) =>
    makeRecord(`r${n}`, {}, worker === undefined ? {} : { origin_worker: worker }),
  );
  const { items, rejected } = maker(batch);
  expect(items.map(({ position, index }) => [position, index])).toEqual([
    [0, "audit-aws"],
    [2, "audit-aws"],
    [3, "audit-a_b_c"],
    [4, "audit-a_b"],
  ]);
  expect(rejected.map(({ index, status, code, reason }) => [index, status, code, reason])).toEqual([
    [1, "reject", "unresolved_name", "The record lacks what a placeholder in `index` asks for."],
    [5, "reject", "unresolved_name", expect.stringContaining("is longer than 255 bytes")],
  ]);
  expect(maker.notes()).toEqual([
    'Values that were changed to fit into "Audit-{com.origin_worker}": 3. The first was "AWS", written as "aws".',
  ]);
});

test("an index name with capital letters is written in lower case, and the receipt says so (L-42, ME-5)", () => {
  const maker = makerOf({ ...PLAIN, index: "Audit" });
  expect(maker([makeRecord("a")]).items).toMatchObject([{ index: "audit" }]);
  expect(maker.notes()).toEqual(['The index is "audit": the name of an index has no capital letters.']);
});

test("routing and pipeline differ by record; a record without a routing is sent without one, and a record without a pipeline is not sent (L-47)", () => {
  const given = { ...PLAIN, routing: "{/raw/account}", pipeline: "clean-{com.origin_worker}" };
  const maker = makerOf(given);
  const batch = [
    makeRecord("a", { account: "1" }, { origin_worker: "aws" }),
    makeRecord("b", {}, { origin_worker: "aws" }),
    makeRecord("c", { account: "1" }, {}),
  ];
  const { path, body, rejected } = maker(batch);
  expect(path).not.toContain("pipeline");
  expect(linesOf(body).filter((line) => line.startsWith('{"create"'))).toEqual([
    '{"create":{"_index":"cloudmarker","_id":"a","routing":"1","pipeline":"clean-aws"}}',
    '{"create":{"_index":"cloudmarker","_id":"b","pipeline":"clean-aws"}}',
  ]);
  expect(rejected).toMatchObject([{ index: 2, reason: "The record lacks what a placeholder in `pipeline` asks for." }]);
  expect(makerOf({ ...PLAIN, pipeline: "100%%" })(batch).path).toContain("&pipeline=100%25");
});

test("a data stream gets exactly one @timestamp for each record: its own time, else that of the run's start (ES-05)", () => {
  const maker = makerOf({
    ...PLAIN,
    mode: "data_stream",
    time: [{ from: "/raw/at", format: "seconds" }],
  });
  const raws = [{ at: 1_700_000_000 }, {}, { at: 1e12 }, { at: "1700000000.123456789" }];
  const lines = linesOf(maker(raws.map((raw) => makeRecord("a", raw))).body);
  expect([1, 3, 5, 7].map((at) => JSON.parse(lines[at] ?? "")["@timestamp"])).toEqual([
    "2023-11-14T22:13:20.000Z",
    STARTED,
    STARTED,
    // To the nanosecond, which `date_nanos` keeps (L-05).
    "2023-11-14T22:13:20.123456789Z",
  ]);
});

test("the text of a record reaches the body unchanged", () => {
  const json = '{"raw":{"n":14517067005933136034,"z":-0.0,"s":"é字😀\\u2028\\ud800"},"ext":{},"com":{}}';
  const [, line] = linesOf(makerOf({})([recordOf(json, {})]).body);
  expect(line).toBe(`${json.slice(0, -1)},"@timestamp":"${STARTED}"}`);
});

test("promoted fields are written as they are in the record; values that the field would refuse are left out", () => {
  const raw = {
    id: rawJSON("14517067005933136034"),
    tags: ["a", "b"],
    nested: { a: 1 },
    flag: "yes",
    none: null,
    mixed: [{}],
  };
  const record = { ...makeRecord("a"), value: { raw, com: {} } };
  const fields = Object.fromEntries(
    Object.keys(raw).map((name) => [
      name,
      { from: `/raw/${name}`, type: name === "flag" ? "boolean" : "keyword" } as const,
    ]),
  );
  const [, line] = linesOf(makerOf({ ...PLAIN, fields })([record]).body);
  expect(line).toBe(`${record.json.slice(0, -1)},"id":14517067005933136034,"tags":["a","b"]}`);
});

test("a record that cannot be parsed is written without the fields that come from its value", () => {
  const deep = makeRecord("a");
  Object.defineProperty(deep, "value", {
    get() {
      throw new Error("too deep");
    },
  });
  const fields = { severity: { from: "/raw/severity", type: "keyword" } } as const;
  expect(linesOf(makerOf({ ...PLAIN, fields })([deep]).body)[1]).toBe(deep.json);
});

test("a diverted record is whole in one field, beside the scalars of its common bucket", () => {
  const com = { origin_worker: "aws", origin_key: 7 as never, mine: "x" };
  const batch = [makeRecord("a"), makeRecord("b", 1, com)];
  const { body, items } = makerOf({ index: "x-{com.origin_worker}" })(batch, { positions: [1], form: "object" });
  expect(items).toEqual([{ position: 1, id: "b", index: "x-aws", isDiverted: true }]);
  expect(linesOf(body)).toEqual([
    '{"create":{"_index":"x-aws","_id":"b"}}',
    `{"unindexed":${batch[1]?.json},"com":{"origin_worker":"aws"},"@timestamp":"${STARTED}"}`,
    "",
  ]);
});

test("at last it is a text, whatever stands in it (L-41)", () => {
  const batch = [makeRecord("a", { 'a"\\\n\ud800': "é" }, { origin_worker: "aws" })];
  const { body, items } = makerOf({})(batch, { positions: [0], form: "text" });
  expect(items).toMatchObject([{ isDiverted: true }]);
  const [, source = ""] = linesOf(body);
  expect(JSON.parse(source)).toEqual({
    unindexed_text: batch[0]?.json,
    com: { origin_worker: "aws" },
    "@timestamp": STARTED,
  });
});

test.each([
  ["managed", "audit", [false, false, true, false]],
  ["managed", "older", [false, false, false, false]],
  ["none", "audit", [false, false, false, false]],
] as const)("what nests too deep to be indexed is diverted, mapping: %s, index: %s", (mapping, index, isDiverted) => {
  const wide = Array.from({ length: 1000 }, () => []);
  const batch = [wide, nested(248), nested(2000), 1].map((raw, n) => makeRecord(`r${n}`, raw));
  const { body, items } = makerOf({ mapping, index })(batch);
  expect(items.map((item) => item.isDiverted)).toEqual(isDiverted);
  expect(linesOf(body).map((line) => line.startsWith('{"unindexed":'))).toEqual([
    ...isDiverted.flatMap((is) => [false, is]),
    false,
  ]);
});

function nested(levels: number): unknown {
  return JSON.parse("[".repeat(levels) + "]".repeat(levels));
}
