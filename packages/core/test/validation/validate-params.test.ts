/* oxlint-disable unicorn/no-thenable -- `then` is a keyword of JSON Schema */
import type { ParamsSchema } from "@cloudmarker/store-api";
import { execFileSync } from "node:child_process";

import { describe, expect, it } from "vitest";

import { CloudmarkerError } from "../../src/errors.ts";
import { findingsOf } from "../../src/validation/findings.ts";
import { NOT_WRITTEN } from "../../src/validation/read-texts.ts";
import { createParamsValidator } from "../../src/validation/validate-params.ts";
import type { CheckedParams } from "../../src/validation/full-check.ts";

const BASE = ["plugins", "archive", "params"];

async function check(schema: object, value: unknown): Promise<CheckedParams> {
  const validator = await createParamsValidator({ type: "object", ...schema } as ParamsSchema, "demo");
  return await validator.check(value, BASE);
}

async function messages(schema: object, value: unknown): Promise<string[]> {
  return (await check(schema, value)).problems.map(({ message }) => message);
}

/** Messages about one param called `x`. */
function about(schema: unknown, x: unknown, more: object = {}): Promise<string[]> {
  return messages({ properties: { x: schema }, ...more }, { x });
}

async function schemaError(schema: unknown): Promise<CloudmarkerError> {
  const error: unknown = await createParamsValidator(schema as ParamsSchema, "demo").catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(CloudmarkerError);
  expect(error).toMatchObject({ code: "PLUGIN_SCHEMA_INVALID", exit: 78 });
  return error as CloudmarkerError;
}

const filestore = {
  properties: {
    path: { type: "string", default: "/tmp/cloudmarker", description: "Folder that the files are written to." },
    format: { enum: ["json", "ndjson"], default: "json" },
    index: { type: "string" },
  },
};

