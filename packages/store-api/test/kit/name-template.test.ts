import { expect, test } from "vitest";
import { nameTemplateProblem, parseNameTemplate } from "../../src/kit/index.ts";
import { recordOf } from "./support.ts";

const AT = Date.UTC(2026, 10, 23, 7, 5, 9);

test.each([
  ["cloudmarker", "cloudmarker"],
  ["audit-%Y-%m-%d", "audit-2026-11-23"],
  ["%Y.%m.%d.%H-100%%", "2026.11.23.07-100%"],
  ["x-{com.origin_worker}-{com.n}-y", "x-aws-7-y"],
])("%s becomes %s: the date is that of UTC (ES-08)", (template, name) => {
  expect(nameTemplateProblem(template)).toBeUndefined();
  const record = recordOf(1, { origin_worker: "aws", n: 7 });
  expect(parseNameTemplate(template).name(record, AT)).toBe(name);
});

test("a record without what a placeholder asks for has no name (ES-08)", () => {
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

test("a year beyond 9999 does not shift the rest", () => {
  expect(parseNameTemplate("%Y-%m-%dT%H").name(recordOf(1), Date.UTC(12026, 0, 2, 3))).toBe("+012026-01-02T03");
});

test.each([
  ["a-%q", '"%q" is no date part: use %Y, %m, %d or %H, and %% for a percent sign.'],
  ["a-%", '"%" is no date part: use %Y, %m, %d or %H, and %% for a percent sign.'],
  ["a-{raw.x}", '"{raw.x}" is no placeholder: use {com.NAME}, such as {com.origin_worker}.'],
  ["a-{com.}", '"{com.}" is no placeholder: use {com.NAME}, such as {com.origin_worker}.'],
  ["a-{com.x", '"{" is no placeholder: use {com.NAME}, such as {com.origin_worker}.'],
  ["a-}", '"}" is no placeholder: use {com.NAME}, such as {com.origin_worker}.'],
])("%s is refused", (template, problem) => {
  expect(nameTemplateProblem(template)).toBe(problem);
});
