import { Decimal128, deserialize, Double, Int32, Long, serialize } from "bson";
import { expect, test } from "vitest";
import { documentOf } from "../src/documents.ts";
import type { KeyRule } from "../src/documents.ts";
import { recordOf } from "../../../test/support/record-of-text.ts";

/** `raw` as a reader of the collection finds it. */
function stored(raw: string, keys: KeyRule = "keep"): unknown {
  const document = documentOf(recordOf(`{"raw":${raw},"com":{}}`, "id"), keys);
  return deserialize(serialize(document), { promoteValues: false })["raw"];
}

function nested(levels: number): string {
  return "[".repeat(levels) + "]".repeat(levels);
}

test.each([
  ["0", new Int32(0)],
  ["2147483647", new Int32(2_147_483_647)],
  ["-2147483648", new Int32(-2_147_483_648)],
  ["2147483648", Long.fromString("2147483648")],
  ["-2147483649", Long.fromString("-2147483649")],
  ["9007199254740991", Long.fromString("9007199254740991")],
  // Nanoseconds: no double holds it exactly, but one is written like this.
  ["1700000000123000000", Long.fromString("1700000000123000000")],
  ["-1700000000123000000", Long.fromString("-1700000000123000000")],
  ["9007199254740993", Long.fromString("9007199254740993")],
  ["9223372036854775807", Long.fromString("9223372036854775807")],
  ["-9223372036854775808", Long.fromString("-9223372036854775808")],
  ["9223372036854775808", Decimal128.fromString("9223372036854775808")],
  ["14517067005933136034", Decimal128.fromString("14517067005933136034")],
  ["-0", new Double(-0)],
  ["0.1", new Double(0.1)],
  ["1.0", new Double(1)],
  ["7.00", new Double(7)],
  ["-0.0", new Double(-0)],
  ["1e3", new Double(1000)],
  ["2147483648.0", new Double(2147483648)],
  ["0.12345678901234567890123", Decimal128.fromString("0.12345678901234567890123")],
  ["1e300", new Double(1e300)],
  ["1E+400", Decimal128.fromString("1E+400")],
  ["123456789012345678901234567890123456789", "123456789012345678901234567890123456789"],
  ["1e9999", "1e9999"],
])("the number %s loses no digit (MG-15, MG-16, MM-1)", (literal, expected) => {
  expect(stored(`[${literal}]`)).toEqual([expected]);
});

test("keys stay as they are, in their order, whatever they are called (MG-17)", () => {
  const raw =
    '{"b.c":1,"$set":{"":2},"__proto__":{"x":5000000000},"_bsontype":"Long","constructor":null,"_id":3,"toBSON":4}';
  const read = stored(raw) as Record<string, unknown>;
  expect(Object.keys(read)).toEqual(["b.c", "$set", "__proto__", "_bsontype", "constructor", "_id", "toBSON"]);
  expect(Object.getOwnPropertyDescriptor(read, "__proto__")?.value).toEqual({ x: Long.fromNumber(5e9) });
});

test("keys: escape writes every key so that no two become one (MG-17)", () => {
  const raw = '{"a.b":1,"a%2Eb":2,"$x":{"$y.z":3},"c$":4,"n\\u0000":5,"__proto__":{"p.q":6}}';
  const read = stored(raw, "escape") as Record<string, unknown>;
  expect(Object.keys(read)).toEqual(["a%2Eb", "a%252Eb", "%24x", "c$", "n%00", "__proto__"]);
  expect(read["%24x"]).toEqual({ "%24y%2Ez": new Int32(3) });
});

test("NUL in a key is refused by itself, since BSON cannot have it (MG-08)", () => {
  expect(() => stored('{"a":[{"b\\u0000":1}]}')).toThrow(
    expect.objectContaining({ status: "reject", code: "nul_in_key" }),
  );
});

test.each(["keep", "escape"] as const)("keys that BSON would make one are refused, keys: %s (MG-15)", (keys) => {
  const refused = expect.objectContaining({ status: "reject", code: "surrogate_in_key" });
  expect(() => stored('[{"\\ud800":1,"\\ud801":2}]', keys)).toThrow(refused);
  expect(() => stored('{"a\\ud800":1,"a\ufffd":2}', keys)).toThrow(refused);
  expect(stored('{"a\\ud800":1,"b\\ud800":2}', keys)).toEqual({ "a\ufffd": new Int32(1), "b\ufffd": new Int32(2) });
});

test("180 levels are stored, and one more is refused by itself (MG-19)", () => {
  // The document is the first level.
  expect(() => stored(nested(179))).not.toThrow();
  expect(() => stored(nested(180))).toThrow(expect.objectContaining({ status: "reject", code: "nesting" }));
});

test("so is a record that nests too deep for JavaScript, as the host finds out (MG-19)", () => {
  const record = {
    ...recordOf('{"com":{}}'),
    // Only its text shows that it is a double.
    json: `{"raw":${nested(100_000)},"n":1.5}`,
    get value(): never {
      throw new RangeError("Maximum call stack size exceeded");
    },
  };
  expect(() => documentOf(record, "keep")).toThrow(expect.objectContaining({ status: "reject", code: "nesting" }));
});

test("numbers that are long beyond any use take no time (MG-15)", () => {
  const long = `1${"0".repeat(999)}1`;
  const raw = `[${[...Array.from({ length: 500 }, () => long), `0.${long}`, `1${"0".repeat(20_000)}1`].join(",")}]`;
  expect(stored(raw)).toEqual(JSON.parse(raw.replaceAll(/[\d.]+/gu, '"$&"')));
});

test("a record without raw or ext gets none", () => {
  const document = documentOf(recordOf('{"com":{"record_type":"end_audit"}}', "x"), "keep");
  expect(deserialize(serialize(document))).toEqual({ _id: "x", com: { record_type: "end_audit" } });
});