describe("wording", () => {
  it("names the value, the nearest known one and all known ones", async () => {
    const { problems } = await check(filestore, { format: "jsno" });
    expect(problems).toEqual([
      {
        code: "enum",
        message: 'params.format is "jsno". Did you mean "json"? Known: json, ndjson.',
        path: [...BASE, "format"],
        at: "value",
      },
    ]);
  });

  it("points to an unknown key and proposes one that is free", async () => {
    const { problems } = await check(filestore, { indx: "a" });
    expect(problems).toEqual([
      {
        code: "unknown_key",
        message: 'params has an unknown key "indx". Did you mean "index"?',
        path: [...BASE, "indx"],
        at: "key",
      },
    ]);
    expect(await messages(filestore, { indx: "a", index: "b" })).toEqual([
      'params has an unknown key "indx". Known: path, format, index.',
    ]);
  });

  it("says what a value is and what it must be", async () => {
    expect(await messages(filestore, { path: 5 })).toEqual([
      "params.path is a number, must be a string. (Folder that the files are written to.)",
    ]);
    expect(await about({ type: "string" }, null)).toEqual([
      "params.x is empty (null), must be a string. Write its value behind it, or remove the key.",
    ]);
    expect(await about({ type: "integer" }, 1.5)).toEqual(["params.x is 1.5, must be an integer."]);
    expect(await about({ type: "number" }, Number.NaN)).toEqual(["params.x is NaN, must be a number."]);
    expect(await about({ type: "integer" }, -Infinity)).toEqual(["params.x is -Infinity, must be an integer."]);
    expect(await about({ type: ["string", "array"] }, true)).toEqual(["params.x is true, must be a string or a list."]);
    expect(await about({ type: "string" }, () => 1)).toEqual(["params.x is a function, must be a string."]);
    expect(await about({ type: "boolean" }, "yes")).toEqual([
      "params.x is a string, must be true or false. YAML 1.2 knows only true and false: write true without quotes.",
    ]);
    const tls = { type: "object", properties: { ca: {}, key: {} } };
    expect(await about(tls, "on")).toEqual(["params.x is a string, must be an object with the keys ca, key."]);
    expect(await messages({}, [])).toEqual(["params is a list, must be an object."]);
  });

  it("describes a param that is missing, and points to the object that lacks it", async () => {
    const schema = {
      properties: { node: { type: "string", description: "URL of the server.\nMore." } },
      required: ["node"],
    };
    expect((await check(schema, undefined)).problems).toEqual([
      { code: "required", message: "params.node is missing. (URL of the server.)", path: BASE, at: "key" },
    ]);
  });

  it.each([
    [{ const: 6 }, 5, "params.x is 5, must be 6."],
    [
      { type: "string", pattern: "^[a-z]+$", description: "Index." },
      "A",
      'params.x is "A", must match ^[a-z]+$. (Index.)',
    ],
    [{ type: "string", format: "uri" }, "foo", 'params.x is "foo", must be a URL such as https://host.example:9200.'],
    [{ type: "string", format: "json-pointer" }, "foo", 'params.x is "foo", must be a valid json-pointer.'],
    [{ type: "number", minimum: 1 }, 0, "params.x is 0, must be at least 1."],
    [{ type: "number", maximum: 1 }, 2, "params.x is 2, must be at most 1."],
    [{ type: "number", exclusiveMinimum: 1 }, 1, "params.x is 1, must be more than 1."],
    [{ type: "number", exclusiveMaximum: 1 }, 1, "params.x is 1, must be less than 1."],
    [{ type: "number", multipleOf: 5 }, 7, "params.x is 7, must be a multiple of 5."],
    [{ type: "array", items: { type: "string", minLength: 1 } }, [""], "params.x[0] must not be empty."],
    [{ type: "string", maxLength: 1 }, "ab", "params.x must have at most 1 character."],
    [{ type: "array", minItems: 2 }, [1], "params.x must have at least 2 items."],
    [{ type: "array", maxItems: 0 }, [1], "params.x must have at most 0 items."],
    [{ type: "array", prefixItems: [{}], items: false }, [1, 2], "params.x must have at most 1 item."],
    [
      { type: "array", uniqueItems: true },
      [1, 2, 1],
      "params.x must not have the same item twice (items 0 and 2, counted from 0).",
    ],
    [{ type: "array", contains: { type: "string" } }, [1], "params.x must have at least 1 item that is a string."],
    [{ type: "object", minProperties: 1 }, {}, "params.x must not be empty."],
    [{ type: "object", maxProperties: 1 }, { a: 1, b: 2 }, "params.x must have at most 1 key."],
    [
      { type: "object", propertyNames: { pattern: "^[a-z]+$" } },
      { "A b": 1 },
      'params.x has the key "A b", which is not allowed. Keys must be a text that matches ^[a-z]+$.',
    ],
    [{ not: { const: "admin" } }, "admin", 'params.x must not be "admin".'],
    [{ type: "object", not: { required: ["a", "b"] } }, { a: 1, b: 2 }, "params.x must not have a and b together."],
    [
      { type: "object", dependentRequired: { cert: ["key"] } },
      { cert: 1 },
      "params.x.key is missing; it goes with params.x.cert.",
    ],
    [
      { type: "object", if: { required: ["a"] }, then: { required: ["b"] }, else: { properties: { c: false } } },
      { a: 1 },
      "params.x.b is missing.",
    ],
    [
      { type: "object", if: { required: ["a"] }, then: { required: ["b"] }, else: { properties: { c: false } } },
      { c: 1 },
      "params.x.c is not allowed here.",
    ],
    [
      { type: "array", items: { type: "object", properties: { "a b": { type: "string" } } } },
      [{ "a b": 1 }],
      'params.x[0]["a b"] is a number, must be a string.',
    ],
  ])("%j against %j", async (schema, value, message) => {
    expect(await about(schema, value)).toEqual([message]);
  });

  it("shortens values, and takes the sting out of control characters and of credentials in URLs", async () => {
    const [long = ""] = await about({ type: "string", pattern: "^a" }, `b${"x".repeat(1e6)}`);
    expect(long.length).toBeLessThan(100);
    expect(await about({ type: "string", pattern: "^a" }, "\u0000\u001b[31m\u202e\n")).toEqual([
      'params.x is "\\u0000\\u001b[31m\\u202e\\n", must match ^a.',
    ]);
    expect(await about({ type: "string", pattern: "^a" }, "https://me:s3/cr@t@host/")).toEqual([
      'params.x is "https://********@host/", must match ^a.',
    ]);
  });
});

