import type { Batch } from "@cloudmarker/store-api";
import { expect, it } from "vitest";
import { readEvents } from "../../../packages/store-testkit/src/servers/splunk/hec.ts";
import type { SplunkHecStoreParams } from "../src/params.ts";
import { requestMaker } from "../src/request.ts";
import { DEFAULTS, recordOf, recordsOf } from "./support.ts";

function requestsOf(batch: Batch, given: Partial<SplunkHecStoreParams> = {}) {
  const { groups, rejected } = requestMaker({ ...DEFAULTS, ...given }, 1_700_000_000_123)(batch);
  return { rejected, groups, bodies: groups.map(({ body }) => body.toString()) };
}

it("a request is one object after the other, each with the record's text as it is (HEC-03, MS-4)", () => {
  const json = '{"raw":{"n":14517067005933136034,"z":-0.0,"s":"é字😀\\u2028"},"com":{}}';
  const { bodies } = requestsOf([recordOf(json, "a"), recordOf(json, 'b"\\')]);
  const head = '{"sourcetype":"json","time":1700000000.123,"fields":{"record_id":';
  expect(bodies).toEqual([`${head}"a"},"event":${json}}\n${head}"b\\"\\\\"},"event":${json}}`]);
});

it("every record arrives at a collector that drops what has an unknown key (HEC-04)", () => {
  const given = { index: "main", host: "h", source: "s", fields: { n: "/raw/n" } };
  const [body = ""] = requestsOf(recordsOf(3), given).bodies;
  expect(readEvents(body, {})).toMatchObject({
    code: 0,
    events: [0, 1, 2].map((n) => ({
      index: "main",
      host: "h",
      source: "s",
      sourcetype: "json",
      time: 1_700_000_000.123,
      fields: { record_id: `r${n}`, n },
    })),
  });
});

it.each([
  ["2023-11-14T22:13:20.123Z", "1700000000.123"],
  ["2026-11-23T14:53:14.123456789Z", "1795445594.123456789"],
  ["2026-11-23T14:53:14.000001Z", "1795445594.000001000"],
  ["1970-01-01T00:00:00.000Z", "1700000000.123"],
  ["nonsense", "1700000000.123"],
])("the time %s is sent as seconds, to the nanosecond: %s (HEC-05, L-05)", (at, seconds) => {
  const time = [{ from: "/raw/at", format: "iso8601" as const }];
  const { bodies } = requestsOf([recordOf(JSON.stringify({ raw: { at }, com: {} }), "a")], { time });
  expect(bodies[0]).toContain(`"time":${seconds},`);
});

it("with `default_time: splunk` a record without a time has none, and names have that of the run's start (L-45, MS-2)", () => {
  const time = [{ from: "/raw/at", format: "iso8601" as const }];
  const batch = ["2025-11-14T22:13:20.123Z", "nonsense", undefined].map((at, n) =>
    recordOf(JSON.stringify({ raw: { at }, com: {} }), `r${n}`),
  );
  const given = { time, default_time: "splunk", index: "audit-%Y" } as const;
  const make = requestMaker({ ...DEFAULTS, ...given }, 1_700_000_000_123);
  const { groups } = make(batch);
  const events = groups.flatMap(({ body }) => readEvents(body.toString(), {}).events);
  expect(events.map(({ index, time: at }) => [index, at])).toEqual([
    ["audit-2025", 1_763_158_400.123],
    ["audit-2023", undefined],
    ["audit-2023", undefined],
  ]);
  make.settle(batch, []);
  expect(make.remarks().map(({ code, message }) => [code, message])).toEqual([
    ["unreadable_time", '1 of 3 records had no readable time at /raw/at, and Splunk sets it; first: "nonsense".'],
    ["no_time", "1 of 3 records had no time at /raw/at, and Splunk sets it."],
  ]);
  // Without `time`, no record has one.
  const [body = ""] = requestsOf(recordsOf(2), { default_time: "splunk" }).bodies;
  expect(body).not.toContain('"time"');
  expect(readEvents(body, {}).events).toHaveLength(2);
});

it("an indexed field is a scalar, or a list of them; anything else is left out (HEC-06)", () => {
  const raw = '{"s":"x","n":14517067005933136034,"b":false,"l":["x",1],"o":{},"z":null,"e":"","d":[{}],"y":[]}';
  const fields = Object.fromEntries([..."snblozedy"].map((key) => [key, `/raw/${key}`]));
  const { bodies } = requestsOf([recordOf(`{"raw":${raw},"com":{}}`, "a")], { fields: { ...fields, w: "/com/none" } });
  expect(bodies[0]).toMatch(/"fields":\{"record_id":"a","s":"x","n":\d+,"b":false,"l":\["x",1\]\},"event"/);
});

