import { createReadStream } from "node:fs";
import { readRecords } from "@cloudmarker/core";
import type { StoreRecord } from "@cloudmarker/store-api";
import { deserialize, serialize } from "bson";
import { expect, test } from "vitest";
import { hasSharedData, samplePath, SAMPLES } from "../../../test/support/shared-data.ts";
import { documentOf } from "../src/documents.ts";
import type { KeyRule } from "../src/documents.ts";
import { Transcoder } from "../src/transcoder.ts";
import { recordOf } from "../../../test/support/record-of-text.ts";

/** One for all tests, so that none leaves anything behind. */
const transcoders = { keep: new Transcoder("keep"), escape: new Transcoder("escape") };

/**
 * The document of a record in a buffer that has just the room that was asked for; undefined where the record is not
 * plain.
 */
function transcoded(record: StoreRecord, keys: KeyRule = "keep"): Buffer | undefined {
  const transcoder = transcoders[keys];
  const start = 7;
  const target = Buffer.alloc(start + transcoder.roomFor(record), 0xee);
  const end = transcoder.write(record, target, start);
  expect(target.subarray(0, start)).toEqual(Buffer.alloc(start, 0xee));
  if (end === undefined) return undefined;
  expect(end).toBeLessThanOrEqual(target.length);
  return target.subarray(start, end);
}

function withRaw(raw: string, id = "id"): StoreRecord {
  return recordOf(`{"raw":${raw},"com":{}}`, id);
}

/** As the value of the record comes to be a document. @returns whether the record was plain */
function expectSame(record: StoreRecord, keys: KeyRule = "keep"): boolean {
  const fast = transcoded(record, keys);
  if (fast === undefined) return false;
  const slow = Buffer.from(serialize(documentOf(record, keys)));
  // An object has its whole numbers first, where the source may have them anywhere.
  const isReordered = /"\d+"\s*:/u.test(record.json);
  const [own, expected] = [fast, slow].map((bson) =>
    isReordered ? deserialize(bson, { promoteValues: false }) : bson.toString("latin1"),
  );
  expect(own).toEqual(expected);
  return true;
}

function nested(levels: number): string {
  return "[".repeat(levels) + "]".repeat(levels);
}

function array(length: number, element = "1"): string {
  return `[${Array.from({ length }, () => element).join(",")}]`;
}

function object(length: number): string {
  return `{${Array.from({ length }, (_, n) => `"k${n}":${n}`).join(",")}}`;
}

test.each([
  // Numbers.
  "[0,9,10,-1,2147483647,-2147483648,2147483648,-2147483649,4294967295,4294967296,-4294967296,-4294967297]",
  "[999999999999999,-999999999999999,100000000000000]",
  "[0.1,-0.1,1.5,0.3000000000000,12345678901.001,0.0000000000001,-123.4567890123,8.41,0.07,4.35,1.005]",
  "[1.0,5.0,-7.50,0.0,-0.0,2147483648.0,-100.00]",
  "[1234567890123456,9007199254740993,-9007199254740993,9223372036854775807,-9223372036854775808,1470327477881781397]",
  "[1700000000123000000,-1700000000123000000,9223372036854770000,1000000000000000000]",
  "[99.00000000000001,-0.8333333333333334,0.1234567890123456,110.00000000000001,4.3500000000000005]",
  // Strings.
  String.raw`["","a","\n\t\"\\\/\b\f\r","\u0000","\u0041\u00e9\u20ac\uFFFF\ud7ff\ue000","\uABCD\uabcd"]`,
  '["é€𝄞日本","\\u00e9é","\u007f\u0080\u07ff\u0800\uffff"]',
  String.raw`["\u007f\u0080\u07ff\u0800"]`,
  '["{[,:]}","a,b","tru\\u0065"]',
  // Literals.
  '[true,false,null,{"a":true,"b":false,"c":null}]',
  // Containers.
  "{}",
  "[]",
  '[[],{},[{}],{"a":[]}]',
  '{"":1,"a":{"":{"":[]}}}',
  array(9),
  array(10),
  array(11),
  array(101, '{"a":[1]}'),
  array(1001, '"x"'),
  nested(179),
  // The same keys in other objects.
  '{"a":{"a":{"a":1},"b":{"a":2}},"b":{"b":3},"_id":4,"com":5}',
  // Keys that mean something to somebody.
  '{"__proto__":{"x":1},"constructor":1,"toBSON":2,"_bsontype":"Long","toString":3}',
  '{"a.b":1,"a%2Eb":2,"$x":3,"x$":4,"%":{"..":5},"$":6,"":7}',
  '{"$numberLong":"1","$ref":"a","$id":1,"$db":"b"}',
  '{"2":1,"1":2,"a":3,"01":4}',
  '{"é€𝄞":1,"e\u0301":2}',
  object(500),
  // White space.
  ' { "a" :\t[ 1 ,\r\n 2.5 , "x" ] , "b" : { } , "c" : [ ] , "d" : null , "e" : true } ',
])("%s is the document that its value is", (raw) => {
  for (const keys of ["keep", "escape"] as const) expect(expectSame(withRaw(raw), keys)).toBe(true);
});