describe("all problems at once", () => {
  it("gives 20 lines for 20 mistakes", async () => {
    const names = Array.from({ length: 18 }, (_, index) => `p${index}`);
    const properties = Object.fromEntries(names.map((name) => [name, { type: "string" }]));
    const value = { ...Object.fromEntries(names.map((name) => [name, 1])), zzzzz: 1 };
    const { problems } = await check(
      { properties: { ...properties, must: { type: "string" } }, required: ["must"] },
      value,
    );
    expect(problems).toHaveLength(20);
    expect(new Set(problems.map(({ message }) => message)).size).toBe(20);
  });

  it("does not lose a missing key beside a wrong one at the same place, and a misspelt key is not missing as well", async () => {
    const auth = {
      type: "object",
      properties: { user: { type: "string" }, password: { type: "string" } },
      required: ["user", "password"],
      additionalProperties: false,
    };
    expect(await about(auth, { user: 1, what: "x" })).toEqual([
      "params.x.password is missing.",
      'params.x has an unknown key "what". Known: user, password.',
      "params.x.user is a number, must be a string.",
    ]);
    expect(await about(auth, { user: 1, pasword: "x" })).toEqual([
      'params.x has an unknown key "pasword". Did you mean "password"?',
      "params.x.user is a number, must be a string.",
    ]);
  });

  it("says one thing about a value of the wrong type, the most precise", async () => {
    expect(await about({ type: "string", enum: ["a", "b"] }, 5)).toEqual(["params.x is 5. Known: a, b."]);
    expect(await about({ type: "string", minLength: 3, pattern: "x" }, 5)).toEqual([
      "params.x is a number, must be a string.",
    ]);
  });
});

describe("unions", () => {
  const branches = [
    {
      type: "object",
      properties: { kind: { const: "basic" }, user: { type: "string" }, password: { type: "string" } },
      required: ["kind", "user", "password"],
      additionalProperties: false,
    },
    { $ref: "#/$defs/key" },
  ];
  const $defs = {
    key: {
      type: "object",
      properties: { kind: { const: "api_key" }, key: { type: "string" } },
      required: ["kind", "key"],
      additionalProperties: false,
    },
  };

  describe.each([
    ["with a discriminator", { type: "object", oneOf: branches, discriminator: { propertyName: "kind" } }],
    ["with a tag only", { oneOf: branches }],
    ["with anyOf", { anyOf: branches }],
  ])("%s", (_, union) => {
    it("reports the chosen branch only", async () => {
      expect(await about(union, { kind: "api_key", kee: "x" }, { $defs })).toEqual([
        'params.x has an unknown key "kee". Did you mean "key"?',
      ]);
      expect(await about(union, { kind: "basic", user: 1 }, { $defs })).toEqual([
        "params.x.password is missing.",
        "params.x.user is a number, must be a string.",
      ]);
    });

    it("lists the branches when none is chosen", async () => {
      expect(await about(union, { kind: "basc" }, { $defs })).toEqual([
        'params.x.kind is "basc". Did you mean "basic"? Known: basic, api_key.',
      ]);
      expect(await about(union, { user: "a" }, { $defs })).toEqual([
        "params.x.kind is missing. Known: basic, api_key.",
      ]);
    });
  });

  it("takes the branch of the value's type", async () => {
    const union = {
      anyOf: [
        { type: "string", minLength: 2 },
        { type: "array", items: { type: "string" } },
      ],
    };
    expect(await about(union, ["a", 1])).toEqual(["params.x[1] is a number, must be a string."]);
    expect(await about(union, "a")).toEqual(["params.x must have at least 2 characters."]);
    expect(await about(union, 5)).toEqual(["params.x is a number, must be a string with minLength 2 or a list."]);
  });

  it("reads a union of constants as a list of values", async () => {
    expect(await about({ oneOf: [{ const: "gzip" }, { const: "zstd" }] }, "gzp")).toEqual([
      'params.x is "gzp". Did you mean "gzip"? Known: gzip, zstd.',
    ]);
  });

  it("takes the branch that knows most of the keys", async () => {
    const union = {
      anyOf: [
        { type: "object", properties: { host: { type: "string" }, port: { type: "integer" } } },
        { type: "object", properties: { socket: { type: "string" } }, required: ["socket"] },
      ],
    };
    expect(await about(union, { host: "a", port: "1" })).toEqual(["params.x.port is a string, must be an integer."]);
  });

  it("says so when a value fits more than one", async () => {
    expect(
      await about(
        {
          oneOf: [
            { title: "A", type: "string" },
            { title: "B", type: "string" },
          ],
        },
        "s",
      ),
    ).toEqual(["params.x fits more than one alternative, must fit exactly one: A; B."]);
  });

  it("keeps the problems beside a union, and follows nested ones", async () => {
    const inner = { anyOf: [{ type: "integer", minimum: 5 }, { type: "null" }] };
    const union = { anyOf: [{ type: "object", properties: { n: inner } }, { type: "string" }] };
    expect(
      await messages(
        { properties: { a: { type: "string" }, x: union, z: { type: "string" } } },
        { a: 1, x: { n: 3 }, z: 1 },
      ),
    ).toEqual([
      "params.a is a number, must be a string.",
      "params.x.n is 3, must be at least 5.",
      "params.z is a number, must be a string.",
    ]);
  });

  it("reads a recursive schema", async () => {
    const tree = {
      type: "object",
      properties: { or: { type: "array", items: { $ref: "#/$defs/rule" } } },
      required: ["or"],
    };
    const rule = { anyOf: [{ type: "string" }, tree] };
    expect(await about({ $ref: "#/$defs/rule" }, { or: ["a", { or: [1] }] }, { $defs: { rule } })).toEqual([
      "params.x.or[1].or[0] is a number, must be a string or an object with or.",
    ]);
  });
});

