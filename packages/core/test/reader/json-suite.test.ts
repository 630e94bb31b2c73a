// JSONTestSuite: what it says must be read is read, what must be refused is refused, and literals are kept.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { samplePath } from "../../../../test/support/shared-data.ts";
import { chunked, read } from "../records/support.ts";

const ROOT = "suites/json";
const isThere = existsSync(samplePath(ROOT));

/** The cases of a folder: name, and the bytes as a member of a record, since only objects are records. */
function casesOf(folder: string): [name: string, record: Buffer][] {
  if (!isThere) return [];
  const path = samplePath(`${ROOT}/${folder}`);
  return readdirSync(path).map((name) => {
    const bytes = readFileSync(`${path}/${name}`);
    return [name, Buffer.concat([Buffer.from('{"v":'), bytes, Buffer.from("}\n")])];
  });
}

describe.skipIf(!isThere)("JSONTestSuite (skipped if the folder shared/data/suites is absent)", () => {
  const parsing = casesOf("test_parsing");
  const transform = casesOf("test_transform");

  test("is there whole", () => {
    expect([parsing.length, transform.length]).toEqual([318, 22]);
  });

  for (const [way, options] of Object.entries({ whole: {}, "line by line": { onBadLines: () => undefined } })) {
    test(`read ${way}: y_ is read, n_ is refused, i_ is either`, async () => {
      const wrong: string[] = [];
      for (const [name, record] of parsing) {
        for (const size of [record.length, 7]) {
          const bad: unknown[] = [];
          const take =
            "onBadLines" in options ? { onBadLines: (lines: readonly unknown[]) => void bad.push(lines) } : {};
          const { records, error } = await read(chunked(record, size), take);
          const isRead = records.length === 1 && error === undefined && bad.length === 0;
          const isRefused = error !== undefined || bad.length > 0;
          const isRight = name.startsWith("y_") ? isRead : name.startsWith("n_") ? isRefused : isRead || isRefused;
          if (!isRight) wrong.push(`${name}, ${size} bytes at a time: ${records.length} records, ${error}`);
        }
      }
      expect(wrong).toEqual([]);
    });
  }

  for (const [name, record] of transform) {
    test(`${name} is kept as it is written, or refused`, async () => {
      const { texts, error } = await read(record);
      const text = record.toString("utf8").replaceAll(/\n\s*/gu, "");
      const isUtf8 = Buffer.from(record.toString("utf8")).equals(record);
      expect(isUtf8 ? texts : [typeof error]).toEqual([isUtf8 ? text : "string"]);
    });
  }
});
