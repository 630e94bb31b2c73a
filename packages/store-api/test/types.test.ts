// What must not compile, and what is inferred: the compiler reads this file with the tests (`npm run lint`), and
// reports each `@ts-expect-error` where nothing is wrong.
import { expect, expectTypeOf, test } from "vitest";
import { type ParamsSchema, type Store, type StorePlugin, defineStore, defineTap } from "../src/index.ts";

const store: Store = { write: () => undefined };
const base = { name: "demo", apiVersion: 1, open: () => store } as const;

test("a version of the contract that does not exist does not compile", () => {
  // @ts-expect-error there is no version 2
  expect(defineStore({ ...base, apiVersion: 2, params: { type: "object" } }).kind).toBe("store");
  const version: number = 1;
  // @ts-expect-error a number is no version
  defineStore({ ...base, apiVersion: version, params: { type: "object" } });
  // @ts-expect-error there is no version 2
  defineTap({ name: "demo", apiVersion: 2, params: { type: "object" }, apply: () => undefined });
});

test("a type that JSON Schema does not have does not compile", () => {
  // @ts-expect-error "strnig"
  expect(defineStore({ ...base, params: { type: "object", properties: { url: { type: "strnig" } } } }).kind).toBe(
    "store",
  );
  // @ts-expect-error "strnig" in a list
  defineStore({ ...base, params: { type: "object", properties: { url: { type: ["strnig", "null"] } } } });
  // @ts-expect-error params are an object
  defineStore({ ...base, params: { type: "string" } });
  const tap = { name: "demo", apiVersion: 1, apply: () => undefined } as const;
  // @ts-expect-error "strnig" in a tap
  defineTap({ ...tap, params: { type: "object", properties: { a: { items: { type: "strnig" } } } } });
});

test("a keyword that does not exist does not compile, wherever it stands", () => {
  const url = { type: "string" } as const;
  // @ts-expect-error requird
  expect(defineStore({ ...base, params: { type: "object", properties: { url }, requird: ["url"] } }).kind).toBe(
    "store",
  );
  // @ts-expect-error writeonly
  defineStore({ ...base, params: { type: "object", properties: { url: { type: "string", writeonly: true } } } });
  // @ts-expect-error minLenght
  defineStore({ ...base, params: { type: "object", properties: { a: { type: "array", items: { minLenght: 1 } } } } });
  // @ts-expect-error propertys
  defineStore({ ...base, params: { type: "object", properties: { a: { anyOf: [{ propertys: {} }] } } } });
  const elsewhere = { type: "object", properties: { url }, requird: ["url"] } as const;
  // @ts-expect-error also of a schema that is defined elsewhere
  defineStore({ ...base, params: elsewhere });
  // @ts-expect-error also of a tap
  defineTap({ name: "x", apiVersion: 1, params: { type: "object", requird: [] }, apply: () => undefined });
});

test("a required param that is none, and a default that the schema refuses, do not compile", () => {
  // @ts-expect-error urll
  defineStore({ ...base, params: { type: "object", properties: { url: { type: "string" } }, required: ["urll"] } });
  // @ts-expect-error a text for a number
  defineStore({ ...base, params: { type: "object", properties: { limit: { type: "integer", default: "5" } } } });
  const mode = { enum: ["fast", "safe"], default: "slow" } as const;
  // @ts-expect-error not one of the values
  const { kind } = defineStore({ ...base, params: { type: "object", properties: { mode } } });
  expect(kind).toBe("store");
});

test("what JSON Schema has, compiles", () => {
  const plugin = defineStore({
    ...base,
    params: {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      $defs: { name: { type: "string", minLength: 1 } },
      properties: {
        url: { type: "string", format: "uri" },
        retries: { type: ["integer", "null"], minimum: 0, default: 3 },
        tls: { type: "object", properties: { ca: { type: "string" } }, default: {}, additionalProperties: false },
        tags: { type: "array", items: { $ref: "#/$defs/name" }, uniqueItems: true, default: ["a"] },
        mode: { enum: ["fast", "safe"], default: "safe" },
        header: { type: "object", additionalProperties: { type: "string" }, propertyNames: { pattern: "^x-" } },
      },
      required: ["url"],
      anyOf: [{ required: ["url"] }, { not: { required: ["mode"] } }],
      dependentRequired: { mode: ["url"] },
    },
    open(params) {
      expectTypeOf(params.url).toEqualTypeOf<string>();
      expectTypeOf(params.retries).toEqualTypeOf<number | null>();
      expectTypeOf(params.mode).toEqualTypeOf<"fast" | "safe">();
      expectTypeOf(params.header).toEqualTypeOf<{ [name: string]: string } | undefined>();
      return store;
    },
  });
  expect(plugin.kind).toBe("store");
  // A schema that is only known at run time.
  const unknown: ParamsSchema = { type: "object" };
  expect(defineStore({ ...base, params: unknown }).params).toBe(unknown);
});

test("one type without parameters is enough where declarations are isolated: the params are inferred all the same", () => {
  const plugin: StorePlugin = defineStore({
    ...base,
    params: { type: "object", properties: { path: { type: "string", default: "." } } },
    open({ path }) {
      expectTypeOf(path).toEqualTypeOf<string>();
      return store;
    },
  });
  expect(plugin.apiVersion).toBe(1);
});