describe("secrets in messages", () => {
  const secret = { writeOnly: true };
  const cases: [string, object, unknown][] = [
    ["pattern", { type: "string", pattern: "^a", ...secret }, "hunter2"],
    ["enum", { enum: ["hunter3"], ...secret }, "hunter2"],
    ["const", { const: "x", ...secret }, "hunter2"],
    ["format", { type: "string", format: "uri", ...secret }, "hunter2"],
    ["number", { type: "string", ...secret }, 7232],
    ["boolean", { type: "string", ...secret }, true],
    ["nested object", { type: "object", additionalProperties: { type: "integer" }, ...secret }, { hunter2: "hunter2" }],
    [
      "unknown key",
      { type: "object", properties: { hunter: {} }, additionalProperties: false, ...secret },
      { hunter2: 1 },
    ],
    ["key name", { type: "object", propertyNames: { maxLength: 3 }, ...secret }, { hunter2: 1 }],
    ["list", { type: "array", items: { type: "string", pattern: "^a" }, ...secret }, ["hunter2"]],
    [
      "anyOf",
      {
        anyOf: [
          { type: "string", pattern: "^a", ...secret },
          { type: "string", pattern: "^b" },
        ],
      },
      "hunter2",
    ],
    ["oneOf const", { oneOf: [{ const: "a" }, { const: "b" }], ...secret }, "hunter2"],
    ["$ref", { $ref: "#/$defs/s" }, "hunter2"],
    ["$ref in a union", { anyOf: [{ $ref: "#/$defs/s" }, { type: "null" }] }, "hunter2"],
    ["allOf", { allOf: [{ type: "string", pattern: "^a" }, secret] }, "hunter2"],
    [
      "tag",
      {
        oneOf: [
          { type: "object", properties: { t: { const: "a", ...secret } } },
          { type: "object", properties: { t: { const: "b" } } },
        ],
      },
      { t: "hunter2" },
    ],
    [
      "in place of its object",
      { anyOf: [{ const: "none" }, { type: "object", properties: { password: secret } }] },
      "hunter2",
    ],
  ];

  it.each(cases)("no part of the value appears: %s", async (_, schema, value) => {
    const $defs = { s: { type: "string", pattern: "^a", writeOnly: true } };
    const { problems } = await check({ properties: { x: schema }, $defs }, { x: value });
    expect(problems.length).toBeGreaterThan(0);
    expect(JSON.stringify(problems)).not.toMatch(/hunter2|7232|true/);
    for (const { message } of problems) expect(message).toMatch(/^params\.x/);
  });

  it("still says what is wrong", async () => {
    expect(
      await about({ type: "object", additionalProperties: { type: "integer" }, writeOnly: true }, { a: "b" }),
    ).toEqual(["params.x… is a string, must be an integer."]);
    expect(await about({ type: "string", pattern: "^a", writeOnly: true }, "b")).toEqual(["params.x must match ^a."]);
    expect(await about({ type: "string", writeOnly: true }, 5)).toEqual(["params.x is a number, must be a string."]);
  });
});

