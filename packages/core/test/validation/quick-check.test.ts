import { describe, expect, it } from "vitest";

import { compileSchema } from "../../src/validation/compile-schema.ts";
import { copyValue } from "../../src/validation/plain-value.ts";
import { quickCheck } from "../../src/validation/quick-check.ts";
import type { Schema } from "../../src/validation/schema-walk.ts";

const inner = {
  type: "object",
  properties: { a: { type: "string", default: "x" } },
  required: ["a"],
  additionalProperties: false,
};
const leaves: Schema[] = [
  { type: "string" },
  { type: "string", minLength: 2 },
  { type: "string", pattern: "^\\p{Lu}" },
  { type: ["integer", "null"], minimum: 1, maximum: 5 },
  { type: "number" },
  { type: "boolean", default: true },
  { enum: ["a", 1, true] },
  { const: "a" },
  { type: ["string", "number", "array"], minLength: 2, minimum: 2 },
  { type: "array", items: { type: "string" }, default: ["q"] },
  { type: ["string", "array"], items: { type: "string" }, minItems: 1 },
  inner,
  { ...inner, default: {} },
  { required: ["a"], properties: { a: { type: "string", default: "x" } } },
  { type: "object" },
  { type: "object", additionalProperties: { type: "string" } },
  { properties: { a: { type: "number" } }, additionalProperties: inner },
  { additionalProperties: {} },
  { properties: { constructor: { type: "string" } }, required: ["constructor"] },
];
/** What ajv must judge: wrong, or more than the quick check knows. */
const odd: Schema[] = [
  { type: "strin" },
  { type: [] },
  { deafult: 1 },
  { minimum: "1" },
  { minLength: "1" },
  { minItems: "1" },
  { pattern: "(" },
  { pattern: 1 },
  { enum: [] },
  { enum: [{}] },
  { const: {} },
  { required: "a" },
  { required: [1] },
  { properties: { a: true } },
  { properties: { a: { format: "uri" } } },
  { properties: [] },
  { items: [{}] },
  { additionalProperties: { format: "uri" } },
  { additionalProperties: 1 },
  { oneOf: [] },
  { $ref: "#" },
  { constructor: {} },
];
const scalars = [
  "",
  "a",
  "\u{1f600}",
  "\u{1f600}b",
  "Ab",
  "abc",
  0,
  1,
  -0,
  1.5,
  6,
  Number.NaN,
  Infinity,
  true,
  false,
  null,
];
const objects = [
  {},
  { a: "y" },
  { a: undefined },
  { a: 1 },
  { b: 1 },
  { constructor: "c" },
  JSON.parse('{"__proto__": 1}'),
];
const values: unknown[] = [...scalars, undefined, [], ["a"], [1], ...objects];

describe("quickCheck", () => {
  it("judges and fills in as ajv does, whatever the value", async () => {
    for (const leaf of leaves) {
      const root = { type: "object", properties: { x: leaf }, required: ["x"], additionalProperties: false };
      const quick = quickCheck(root);
      const ajv = await compileSchema(structuredClone(root), "2020-12", "demo");
      for (const value of [...values.map((x) => ({ x })), {}, { y: 1 }]) {
        const [mine, theirs] = [copyValue(value), copyValue(value)];
        const valid = ajv(theirs);
        const expected = { leaf, value, valid, params: valid ? theirs : "any" };
        expect({ leaf, value, valid: quick?.(mine), params: valid ? mine : "any" }).toEqual(expected);
      }
    }
  });

  it.each(odd)("leaves %j to ajv", (schema) => {
    expect(quickCheck(schema)).toBeUndefined();
  });

  it("shares no default with the schema", () => {
    const schema = { properties: { list: { default: ["a"] } } };
    const value: { list?: string[] } = {};
    quickCheck(schema)?.(value);
    value.list?.push("b");
    expect(schema.properties.list.default).toEqual(["a"]);
  });
});