it("each index has a request of its own, in the order of the batch; a record without the name is refused (HEC-07)", () => {
  const batch = [...recordsOf(3, ["aws", "gcp"]), recordOf('{"com":{}}', "r3")];
  const { groups, rejected, bodies } = requestsOf(batch, { index: "audit-{com.origin_worker}" });
  expect(groups.map(({ name, indexes }) => ({ name, indexes }))).toEqual([
    { name: "audit-aws", indexes: [0, 2] },
    { name: "audit-gcp", indexes: [1] },
  ]);
  expect(bodies[1]).toContain('"index":"audit-gcp"');
  expect(rejected).toMatchObject([{ index: 3, status: "reject", code: "unresolved_name" }]);
});

it("no request is longer than max_body, except for a single record that is (HEC-08)", () => {
  const batch = recordsOf(20);
  const large = recordOf(`{"raw":"${"x".repeat(2000)}","com":{}}`, "large");
  const { groups } = requestsOf([...batch, large, ...recordsOf(1)], { max_body: 700 });
  expect(groups.flatMap(({ indexes }) => indexes)).toEqual(Array.from({ length: 22 }, (_, n) => n));
  const [first] = groups;
  const per = (first?.body.length ?? 0) / (first?.records.length ?? 0);
  expect(first?.body.length).toBeLessThanOrEqual(700);
  expect((first?.body.length ?? 0) + per).toBeGreaterThan(700);
  expect(groups.filter(({ body }) => body.length > 700).map(({ records }) => records)).toEqual([[large]]);
});

it("a record over max_event becomes a dead letter, and costs the others nothing (HEC-08)", () => {
  const large = recordOf(`{"raw":"${"x".repeat(200)}","com":{}}`, "large");
  const { groups, rejected } = requestsOf([...recordsOf(1), large, ...recordsOf(1)], { max_event: 100 });
  expect(groups.map(({ indexes }) => indexes)).toEqual([[0, 2]]);
  expect(rejected).toMatchObject([{ index: 1, status: "reject", code: "too_large" }]);
});

it("there is no request without records (HEC-11)", () => {
  expect(requestsOf([recordOf('{"raw":1,"com":{}}', "a")], { max_event: 1 }).groups).toEqual([]);
});

it("a record that nests too deep for JavaScript is sent without the fields that come from its value", () => {
  const record = recordOf('{"raw":1,"com":{}}', "a");
  Object.defineProperty(record, "value", {
    get() {
      throw new RangeError("Maximum call stack size exceeded");
    },
  });
  const { bodies } = requestsOf([record], { fields: { x: "/raw" }, time: [{ from: "/raw", format: "seconds" }] });
  expect(bodies[0]).toBe(
    '{"sourcetype":"json","time":1700000000.123,"fields":{"record_id":"a"},"event":{"raw":1,"com":{}}}',
  );
});

it("host, source and sourcetype differ by record, and a record that lacks a value goes without (L-47)", () => {
  const given = { host: "{/raw/host}", source: "scan:{com.origin_worker}", sourcetype: "{/raw/type}" };
  const full = recordOf('{"raw":{"host":"h1","type":"t1"},"com":{"origin_worker":"aws"}}', "a", {
    origin_worker: "aws",
  });
  const { bodies } = requestsOf([full, recordOf('{"raw":{},"com":{}}', "b")], given);
  const [body = ""] = bodies;
  const events = body.split("\n").map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(events.map(({ host, source, sourcetype }) => [host, source, sourcetype])).toEqual([
    ["h1", "scan:aws", "t1"],
    [undefined, undefined, undefined],
  ]);
});

it("a value is made fit for the name of an index, and the receipt says so (L-42)", () => {
  const maker = requestMaker({ ...DEFAULTS, index: "audit-{com.origin_worker}" }, 0);
  const { groups } = maker([
    recordOf('{"raw":{},"com":{"origin_worker":"AWS prod"}}', "a", { origin_worker: "AWS prod" }),
  ]);
  expect(groups.map(({ name }) => name)).toEqual(["audit-aws_prod"]);
  expect(maker.notes()).toEqual([expect.stringContaining('"AWS prod", written as "aws_prod"')]);
});
