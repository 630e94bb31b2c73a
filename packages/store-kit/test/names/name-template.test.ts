import { expect, test } from "vitest";
import type { StoreRecord } from "@cloudmarker/store-api";
import { nameTemplateProblem, parseNameTemplate } from "../../src/names/index.ts";
import { recordOf } from "../support.ts";

const NO_PLACEHOLDER =
  "is not a placeholder: use {com.NAME}, such as {com.origin_worker}, or a JSON pointer, such as {/raw/account}. A brace is {{ or }}.";

const AT = Date.UTC(2026, 10, 23, 7, 5, 9);

test.each([
  ["cloudmarker", "cloudmarker"],
  ["audit-%Y-%m-%d", "audit-2026-11-23"],
  ["%Y.%m.%d.%H-100%%", "2026.11.23.07-100%"],
  ["x-{com.origin_worker}-{com.n}-y", "x-aws-7-y"],
])("%s becomes %s: the date is in UTC (ES-08)", (template, name) => {
  expect(nameTemplateProblem(template)).toBeUndefined();
  const record = recordOf(1, { origin_worker: "aws", n: 7 });
  expect(parseNameTemplate(template).name(record, AT)).toBe(name);
});

test("a record without the value of a placeholder has no name (ES-08)", () => {
  const template = parseNameTemplate("x-{com.record_type}");
  expect(template.name(recordOf(1), AT)).toBeUndefined();
  expect(template.name(recordOf(1, { record_type: "" }), AT)).toBeUndefined();
  expect(template.name(recordOf(1, { record_type: "vm" }), AT)).toBe("x-vm");
});

test("says whether the name is constant, and whether the time matters", () => {
  expect(parseNameTemplate("a%%b")).toMatchObject({ constant: "a%b", dated: false });
  expect(parseNameTemplate("a-%Y")).toMatchObject({ constant: undefined, dated: true });
  expect(parseNameTemplate("a-{com.x}")).toMatchObject({ constant: undefined, dated: false });
});

/** A record of this `raw`. */
const record = (raw: unknown): StoreRecord => ({ ...recordOf(1), value: { raw, ext: {}, com: {} } });

test("any value of a record can stand in a name, by its JSON pointer (L-42)", () => {
  const template = parseNameTemplate("x-{/raw/account/id}-{/raw/a~1b}-{{y}}");
  expect(template).toMatchObject({ constant: undefined, pointed: true });
  expect(template.name(record({ account: { id: "123" }, "a/b": 7 }), AT)).toBe("x-123-7-{y}");
  const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };
  const long = "14517067005933136034";
  expect(template.name(record({ account: { id: rawJSON(long) }, "a/b": "z" }), AT)).toBe(`x-${long}-z-{y}`);
  for (const id of [undefined, null, "", {}, ["a"], true])
    expect(template.name(record({ account: { id }, "a/b": 7 }), AT)).toBeUndefined();
  // A value that was read already is not read again.
  const unread = {
    ...recordOf(1),
    get value(): never {
      throw new Error("read again");
    },
  };
  expect(template.name(unread, AT, { raw: { account: { id: 1 }, "a/b": 2 }, com: {} })).toBe("x-1-2-{y}");
});

test("values are made fit for a name, and the receipt says so (L-42)", () => {
  const template = parseNameTemplate("x-{com.origin_worker}", { clean: (value) => value.toLowerCase() });
  expect(template.name(recordOf(1, { origin_worker: "aws" }), AT)).toBe("x-aws");
  expect(template.notes()).toEqual([]);
  for (const origin_worker of ["AWS", "AWS", "Gcp"]) template.name(recordOf(1, { origin_worker }), AT);
  expect(template.notes()).toEqual([
    'Values that were changed to fit into "x-{com.origin_worker}": 3. The first was "AWS", written as "aws".',
  ]);
});

test("a year beyond 9999 does not shift the rest", () => {
  expect(parseNameTemplate("%Y-%m-%dT%H").name(recordOf(1), Date.UTC(12026, 0, 2, 3))).toBe("+012026-01-02T03");
});

test.each([
  ["a-%q", '"%q" is not a date part: use %Y, %m, %d or %H, and %% for a percent sign.'],
  ["a-%", '"%" is not a date part: use %Y, %m, %d or %H, and %% for a percent sign.'],
  ...["{raw.x}", "{com.}", "{com.x.y}", "{x}", "{}"].map((found) => [`a-${found}`, `"${found}" ${NO_PLACEHOLDER}`]),
  ["a-{com.x", `"{" ${NO_PLACEHOLDER}`],
  ["a-}", `"}" ${NO_PLACEHOLDER}`],
])("%s is refused", (template, problem) => {
  expect(nameTemplateProblem(template)).toBe(problem);
});

test("knows whether any record has the value of a placeholder (L-05)", () => {
  const template = parseNameTemplate("{/raw/typo}");
  expect(template.isUnmatched).toBe(false);
  template.name(recordOf({}), 0);
  expect(template.isUnmatched).toBe(true);
  template.name(recordOf({ typo: "x" }), 0);
  expect(template.isUnmatched).toBe(false);
});