test.each([
  ["-0", "[-0]"],
  ["an exponent", "[1e5]"],
  ["an exponent behind a fraction", "[1.5E-3]"],
  ["more than 64 bits", "[9223372036854775808]"],
  ["less than 64 bits", "[-9223372036854775809]"],
  ["more digits than a double has", "[0.12345678901234567]"],
  ["a fraction that is written in a longer way than need be", "[0.30000000000000000]"],
  ["a surrogate", String.raw`["\ud834\udd1e"]`],
  ["a lone surrogate", String.raw`["a\uDFFF"]`],
  ["an escape in a key", String.raw`{"a\n":1}`],
  ["a key that comes twice", '{"a":1,"b":{"a":2},"a":3}'],
  ["a key that comes twice, far apart", `{"k0":1,"x":${object(20)},"y":1,"k0":2}`],
  ["many keys", object(513)],
  ["deep nesting", nested(180)],
  ["a megabyte", `"${"x".repeat(1 << 20)}"`],
])("rare values are left to the other writer: %s", (_, raw) => {
  for (const keys of ["keep", "escape"] as const) expect(transcoded(withRaw(raw), keys)).toBeUndefined();
  // The next record comes out as if nothing had happened.
  expect(expectSame(withRaw('{"a":{"k0":[1]}}'))).toBe(true);
});

test("a member that is called _id is not the record's id (MG-17)", () => {
  expect(transcoded(recordOf('{"_id":1,"com":{}}'))).toBeUndefined();
});

test.each(["", "a", "0123456789abcdef0123456789abcdef", "é€𝄞", "\ud800", "a\0b", "€".repeat(170)])(
  "the id %j is the document's _id (MG-01)",
  (id) => {
    expect(expectSame(withRaw("1", id))).toBe(true);
  },
);

test("the smallest record takes no more room than it asks for", () => {
  expect(expectSame(recordOf('{"com":{}}', ""))).toBe(true);
});

test.each([
  array(349_000),
  array(200_000, "1.5"),
  array(200_000, "[]"),
  array(200_000, '""'),
  array(90_000, "4294967296"),
  `{${Array.from({ length: 300 }, (_, n) => `"${".".repeat(n)}":1`).join(",")}}`,
  array(2_000, nested(170)),
  array(10_000, '{"":{"":{}}}'),
])("no record takes more room than it asks for (%#)", (raw) => {
  for (const keys of ["keep", "escape"] as const) expect(expectSame(withRaw(raw), keys)).toBe(true);
});

test("whatever JSON says comes out as its value does", () => {
  const random = randomJson(20_261_124);
  const plain = Array.from({ length: 4_000 }, () => {
    const record = withRaw(random());
    return expectSame(record, record.bytes % 2 ? "keep" : "escape");
  }).filter(Boolean);
  // Most of it is plain, or this would prove nothing; some is not.
  expect(plain.length).toBeGreaterThan(2_000);
  expect(plain.length).toBeLessThan(4_000);
});

test.skipIf(!hasSharedData).each(SAMPLES)(
  "real scanner output comes out as its value does: $file $select",
  async ({ file, select, count }) => {
    let plain = 0;
    for await (const records of readRecords(createReadStream(samplePath(file)), {
      name: file,
      ...(select && { select }),
    }))
      for (const { text } of records) if (expectSame(withRaw(text))) plain++;
    expect(plain).toBe(count);
  },
);

/** Makes the function that makes some JSON text; the same seed makes the same texts. */
function randomJson(seed: number): () => string {
  let state = seed;
  /** A whole number below `limit`. */
  const below = (limit: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  const pick = (values: readonly string[]): string => values[below(values.length)] ?? "";
  const many = (most: number, make: () => string): string[] => Array.from({ length: below(most + 1) }, make);
  const space = (): string => (below(8) === 0 ? pick([" ", "\n", "\t", "\r\n  "]) : "");
  const digits = (most: number): string => [String(1 + below(9)), ...many(most, () => String(below(10)))].join("");
  const number = (): string =>
    pick(["", "-"]) + pick(["0", digits(14), digits(3)]) + pick(["", "", `.${digits(9)}`, `.${digits(2)}`]);
  const rare = (): string => pick(["1e5", "1.0", "-0", digits(19), `0.${digits(18)}`, String.raw`"\ud834\udd1e"`]);
  const characters = ["a", "B", " ", "é", "€", "𝄞", "{", "]", ",", ":", "%", ".", "$"];
  const pieces = [...characters, "\\n", '\\"', "\\\\", "\\/", "\\u00e9"];
  const string = (): string => `"${many(12, () => pick(pieces)).join("")}"`;
  const key = (): string => `"${many(3, () => pick(characters)).join("")}${below(50)}"`;
  const around = (text: string): string => space() + text + space();
  const value = (depth: number): string => {
    const kind = below(depth > 5 ? 5 : 8);
    if (kind === 0) return pick(["true", "false", "null"]);
    if (kind === 1) return below(20) === 0 ? rare() : number();
    if (kind < 5) return kind === 2 ? number() : string();
    if (kind === 5) return `[${around(many(12, () => around(value(depth + 1))).join(","))}]`;
    return `{${around(many(8, () => `${around(key())}:${around(value(depth + 1))}`).join(","))}}`;
  };
  return () => value(0);
}