describe("unknown params", () => {
  it("are refused, prototype keys too, and nothing is executed", async () => {
    const value: unknown = JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1, "toString": 2}');
    const { problems, params } = await check({ properties: { path: { type: "string" } } }, value);
    expect(problems.map(({ path, code }) => [code, path.at(-1)])).toEqual([
      ["unknown_key", "__proto__"],
      ["unknown_key", "constructor"],
      ["unknown_key", "toString"],
    ]);
    expect(Object.getPrototypeOf(params)).toBe(Object.prototype);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it("are refused with many known ones, and with none", async () => {
    const properties = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`param_number_${index}`, {}]));
    expect(await messages({ properties }, { constructor: 1 })).toHaveLength(1);
    expect((await messages({ properties }, { q: 1 }))[0]).toMatch(/param_number_19 and 10 more\.$/);
    expect(await messages({}, { q: 1 })).toEqual(['params has an unknown key "q". No keys are known here.']);
  });

  it("a required param called like an inherited one is missing", async () => {
    expect(await messages({ properties: { constructor: {} }, required: ["constructor"] }, {})).toEqual([
      "params.constructor is missing.",
    ]);
  });

  it("are allowed where the schema says so", async () => {
    expect(await messages({ additionalProperties: true }, { a: 1 })).toEqual([]);
    expect(await messages({ additionalProperties: { type: "string" } }, { a: 1 })).toEqual([
      "params.a is a number, must be a string.",
    ]);
  });

  it.each([undefined, "http://json-schema.org/draft-07/schema#"])(
    "of branches and conditions are known ($schema %s)",
    async ($schema) => {
      const schema = {
        ...($schema && { $schema }),
        properties: { a: {} },
        allOf: [{ properties: { b: { type: "string" } } }],
        if: { required: ["a"] },
        then: { properties: { c: {} }, patternProperties: { "^x_": {} } },
      };
      expect(await messages(schema, { a: 1, b: 2, c: 3, x_1: 4, d: 5 })).toEqual([
        "params.b is a number, must be a string.",
        'params has an unknown key "d". Known: a, b, c.',
      ]);
    },
  );

  it("unevaluatedProperties does not call the keys of a failed branch unknown", async () => {
    const schema = {
      oneOf: [{ type: "object", properties: { a: { type: "string" } }, required: ["a"] }],
      unevaluatedProperties: false,
    };
    expect(await messages(schema, { a: 1 })).toEqual(["params.a is a number, must be a string."]);
    expect(await messages(schema, { a: "1", bb: 1 })).toEqual(['params has an unknown key "bb". Known: a.']);
  });

  it.each([
    ["anyOf", { anyOf: [{ properties: { a: {} } }, { properties: { port: { type: "integer", minimum: 0 } } }] }],
    ["if and then", { properties: { a: {} }, if: { required: ["tls"] }, then: { properties: { tls: {}, port: {} } } }],
    ["else", { if: { required: ["a"] }, then: { properties: { a: {} } }, else: { properties: { port: {} } } }],
    ["dependentSchemas", { properties: { a: {} }, dependentSchemas: { tls: { properties: { tls: {}, port: {} } } } }],
  ])("unevaluatedProperties refuses a key of %s where that does not apply (L-23)", async (_, rest) => {
    const schema = { ...rest, unevaluatedProperties: false };
    expect(await messages(schema, { a: 1 })).toEqual([]);
    expect(await messages(schema, { a: 1, port: -4 })).toEqual([
      "params.port is not allowed together with the other values here.",
    ]);
    expect(await messages({ properties: { x: { type: "object", ...schema } } }, { x: { a: 1, port: -4 } })).toEqual([
      "params.x.port is not allowed together with the other values here.",
    ]);
  });

  it("reports every value that ajv refuses, even without words of its own (L-23)", () => {
    const error = { keyword: "if", schemaPath: "#/if", instancePath: "", params: {} };
    expect(findingsOf([error], { root: {}, value: {}, given: {}, secrets: [] })).toEqual([
      {
        code: "unexplained",
        message:
          'params do not fit the schema of the plugin: "if (#/if)". Cloudmarker has no better message for this; please report it.',
        path: [],
        at: "key",
      },
    ]);
  });

  it("judges a param called __proto__ (L-23)", async () => {
    const schema = { properties: JSON.parse('{"__proto__": {"type": "number"}, "a": {}}') as object };
    expect(await messages(schema, JSON.parse('{"__proto__": "x"}'))).toEqual([
      "params.__proto__ is a string, must be a number.",
    ]);
    expect(await messages(schema, JSON.parse('{"__proto__": 5}'))).toEqual([]);
    expect(await messages({ properties: { a: {} } }, JSON.parse('{"__proto__": 5}'))).toEqual([
      'params has an unknown key "__proto__". Known: a.',
    ]);
  });

  it("refuses a schema in which something depends on a param called __proto__, which ajv passes over (L-23)", async () => {
    const x = { dependentRequired: JSON.parse('{"__proto__": ["a"]}') as object };
    const error = await schemaError({ type: "object", properties: { x } });
    expect(error.message).toContain('`dependentRequired` of the key "__proto__" are not supported (at #/properties/x)');
  });

  it("says how many items there may be, and what each must be (L-23)", async () => {
    const schema = { type: "array", prefixItems: [{}], unevaluatedItems: false };
    expect(await about(schema, [1, 2])).toEqual(["params.x must have at most 1 item."]);
    const contains = { type: "array", contains: { type: "string" }, unevaluatedItems: { type: "number" } };
    expect(await about(contains, ["a", 1])).toEqual([]);
    expect(await about(contains, ["a", true])).toEqual(["params.x[1] is true, must be a number."]);
  });
});

