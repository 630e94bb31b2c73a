import { expect, test } from "vitest";
import { BodyWriter, BufferPool } from "../../src/batches/index.ts";
import { recordOf } from "../support.ts";

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

test("a body that is given back is reused for the next one, unless that is longer", () => {
  const pool = new BufferPool();
  const write = (text: string): Buffer => {
    const writer = new BodyWriter(text.length, pool);
    writer.text(text);
    return writer.end();
  };
  const first = write("first");
  const second = write("second");
  expect(second.buffer).not.toBe(first.buffer);
  pool.giveBack(first);
  const third = write("third");
  expect(third.buffer).toBe(first.buffer);
  expect([second, third].map(String)).toEqual(["second", "third"]);
  pool.giveBack(third);
  const long = write("x".repeat(1 << 20));
  expect(long.buffer).not.toBe(first.buffer);
  expect(long.length).toBe(1 << 20);
});
