import { expect, test } from "vitest";
import { BodyWriter } from "../../src/kit/index.ts";
import { recordOf } from "./support.ts";

test("text and records one behind the other, in UTF-8, however long", () => {
  const writer = new BodyWriter(0);
  const records = Array.from({ length: 50 }, (_, n) => recordOf(`é😀${n}`.repeat(n)));
  let expected = "";
  for (const record of records) {
    writer.text("ü\n");
    writer.record(record);
    writer.back(1);
    writer.text(',"x":1}');
    expected += `ü\n${record.json.slice(0, -1)},"x":1}`;
  }
  expect(writer.length).toBe(Buffer.byteLength(expected));
  expect(writer.end().toString()).toBe(expected);
});

test("a body of the expected length stays in one buffer", () => {
  const record = recordOf("é".repeat(50_000));
  const bytes = record.bytes + Buffer.byteLength("ü\n}\n");
  const writer = new BodyWriter(bytes);
  writer.text("ü\n");
  writer.record(record);
  writer.text("}\n");
  expect(writer.end().buffer.byteLength).toBe(bytes);
});