describe("defaults", () => {
  const schema = {
    properties: {
      tls: { type: "object", default: {}, properties: { verify: { type: "boolean", default: true } } },
      labels: { type: "array", items: { type: "string" }, default: ["a"] },
      auth: {
        type: "object",
        discriminator: { propertyName: "kind" },
        oneOf: [
          { properties: { kind: { const: "basic" }, realm: { type: "string", default: "r" } }, required: ["kind"] },
        ],
      },
    },
  };

  it("are filled in, nested ones and those of a chosen branch too", async () => {
    expect((await check(schema, { auth: { kind: "basic" } })).params).toEqual({
      tls: { verify: true },
      labels: ["a"],
      auth: { kind: "basic", realm: "r" },
    });
  });

  it("are not shared between two checks, and the configuration is not touched", async () => {
    const validator = await createParamsValidator({ type: "object", ...schema } as ParamsSchema, "demo");
    const value = Object.freeze({ auth: Object.freeze({ kind: "basic" }) });
    const first = (await validator.check(value, [])).params;
    (first.tls as { verify: boolean }).verify = false;
    (first.labels as string[]).push("b");
    const second = (await validator.check(value, [])).params;
    expect(second).toMatchObject({ tls: { verify: true }, labels: ["a"] });
    expect(second.auth).not.toBe(value.auth);
  });

  it("nothing is coerced", async () => {
    expect(await about({ type: "string" }, 5)).toHaveLength(1);
    expect(await about({ type: "integer" }, "5")).toHaveLength(1);
  });

  it("a text from a variable becomes the number or boolean that the schema wants, and nothing else does", async () => {
    const typed = {
      properties: {
        port: { type: "integer" },
        on: { anyOf: [{ type: "boolean" }, { type: "null" }] },
        name: { type: "string" },
        list: { items: { type: "number" } },
      },
    };
    const validator = await createParamsValidator({ type: "object", ...typed } as ParamsSchema, "demo");
    const value = { port: "9200", on: "true", name: "5", list: ["1.5", "2"] };
    const isText = (path: readonly unknown[]): boolean => path.slice(0, 3).join() === BASE.join() && path.at(-1) !== 1;
    const { params, problems } = await validator.check(value, BASE, { ...NOT_WRITTEN, isText });
    expect(params).toEqual({ port: 9200, on: true, name: "5", list: [1.5, "2"] });
    expect(problems.map(({ message }) => message)).toEqual(["params.list[1] is a string, must be a number."]);
    expect(
      (await validator.check({ port: "0x10" }, BASE, { ...NOT_WRITTEN, isText: () => true })).problems,
    ).toHaveLength(1);
    expect(
      (await validator.check({ port: "1.5" }, BASE, { ...NOT_WRITTEN, isText: () => true })).problems,
    ).toHaveLength(1);
  });

  it("that break the schema are the author's fault", async () => {
    const error = await schemaError({ type: "object", properties: { n: { type: "integer", default: "x" } } });
    expect(error.message).toBe(
      'The params schema of the plugin "demo" is wrong: the default of "n" breaks the schema itself.',
    );
  });

  it("that a condition forbids are named as defaults, at a place that exists", async () => {
    const conditional = {
      properties: { a: {}, mode: { type: "string", default: "x" } },
      if: { required: ["a"] },
      then: { properties: { mode: { const: "y" } } },
    };
    const { problems } = await check(conditional, { a: 1 });
    expect(problems).toEqual([
      {
        code: "const",
        message: 'params.mode is "x", must be "y". That is the default of the plugin: set another.',
        path: BASE,
        at: "key",
      },
    ]);
  });
});

