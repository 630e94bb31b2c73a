import { expect, test } from "vitest";
import type { HecToken } from "../../../src/servers/splunk/hec.ts";
import { readEvents } from "../../../src/servers/splunk/hec.ts";

/** The texts of what is indexed, and what the answer says. */
function read(body: string, token: HecToken = {}): unknown[] {
  const { events, code, invalidEvent } = readEvents(body, token);
  return [events.map(({ text }) => text), code, ...(invalidEvent === undefined ? [] : [invalidEvent])];
}

test("reads concatenated objects, with any white space between them, and keeps the exact text of each event (HEC-03)", () => {
  const texts = ['{"n":1.0e2, "s":"}\\"{\\\\"}', '"a\\u0062"', "[1, [2]]", "0.10", "false", "{}"];
  const body = texts.map((text, i) => `{ "event" : ${text}${i % 2 ? "" : ',"host":"h"'} }`).join("\r\n\t ");
  expect(read(body)).toEqual([texts, 0]);
  expect(read('{"event":1}{"event":2}\n')).toEqual([["1", "2"], 0]);
  expect(read('{"\\u0065vent":1,"fields":{"event":2}}')).toEqual([["1"], 0]);
});

test("a JSON array is code 6 at object 0 (HEC-03)", () => {
  expect(read('[{"event":1},{"event":2}]')).toEqual([[], 6, 0]);
});

test("an empty body is code 5 (HEC-11)", () => {
  expect(read("")).toEqual([[], 5]);
  expect(read(" \r\n")).toEqual([[], 5]);
});

test.each([
  ["bad JSON", '{"event":}', 6],
  ["a member without a comma before it", '{"event":1 "host":"h"}', 6],
  ["no object", "7", 6],
  ["a comma between objects", ',{"event":1}', 6],
  ["a host that is not a string", '{"event":1,"host":1}', 6],
  ["no event", "{}", 12],
  ["no event, but a host", '{"host":"h"}', 12],
  ["a null event", '{"event":null}', 12],
  ["a blank event", '{"event":""}', 13],
  ["a nested field", '{"event":1,"fields":{"a":{"b":1}}}', 15],
  ["an object in a list of a field", '{"event":1,"fields":{"a":[{}]}}', 15],
  ["fields that are a list", '{"event":1,"fields":[]}', 15],
  ["a time that is not a number", '{"event":1,"time":"now"}', 15],
  ["a time with an exponent", '{"event":1,"time":1.7e9}', 15],
])("%s is named; events before it are indexed, and events after it are not (HEC-06)", (_, bad, code) => {
  expect(read(`{"event":"a"}{"event":"b"}${bad}{"event":"c"}`)).toEqual([['"a"', '"b"'], code, 2]);
  expect(read(`${bad}{"event":"c"}`)).toEqual([[], code, 0]);
});

test("a body that breaks off is code 6 at its last object", () => {
  const body = '{"event":{"a":"\\""}}{"event":{"a":["\\""]}}';
  for (let length = 21; length < body.length; length++) {
    expect(read(body.slice(0, length))).toEqual([['{"a":"\\""}'], 6, 1]);
  }
});

test("an unknown key silently loses its object and all after it, unless nothing is left (HEC-04)", () => {
  expect(read('{"event":"a"}{"event":"b","id":1}{"event":"c"}')).toEqual([['"a"'], 0]);
  expect(read('{"event":"b","id":1}')).toEqual([[], 5]);
});

test("fields without an event are skipped silently (HEC-06)", () => {
  expect(read('{"event":"a"}{"fields":{"x":1}}{"event":"c"}')).toEqual([['"a"', '"c"'], 0]);
});

test("an index that the token may not write to is code 7, which names the object behind it (HEC-07)", () => {
  const token = { indexes: ["good"] };
  const body = ["good", "bad", "good"].map((index) => JSON.stringify({ event: index, index })).join("");
  expect(read(body, token)).toEqual([['"good"'], 7, 2]);
  expect(read('{"event":1,"index":"bad"}', token)).toEqual([[], 7, 1]);
  expect(read(body)).toEqual([['"good"', '"bad"', '"good"'], 0]);
});

test("keeps the metadata, and takes the index of the token where an event names none", () => {
  const body =
    '{"event":1,"time":1700000000.123,"host":"h","source":"s","sourcetype":"t","index":"i","fields":{"a":["1"]}}{"event":2}';
  expect(readEvents(body, { defaultIndex: "d" }).events).toEqual([
    { text: "1", time: 1_700_000_000.123, host: "h", source: "s", sourcetype: "t", index: "i", fields: { a: ["1"] } },
    { text: "2", index: "d" },
  ]);
  expect(readEvents(body, {}).events[1]?.index).toBe("main");
});

test("takes a time as number or decimal text, also milliseconds, which it mis-dates (HEC-05)", () => {
  const body = ["0", "-1.5", '"1700000000.123"', "1700000000123"].map((time) => `{"event":1,"time":${time}}`).join("");
  expect(readEvents(body, {}).events.map(({ time }) => time)).toEqual([0, -1.5, 1_700_000_000.123, 1_700_000_000_123]);
});
