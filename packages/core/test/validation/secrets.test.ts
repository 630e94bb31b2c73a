/* oxlint-disable unicorn/no-thenable -- `then` is a keyword of JSON Schema */
import type { ParamsSchema } from "@cloudmarker/store-api";
import { describe, expect, it } from "vitest";

import { maskSecrets, secretPaths } from "../../src/validation/secrets.ts";

const secret = { type: "string", writeOnly: true };
const schema = (properties: object, more: object = {}): ParamsSchema =>
  ({ type: "object", properties, ...more }) as ParamsSchema;

describe("secretPaths", () => {
  it.each([
    ["a property", schema({ token: secret }), { token: "s" }, [["token"]]],
    [
      "a nested one",
      schema({ auth: { properties: { password: secret } } }),
      { auth: { user: "u", password: "s" } },
      [["auth", "password"]],
    ],
    [
      "items",
      schema({ keys: { items: secret } }),
      { keys: ["s", "t"] },
      [
        ["keys", 0],
        ["keys", 1],
      ],
    ],
    ["a tuple", schema({ pair: { prefixItems: [{}, secret] } }), { pair: ["u", "s"] }, [["pair", 1]]],
    [
      "a draft-07 tuple",
      schema({ pair: { items: [{}, secret], additionalItems: secret } }),
      { pair: ["u", "s", "t"] },
      [
        ["pair", 1],
        ["pair", 2],
      ],
    ],
    ["any key", schema({ headers: { additionalProperties: secret } }), { headers: { a: "s" } }, [["headers", "a"]]],
    [
      "keys by pattern",
      schema({ headers: { patternProperties: { "^auth": secret } } }),
      { headers: { authorization: "s", b: "c" } },
      [["headers", "authorization"]],
    ],
    ["$ref", schema({ token: { $ref: "#/$defs/s" } }, { $defs: { s: secret } }), { token: "s" }, [["token"]]],
    [
      "$ref by anchor",
      schema({ token: { $ref: "#s" } }, { $defs: { s: { $anchor: "s", ...secret } } }),
      { token: "s" },
      [["token"]],
    ],
    [
      "oneOf",
      schema({ auth: { oneOf: [{ properties: { a: secret } }, { properties: { b: {} } }] } }),
      { auth: { a: "s", b: 1 } },
      [["auth", "a"]],
    ],
    ["anyOf", schema({ token: { anyOf: [secret, { type: "null" }] } }), { token: "s" }, [["token"]]],
    ["allOf", schema({ token: { allOf: [{ type: "string" }, { writeOnly: true }] } }), { token: "s" }, [["token"]]],
    ["then", schema({}, { if: true, then: { properties: { token: secret } } }), { token: "s" }, [["token"]]],
    ["a whole object", schema({ auth: { type: "object", writeOnly: true } }), { auth: { a: { b: 1 } } }, [["auth"]]],
    [
      "a value in place of the object that holds it",
      schema({ auth: { type: "object", properties: { password: secret } } }),
      { auth: "u:s" },
      [["auth"]],
    ],
    [
      "a value that another branch takes is none",
      schema({ node: { anyOf: [{ type: "string" }, { type: "object", properties: { password: secret } }] } }),
      { node: "u" },
      [],
    ],
    ["what is not set is none", schema({ token: secret }), { token: null }, []],
  ])("%s", (_, params, value, paths) => {
    expect(secretPaths(params, value)).toEqual(paths);
  });

  it("ends on recursive schemas and cyclic values, and hides values that are too deep", () => {
    const tree = schema({ node: { $ref: "#" }, token: secret });
    expect(secretPaths(tree, { node: { node: { token: "s" } } })).toEqual([["node", "node", "token"]]);
    const cyclic: Record<string, unknown> = {};
    cyclic.node = cyclic;
    expect(secretPaths(tree, cyclic)).toHaveLength(1);
  });
});

describe("maskSecrets", () => {
  it("masks a copy and shares nothing with the original", () => {
    const value = { token: "s", nested: { list: [1] }, ports: [{ key: "t" }] };
    const params = schema({ token: secret, nested: {}, ports: { items: { properties: { key: secret } } } });
    const masked = maskSecrets(params, value) as typeof value;
    expect(masked).toEqual({ token: "********", nested: { list: [1] }, ports: [{ key: "********" }] });
    masked.nested.list.push(2);
    expect(value).toEqual({ token: "s", nested: { list: [1] }, ports: [{ key: "t" }] });
  });

  it("masks params that are secret as a whole", () => {
    expect(maskSecrets(schema({}, { writeOnly: true }), { a: 1 })).toBe("********");
  });

  it("masks under any key without touching a prototype", () => {
    const value: unknown = JSON.parse('{"__proto__": "s"}');
    const masked = maskSecrets(schema({}, { additionalProperties: secret }), value);
    expect(Object.entries(masked as object)).toEqual([["__proto__", "********"]]);
  });
});