describe("schemas of plugins", () => {
  it("may be of draft-07, with definitions, tuples and dependencies", async () => {
    const schema = {
      $schema: "http://json-schema.org/draft-07/schema#",
      properties: {
        pair: { type: "array", items: [{ type: "string" }], additionalItems: false },
        a: { $ref: "#/definitions/a" },
        b: {},
      },
      definitions: { a: { type: "string" } },
      dependencies: { b: ["a"] },
    };
    expect(await messages(schema, { pair: [1, 2], b: 1 })).toEqual([
      "params.a is missing; it goes with params.b.",
      "params.pair must have at most 1 item.",
      "params.pair[0] is a number, must be a string.",
    ]);
  });

  it("may name the draft 2020-12, and no other", async () => {
    expect(await messages({ $schema: "https://json-schema.org/draft/2020-12/schema" }, {})).toEqual([]);
    expect((await schemaError({ $schema: "http://json-schema.org/draft-04/schema#", type: "object" })).message).toMatch(
      /draft-04/,
    );
  });

  it("may have the same $id in two plugins", async () => {
    const schema = {
      $id: "https://example.org/params",
      type: "object",
      properties: { a: { $ref: "#/$defs/a" } },
    } as const;
    const one = await createParamsValidator({ ...schema, $defs: { a: { type: "string" } } }, "one");
    const two = await createParamsValidator({ ...schema, $defs: { a: { type: "number" } } }, "two");
    expect((await one.check({ a: "x" }, [])).problems).toEqual([]);
    expect((await two.check({ a: 5 }, [])).problems).toEqual([]);
  });

  it("may refer to themselves by pointer, by anchor and by ids of their own", async () => {
    const schema = {
      $id: "https://example.org/params",
      properties: {
        a: { $ref: "#name" },
        b: { $ref: "part" },
        c: { $ref: "part#/$defs/deep" },
        d: { $ref: "params#/$defs/named" },
      },
      $defs: {
        named: { $anchor: "name", type: "string" },
        part: { $id: "part", type: "string", $defs: { deep: { type: "string" } } },
      },
    };
    expect(await messages(schema, { a: 1, b: 1, c: 1, d: 1 })).toHaveLength(4);
  });

  it.each([
    [{ properties: { a: { type: "string", deafult: "x" } } }, /unknown keyword: "deafult"/],
    [{ properties: { a: { type: "strin" } } }, /type/],
    [{ properties: { a: { minimum: "1" } } }, /minimum|schema is invalid/],
    [{ properties: { a: { pattern: "(" } } }, /regular expression/i],
    [{ properties: { a: { format: "colour" } } }, /unknown format "colour"/],
    [{ properties: { a: { $ref: "https://example.org/other.json" } } }, /Nothing is fetched/],
    [{ properties: { a: { $ref: "#/$defs/nope" } } }, /Nothing is fetched/],
    [{ properties: { a: { $ref: "http://json-schema.org/draft-07/schema#" } } }, /Nothing is fetched/],
    [{ properties: { a: { oneOf: [{ properties: { b: { default: 1 } } }] } } }, /default is ignored/],
    [{ properties: { a: { $dynamicRef: "#x" } } }, /\$dynamicRef/],
    [{ $async: true }, /\$async/],
    [{ $defs: { a: { $id: "x" }, b: { $id: "x" } } }, /twice/],
  ])("are for the author to correct: %j", async (schema, message) => {
    const error = await schemaError({ type: "object", ...schema });
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/^The params schema of the plugin "demo" is wrong: /);
    expect(error.details).toMatch(/this is for the plugin's author/);
  });

  it("must be object schemas, and JSON", async () => {
    expect((await schemaError({})).message).toMatch(/needs `type: "object"` at the top/);
    expect((await schemaError({ type: "string" })).message).toMatch(/needs `type: "object"`/);
    expect((await schemaError(undefined)).message).toMatch(/is not an object/);
    expect((await schemaError("object")).message).toMatch(/is not an object/);
    const cyclic: Record<string, unknown> = { type: "object" };
    cyclic.properties = cyclic;
    expect((await schemaError(cyclic)).message).toMatch(/not JSON/);
  });

  it("are not changed", async () => {
    const schema = {
      type: "object",
      properties: { a: { $ref: "#x" } },
      $defs: { a: { $anchor: "x", type: "string" } },
    } as const;
    const before = JSON.stringify(schema);
    await createParamsValidator(schema, "demo");
    expect(JSON.stringify(schema)).toBe(before);
  });
});

