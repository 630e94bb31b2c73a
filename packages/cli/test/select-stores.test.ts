import { describe, expect, test } from "vitest";
import { selectStores } from "../src/select-stores.ts";

const config = {
  plugins: { archive: { plugin: "filestore", params: { path: "/a", format: "json" }, delivery: { concurrency: 2 } } },
  audits: { nightly: { stores: ["archive"] } },
  run: ["nightly"],
};

describe("--store and --param", () => {
  test("without --store the configuration stays as it is", () => {
    expect(selectStores({})).toBeUndefined();
  });

  test("a plugin that no configuration knows becomes a store of its own", () => {
    const rewrite = selectStores({ store: ["splunkhecstore"], param: ["index=main", "batch=5", "tls.verify=false"] });
    expect(rewrite?.({})).toEqual({
      plugins: {
        splunkhecstore: { plugin: "splunkhecstore", params: { index: "main", batch: 5, tls: { verify: false } } },
      },
      audits: { default: { stores: ["splunkhecstore"] } },
      run: ["default"],
    });
  });

  test("a key of the configuration keeps its params and its delivery, and --param goes over them", () => {
    const rewrite = selectStores({ store: ["archive"], param: ["format=ndjson"], audit: "adhoc" });
    expect(rewrite?.(config)).toEqual({
      plugins: {
        archive: { plugin: "filestore", params: { path: "/a", format: "ndjson" }, delivery: { concurrency: 2 } },
      },
      audits: { adhoc: { stores: ["archive"] } },
      run: ["adhoc"],
    });
    expect(config.plugins.archive.params.format).toBe("json");
  });

  test("an audit of the configuration keeps what tells its records apart: those that come again have the same ids (ES-07)", () => {
    const audits = { nightly: { stores: ["archive"], id: "/raw/id" } };
    const rewrite = selectStores({ store: ["web"], audit: "nightly" });
    expect(rewrite?.({ ...config, audits })).toMatchObject({ audits: { nightly: { stores: ["web"], id: "/raw/id" } } });
  });

  test("a path is known by the name of its file", () => {
    const rewrite = selectStores({ store: ["./stores/my-store.ts"] });
    expect(rewrite?.({}).plugins).toEqual({ "my-store": { plugin: "./stores/my-store.ts", params: {} } });
  });

  test("values are JSON where they parse and text where not", () => {
    const rewrite = selectStores({ store: ["s"], param: ['a="5"', "b=[1]", "c=a=b", "d=", "e=null", "__proto__.x=1"] });
    expect(JSON.stringify(rewrite?.({}).plugins)).toBe(
      '{"s":{"plugin":"s","params":{"a":"5","b":[1],"c":"a=b","d":"","e":null,"__proto__":{"x":1}}}}',
    );
  });

  test("with several stores a param says for which", () => {
    const rewrite = selectStores({ store: ["a", "b"], param: ["a.x=1", "b.x.y=2"] });
    expect(rewrite?.({}).plugins).toMatchObject({ a: { params: { x: 1 } }, b: { params: { x: { y: 2 } } } });
    expect(() => selectStores({ store: ["a", "b"], param: ["x=1"] })).toThrow(
      "--param x does not say for which store.",
    );
  });

  test.each([
    [{ param: ["a=1"] }, "--param needs --store."],
    [{ store: ["a", "a"] }, "--store a is given twice."],
    [{ store: ["a"], param: ["x"] }, "--param x is not of the form key=value."],
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
