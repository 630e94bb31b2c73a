import { deserialize } from "bson";
import { expect, test } from "vitest";
import { documentWriter } from "../src/document-writer.ts";
import type { Documents } from "../src/document-writer.ts";
import { recordOf } from "../../../test/support/record-of-text.ts";

/** The documents of these texts; the ids are their positions. */
function written(texts: readonly string[], maxBytes?: number): Documents {
  const records = texts.map((raw, index) => recordOf(`{"raw":${raw},"com":{}}`, String(index)));
  return documentWriter("keep")({ name: "n", records, indexes: records.map((_, index) => index) }, maxBytes);
}

/** `raw` of each document, by `_id`. */
function raws({ bson }: Documents): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (let start = 0, end = 0; start < bson.length; start = end) {
    end += bson.readInt32LE(start);
    const { _id, raw } = deserialize(bson.subarray(start, end));
    found[_id] = raw;
  }
  return found;
}

function ones(count: number): string {
  return `[${Array.from({ length: count }, () => 1).join(",")}]`;
}

test("plain records and others lie one after the other, in their order", () => {
  const documents = written(["1", '{"a":1e5}', '"x"', "[1.0]", "{}"]);
  expect(raws(documents)).toEqual({ 0: 1, 1: { a: 100_000 }, 2: "x", 3: [1], 4: {} });
  expect(documents).toMatchObject({ sent: { name: "n", indexes: [0, 1, 2, 3, 4] }, rejected: [] });
});

test("the buffer grows for documents that are longer than their JSON, in both writers", () => {
  const plain = ones(20_000);
  // Over a megabyte nothing is plain.
  const long = ones(600_000);
  expect(raws(written([plain]))).toEqual({ 0: JSON.parse(plain) });
  const { 0: first, 1: many, 2: most, 3: last } = raws(written(["7", plain, long, "9"]));
  expect([first, last]).toEqual([7, 9]);
  expect(many).toEqual(JSON.parse(plain));
  expect(most).toEqual(JSON.parse(long));
});

test("records that MongoDB cannot hold leave no trace among the others (MG-08)", () => {
  const documents = written(["1", '{"a\\u0000":1}', "2", `${"[".repeat(180)}${"]".repeat(180)}`, "3"]);
  expect(raws(documents)).toEqual({ 0: 1, 2: 2, 4: 3 });
  expect(documents.sent).toMatchObject({ records: [{ id: "0" }, { id: "2" }, { id: "4" }], indexes: [0, 2, 4] });
  expect(documents.rejected).toMatchObject([
    { index: 1, status: "reject", code: "nul_in_key" },
    { index: 3, status: "reject", code: "nesting" },
  ]);
});

test("a document must be smaller than the limit, in both writers (MG-08)", () => {
  const long = "x".repeat(1000);
  for (const raw of [`"${long}"`, `"${long}\\ud834\\udd1e"`]) {
    const { bson } = written([raw]);
    expect(written([raw], bson.length + 1)).toMatchObject({ rejected: [] });
    const { sent, rejected } = written([raw], bson.length);
    expect(sent).toBeUndefined();
    expect(rejected).toEqual([
      {
        index: 0,
        status: "reject",
        code: "too_large",
        reason: `The record is too large for MongoDB: a document must be smaller than ${bson.length} bytes.`,
      },
    ]);
  }
});

test("a buffer is used again once it is released, and not before", () => {
  const write = documentWriter("keep");
  const group = { name: "n", records: [recordOf('{"raw":1,"com":{}}', "0")], indexes: [0] };
  const first = write(group);
  const second = write(group);
  expect(second.bson.buffer).not.toBe(first.bson.buffer);
  first.release();
  expect(write(group).bson.buffer).toBe(first.bson.buffer);
});