describe("start-up", () => {
  it.each([
    ["{ path: 'x' }", 0],
    ["{ path: 5 }", 1],
  ])("plain params that are valid never load ajv: %s", (value, count) => {
    const program = `
      import { createRequire } from "node:module";
      const { createParamsValidator } = await import("./src/validation/validate-params.ts");
      const schema = { type: "object", properties: { path: { type: "string" } } };
      const { problems } = await (await createParamsValidator(schema, "demo")).check(${value}, []);
      const { cache } = createRequire("/");
      console.log(problems.length, Object.keys(cache).some((file) => /[\\\\/]ajv[\\\\/]/.test(file)));
    `;
    const cwd = new URL("../../", import.meta.url);
    const printed = execFileSync(process.execPath, ["--input-type=module", "-e", program], { cwd, encoding: "utf8" });
    expect(printed.trim()).toBe(`${count} ${count > 0}`);
  });
});

describe("an empty text, which is what `${VAR:-}` leaves (L-48)", () => {
  const schema = {
    required: ["uri"],
    properties: {
      uri: { type: "string", minLength: 1 },
      proxy: { type: "string", minLength: 1 },
      index: { type: "string", minLength: 1, default: "audit" },
      port: { type: "integer", default: 9200 },
      mode: { enum: ["a", "b"], default: "a" },
      either: { anyOf: [{ type: "boolean" }, { type: "string", pattern: "^x" }] },
      note: { type: "string" },
      tls: {
        type: "object",
        required: ["key"],
        properties: { ca: { type: "string", minLength: 1 }, key: { type: "string", minLength: 1 } },
      },
      nodes: { type: "array", items: { type: "string", minLength: 1 } },
      names: { type: "object", propertyNames: { minLength: 1 } },
    },
  };

  it("means not set where the schema takes none, whatever type it wants, at any depth", async () => {
    const given = { uri: "u", proxy: "", index: "", port: "", mode: "", either: "", tls: { ca: "", key: "k" } };
    const { params, problems } = await check(schema, given);
    expect(problems).toEqual([]);
    expect(params).toEqual({ uri: "u", index: "audit", port: 9200, mode: "a", tls: { key: "k" } });
    expect(given).toMatchObject({ proxy: "", tls: { ca: "" } });
  });

  it("stays a text where the schema takes it", async () => {
    expect((await check(schema, { uri: "u", note: "", proxy: "" })).params).toMatchObject({ note: "" });
  });

  it("is reported if a value is required, if it is an item of a list, or if it is a name", async () => {
    const told = await messages(schema, { uri: "", tls: { key: "" }, nodes: ["n", ""], proxy: "", names: { "": 1 } });
    expect(told).toContain("params.uri must not be empty.");
    expect(told).toContain("params.tls.key must not be empty.");
    expect(told).toContain("params.nodes[1] must not be empty.");
    expect(told).toHaveLength(4);
  });
});
