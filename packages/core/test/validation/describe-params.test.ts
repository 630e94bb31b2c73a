import type { ParamsSchema } from "@cloudmarker/store-api";
import { expect, it } from "vitest";

import { describeParams } from "../../src/validation/describe-params.ts";

const schema: ParamsSchema = {
  type: "object",
  properties: {
    node: { type: "string", format: "uri", description: "URL of the server." },
    format: { enum: ["json", "ndjson"], default: "json" },
    shards: { type: "integer", minimum: 1, maximum: 9, default: 1 },
    labels: { type: "array", items: { type: "string" } },
    mode: { type: ["integer", "string"] },
    auth: {
      description: "How to log in.",
      oneOf: [
        {
          type: "object",
          properties: { kind: { const: "basic" }, password: { $ref: "#/$defs/secret" } },
          required: ["kind"],
        },
        { type: "object", properties: { kind: { const: "none" } }, required: ["kind"] },
      ],
    },
    tls: {
      type: "object",
      default: {},
      properties: { ca: { type: "string" }, verify: { type: "boolean", default: true } },
      required: ["ca"],
    },
    hosts: { type: "array", items: { type: "object", properties: { port: { type: "integer" } } } },
    headers: { type: "object", writeOnly: true, additionalProperties: { type: "string" } },
    rule: { $ref: "#/$defs/rule" },
  },
  required: ["node"],
  $defs: {
    secret: { type: "string", writeOnly: true, description: "Password." },
    rule: { type: "object", properties: { not: { $ref: "#/$defs/rule" } } },
  },
};

it("lists every param flat, with dotted names, in the order of the schema", () => {
  const rows = describeParams(schema).map(({ name, type, required, secret, description, ...rest }) =>
    [
      name,
      type,
      "default" in rest ? JSON.stringify(rest.default) : "",
      required ? "required" : "",
      secret ? "secret" : "",
      description,
    ].join("|"),
  );
  expect(rows).toEqual([
    "node|string (uri)||required||URL of the server.",
    'format|json | ndjson|"json"|||',
    "shards|integer, at least 1, at most 9|1|||",
    "labels|string[]||||",
    "mode|integer | string||||",
    "auth|object||||How to log in.",
    "auth.kind|basic||||",
    "auth.password|string|||secret|Password.",
    "tls|object|{}|||",
    "tls.ca|string||required||",
    "tls.verify|boolean|true|||",
    "hosts|object[]||||",
    "hosts[].port|integer||||",
    "headers|object|||secret|",
    "headers.*|string|||secret|",
    "rule|object||||",
    "rule.not|object||||",
  ]);
});

it("a plugin without params has none", () => {
  expect(describeParams({ type: "object" })).toEqual([]);
});

it("describes a schema that contains itself once, by whatever way it does", () => {
  const condition = { $ref: "#/$defs/condition" };
  const recursive: ParamsSchema = {
    type: "object",
    properties: { keep: { ...condition, description: "What is kept." } },
    $defs: {
      condition: {
        type: "object",
        properties: {
          not: { ...condition, description: "The opposite." },
          and: { type: "array", items: condition },
          equals: { type: "string" },
        },
      },
    },
  };
  expect(describeParams(recursive).map(({ name }) => name)).toEqual(["keep", "keep.not", "keep.and", "keep.equals"]);
});
