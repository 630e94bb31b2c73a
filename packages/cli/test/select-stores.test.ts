import { describe, expect, test } from "vitest";
import { WrittenScalar } from "@cloudmarker/core";
import { selectStores } from "../src/select-stores.ts";

const config = {
  plugins: { archive: { plugin: "filestore", params: { path: "/a", format: "json" }, delivery: { concurrency: 2 } } },
  audits: { nightly: { stores: ["archive"] } },
  run: ["nightly"],
};

/** Without the texts that numbers, true and false were written as. */
const valuesOf = (plugins: unknown): unknown => JSON.parse(JSON.stringify(plugins));

describe("--store and --param", () => {
  test("without --store the configuration stays as it is", () => {
    expect(selectStores({})).toBeUndefined();
  });

  test("a plugin that no configuration knows becomes a store of its own", () => {
    const rewrite = selectStores({ store: ["splunkhecstore"], param: ["index=main", "batch=5", "tls.verify=false"] });
    expect(valuesOf(rewrite?.({}))).toEqual({
      plugins: {
        splunkhecstore: { plugin: "splunkhecstore", params: { index: "main", batch: 5, tls: { verify: false } } },
      },
      audits: { default: { stores: ["splunkhecstore"] } },
      run: ["default"],
    });
  });

  test("a key of the configuration keeps its params and its delivery, and --param takes precedence", () => {
    const rewrite = selectStores({ store: ["archive"], param: ["format=ndjson"], audit: "adhoc" });
    expect(valuesOf(rewrite?.(config))).toEqual({
      plugins: {
        archive: { plugin: "filestore", params: { path: "/a", format: "ndjson" }, delivery: { concurrency: 2 } },
      },
      audits: { adhoc: { stores: ["archive"] } },
      run: ["adhoc"],
    });
    expect(config.plugins.archive.params.format).toBe("json");
  });

  test("an audit of the configuration keeps its identity pointers: a repeated record has the same id (ES-07)", () => {
    const audits = { nightly: { stores: ["archive"], id: "/raw/id" } };
    const rewrite = selectStores({ store: ["web"], audit: "nightly" });
    expect(rewrite?.({ ...config, audits })).toMatchObject({ audits: { nightly: { stores: ["web"], id: "/raw/id" } } });
  });

  test("a path is known by the name of its file", () => {
    const rewrite = selectStores({ store: ["./stores/my-store.ts"] });
    expect(rewrite?.({}).plugins).toEqual({ "my-store": { plugin: "./stores/my-store.ts", params: {} } });
  });

  test("a value that parses is JSON, any other is text", () => {
    const rewrite = selectStores({ store: ["s"], param: ['a="5"', "b=[1]", "c=a=b", "d=", "e=null", "__proto__.x=1"] });
    expect(JSON.stringify(rewrite?.({}).plugins)).toBe(
      '{"s":{"plugin":"s","params":{"a":"5","b":[1],"c":"a=b","d":"","e":null,"__proto__":{"x":1}}}}',
    );
  });

  test("numbers, true and false keep the text that they were written as (L-46)", () => {
    const rewrite = selectStores({
      store: ["s"],
      param: ["a= 1e3", 'b=[1.0, {"c": true}]', "d.e=12345678901234567890"],
    });
    expect(rewrite?.({}).plugins).toEqual({
      s: {
        plugin: "s",
        params: {
          a: new WrittenScalar(1000, " 1e3"),
          b: [new WrittenScalar(1, "1.0"), { c: new WrittenScalar(true, "true") }],
          d: { e: new WrittenScalar(Number("12345678901234567890"), "12345678901234567890") },
        },
      },
    });
    expect(valuesOf(selectStores({ store: ["s"], param: ["a=1", "a.b=2"] })?.({}).plugins)).toEqual({
      s: { plugin: "s", params: { a: { b: 2 } } },
    });
  });

  test("with several stores a param says for which", () => {
    const rewrite = selectStores({ store: ["a", "b"], param: ["a.x=1", "b.x.y=2"] });
    expect(valuesOf(rewrite?.({}).plugins)).toMatchObject({ a: { params: { x: 1 } }, b: { params: { x: { y: 2 } } } });
    expect(() => selectStores({ store: ["a", "b"], param: ["x=1"] })).toThrow(
      "--param x does not say for which store.",
    );
  });

  test.each([
    [{ param: ["a=1"] }, "--param needs --store."],
    [{ store: ["a", "a"] }, "--store a is given twice."],
    [{ store: ["a"], param: ["x"] }, "--param number 1 is not of the form key=value."],
  ])("%j is refused", (options, message) => {
    expect(() => selectStores(options)).toThrow(message);
  });

  test("a param that nests deeper than calls can is a usage error (L-18)", () => {
    const deep = `${"[".repeat(40_000)}${"]".repeat(40_000)}`;
    for (const param of [`x=${deep}`, `${"a.".repeat(40_000)}b=1`]) {
      expect(() => selectStores({ store: ["s"], param: [param] })).toThrow(
        /^--param \S+ nests deeper than 100 levels\.$/u,
      );
    }
    const near = `${"[".repeat(99)}${"]".repeat(99)}`;
    expect(selectStores({ store: ["s"], param: [`x=${near}`] })?.({})).toBeTruthy();
  });
});
