import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { rawJson } from "../../src/records/raw-json.ts";
import { stringify } from "../../src/records/stringify.ts";

class Finding {
  readonly id: number = 1;
  readonly none: null = null;
  get hidden(): string {
    return "a getter of the class is not a member";
  }
}

class Secretive {
  readonly #secret: number = 1;
  reveal(): number {
    return this.#secret;
  }
}

const holes: unknown[] = [1];
holes[2] = 3;

const invalid = (): Date => new Date(Number.NaN);
const cycle: Record<string, unknown> = { a: [] };
(cycle["a"] as unknown[]).push({ back: cycle });
const shared = { x: null };
const revocable = Proxy.revocable({}, {});
revocable.revoke();
let deep: unknown = null;
for (let i = 0; i < 200_000; i++) deep = [deep];

describe("what JSON cannot represent (FS-14)", () => {
  const NORMALISED: [name: string, value: unknown, json: string][] = [
    ["a BigInt is its exact digits", [2n ** 70n + 5n, -1n], "[1180591620717411303429,-1]"],
    ["a literal keeps its digits", rawJson("14517067005933136034"), "14517067005933136034"],
    ["-0 is 0", [-0, null], "[0,null]"],
    ["a valid Date is its ISO text", [new Date(0), null], '["1970-01-01T00:00:00.000Z",null]'],
    [
      "a Map with string keys is an object",
      new Map([
        ["a", 1n],
        ["__proto__", 2n],
      ]),
      '{"a":1,"__proto__":2}',
    ],
    ["a Map with other keys is a list of pairs", new Map([[1, "a"]]), '[[1,"a"]]'],
    ["a Set is an array", new Set(["a", new Set()]), '["a",[]]'],
    ["a RegExp is a string", /a+/iu, '"/a+/iu"'],
    [
      "an Error is its name and message",
      new TypeError("no", { cause: new Error("deeper") }),
      '{"name":"TypeError","message":"no","cause":{"name":"Error","message":"deeper"}}',
    ],
    [
      "an AggregateError has its errors",
      new AggregateError([new Error("a")], "all"),
      '{"name":"AggregateError","message":"all","errors":[{"name":"Error","message":"a"}]}',
    ],
    [
      "an Error with members of its own is these members",
      Object.assign(new Error("no"), { code: "ENOENT" }),
      '{"code":"ENOENT"}',
    ],
    ["a Buffer is base64", Buffer.from("hi"), '"aGk="'],
    ["a Uint8Array is base64", new Uint8Array([104, 105]), '"aGk="'],
    ["an empty Uint8Array is an empty string", new Uint8Array(0), '""'],
    ["an ArrayBuffer is base64", new Uint8Array([104, 105]).buffer, '"aGk="'],
    ["a DataView is base64", new DataView(new Uint8Array([0, 104, 105]).buffer, 1), '"aGk="'],
    ["a Float64Array is an array", new Float64Array([0.5, 1]), "[0.5,1]"],
    ["a BigInt64Array is an array of digits", new BigInt64Array([-9223372036854775808n]), "[-9223372036854775808]"],
    ["a URL is its text", [new URL("http://a/b"), null], '["http://a/b",null]'],
    ["boxed primitives are unboxed", [new String("a"), new Number(1), new Boolean(false), null], '["a",1,false,null]'],
    ["an instance is its own members", new Finding(), '{"id":1,"none":null}'],
    [
      "undefined, functions and symbols as JSON has them",
      { a: undefined, b: () => 1, c: Symbol("c"), d: [undefined, (): number => 1, Symbol("d")], [Symbol("e")]: 1 },
      '{"d":[null,null,null]}',
    ],
    ["holes are null", holes, "[1,null,3]"],
    [
      "a toJSON is called once, with its key",
      { toJSON: (key: string) => ({ key, toJSON: 1n }) },
      '{"key":"value","toJSON":1}',
    ],
    ["a toJSON that yields nothing leaves the member out", { a: { toJSON: () => undefined }, b: 1n }, '{"b":1}'],
    ["an object of another realm is an object", [runInNewContext("({})"), null], "[{},null]"],
    ["an object without prototype is an object", Object.assign(Object.create(null), { a: {} }), '{"a":{}}'],
    ["the same object twice is not a cycle", [shared, shared, 1n], '[{"x":null},{"x":null},1]'],
    ["an own __proto__ is data", JSON.parse('{"__proto__":{"a":null},"b":{}}'), '{"__proto__":{"a":null},"b":{}}'],
    [
      "an own __proto__ beside a BigInt is data",
      [JSON.parse('{"__proto__":{"a":null}}'), 1n],
      '[{"__proto__":{"a":null}},1]',
    ],
    ["U+2028 stays", "\u2028", '"\u2028"'],
    ["a lone surrogate is escaped", "\ud83d", String.raw`"\ud83d"`],
    ["what looks like a Buffer's JSON stays", { type: "Buffer", data: [1] }, '{"type":"Buffer","data":[1]}'],
    ["what looks like an index map stays", { 0: "a", 1: null }, '{"0":"a","1":null}'],
  ];
  for (const [name, value, json] of NORMALISED) {
    test(`${name}`, () => {
      expect(stringify({ value })).toBe(`{"value":${json}}`);
    });
  }

  const REJECTED: [name: string, value: object, message: string][] = [
    ["NaN", { list: [{ n: Number.NaN }] }, "list[0].n: NaN has no form in JSON"],
    ["Infinity", { n: -Infinity }, "n: -Infinity has no form in JSON"],
    ["NaN in a typed array", { n: new Float32Array([Number.NaN]) }, "n[0]: NaN has no form in JSON"],
    ["an invalid Date", { when: invalid() }, "when: an invalid Date has no form in JSON"],
    ["a cycle", cycle, "a[0].back: the value contains itself"],
    [
      "a getter that throws",
      {
        get a() {
          throw new Error("not now");
        },
      },
      "a: not now",
    ],
    [
      "a toJSON that throws",
      {
        a: {
          toJSON() {
            throw new Error("not now");
          },
        },
      },
      "a: not now",
    ],
    ["a revoked Proxy", { a: revocable.proxy }, "a: Cannot perform 'IsArray' on a proxy that has been revoked"],
    [
      "a revoked Proxy as the record",
      revocable.proxy,
      "The record: Cannot perform 'IsArray' on a proxy that has been revoked",
    ],
    ["a Promise", { a: Promise.resolve(1) }, "a: an instance of Promise has nothing that JSON holds"],
    ["a WeakMap", { a: new WeakMap() }, "a: an instance of WeakMap has nothing that JSON holds"],
    [
      "URLSearchParams",
      { a: new URLSearchParams("a=1") },
      "a: an instance of URLSearchParams has nothing that JSON holds",
    ],
    [
      "an instance with private members only",
      { a: new Secretive() },
      "a: an instance of Secretive has nothing that JSON holds",
    ],
    ["deep nesting", { deep }, "The record cannot be written as JSON: It nests too deeply or is too long"],
    [
      "a toJSON that yields nothing, at the top (ES-02)",
      { toJSON: () => undefined },
      "A record must be an object, but this becomes nothing in JSON",
    ],
    [
      "a toJSON that yields text, at the top",
      { toJSON: () => "null" },
      "A record must be an object, but this becomes a string in JSON",
    ],
    ["an array", [1], "A record must be an object, but this becomes an array in JSON"],
    ["a Date as the record", new Date(0), "A record must be an object, but this becomes a string in JSON"],
  ];
  for (const [name, value, message] of REJECTED) {
    test(`${name} is rejected, with its path`, () => {
      expect(() => stringify(value)).toThrow(expect.objectContaining({ code: "RECORD_INVALID", message }));
    });
  }
});

test("a plain value is written as JSON.stringify writes it", () => {
  const value = { s: "null {} Buffer", n: [1, 2.5, null], o: {}, d: new Date(0), u: undefined, t: true };
  expect(stringify(value)).toBe(JSON.stringify(value));
});
