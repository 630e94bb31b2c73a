import { serialize } from "bson";
import { expect, test } from "vitest";
import { documentOf } from "../src/documents.ts";
import { toExtendedJson } from "../src/extended-json.ts";
import { recordOf } from "../../../test/support/record-of-text.ts";

function bsonOf(json: string): Uint8Array {
  return serialize(documentOf(recordOf(json, "x"), "escape"));
}

test("Extended JSON tells apart what plain JSON does not", () => {
  const json = '{"raw":{"l":5000000000,"z":-0,"d":0.12345678901234567890123,"_bsontype":1,"a.b":[{"$c":2}]},"com":{}}';
  expect(toExtendedJson(Buffer.from(bsonOf(json)))).toBe(
    '{"_id":"x","raw":{"l":{"$numberLong":"5000000000"},"z":{"$numberDouble":"-0.0"},"d":{"$numberDecimal":"0.12345678901234567890123"},"_bsontype":1,"a%2Eb":[{"%24c":2}]},"com":{}}',
  );
});

test("each document has a line", () => {
  const documents = Buffer.concat([bsonOf('{"raw":1,"com":{}}'), bsonOf('{"raw":[0.5],"com":{}}')]);
  expect(toExtendedJson(documents)).toBe('{"_id":"x","raw":1,"com":{}}\n{"_id":"x","raw":[0.5],"com":{}}');
  expect(toExtendedJson(Buffer.alloc(0))).toBe("");
});
