import { runInNewContext } from "node:vm";
import { defineStore } from "@cloudmarker/store-api";
import { describe, expect, it } from "vitest";
import { messageOf } from "../src/errors.ts";
import { createHost, isCloudmarkerError } from "../src/index.ts";
import { Collector, watched } from "./support/collector.ts";

/** The value of an expression in a realm of its own, as a test runner or a sandbox makes them. */
function foreign<T>(expression: string): T {
  return runInNewContext(expression) as T;
}

describe("what comes from another realm (L-25)", () => {
  it.each([["open"], ["not open"]])("bytes are bytes, objects are objects, on a host that is %s", async (state) => {
    const { host, store } = watched();
    if (state === "open") await host.open();
    await host.write(foreign('Uint8Array.from([...`{"n":1}`].map((c) => c.charCodeAt(0)))'));
    await host.write(foreign("({ n: 2, when: new Date(0), map: new Map([['a', 1]]), empty: {}, none: null })"));
    await host.write(foreign("[{ n: 3 }]"));
    await host.write(foreign("({ raw: { n: 4 }, ext: {}, com: { record_type: 't' } })"));
    expect(await host.done()).toMatchObject({ ok: true, received: 4 });
    expect(store.raws).toEqual([
      { n: 1 },
      { n: 2, when: "1970-01-01T00:00:00.000Z", map: { a: 1 }, empty: {}, none: null },
      { n: 3 },
      { n: 4 },
    ]);
  });

  it("a configuration is read, not passed over for the default one", async () => {
    const { plugin } = new Collector();
    const config = foreign<Record<string, object>>("({ plugins: {}, audits: { a: { stores: ['x'] } }, run: ['a'] })");
    Object.assign(config["plugins"] ?? {}, {
      x: foreign<(plugin: unknown) => object>("(plugin) => ({ plugin })")(plugin),
    });
    const { stores, problems } = await createHost({ config }).inspect();
    expect(problems).toEqual([]);
    expect(stores.map(({ key }) => key)).toEqual(["x"]);
  });

  it("params are checked as plain objects", async () => {
    const plugin = defineStore({
      name: "p",
      apiVersion: 1,
      params: {
        type: "object",
        properties: {
          list: { type: "array" },
          deep: { type: "object", additionalProperties: true, properties: { x: { type: "integer", default: 7 } } },
        },
      },
      open: () => ({ write: () => undefined }),
    });
    const params = foreign<Record<string, unknown>>("({ list: [1], deep: { a: {} } })");
    const { stores, problems } = await createHost({ stores: { p: { plugin, params } } }).inspect();
    expect(problems).toEqual([]);
    expect(JSON.stringify(stores[0]?.params)).toBe('{"list":[1],"deep":{"a":{},"x":7}}');
    // A default is put into a copy, not into what the program gave.
    expect(JSON.stringify(params)).toBe('{"list":[1],"deep":{"a":{}}}');
  });

  it("an error has a text and a cause", () => {
    expect(messageOf(foreign("new TypeError('bad', { cause: new Error('worse') })"))).toBe("bad (worse)");
    expect(isCloudmarkerError(foreign("new Error('bad')"))).toBe(false);
  });

  it("what a store throws is reported with its own message", async () => {
    const plugin = defineStore({
      name: "p",
      apiVersion: 1,
      params: { type: "object" },
      open: () => ({ write: () => undefined, done: () => Promise.reject(foreign<Error>("new Error('disk is full')")) }),
    });
    const { host } = watched({ stores: { p: plugin } });
    expect((await host.done()).stores[0]?.problem?.message).toBe("p did not publish: disk is full");
  });

  it("a value that nests too deeply is refused with the reason", async () => {
    const { host } = watched();
    await host.write(foreign("(() => { let v = {}; for (let i = 0; i < 1e5; i++) v = { v }; return v; })()"));
    await host.write(foreign("({ toJSON() { return this.toJSON(); } })"));
    const { rejected, rejections } = await host.done();
    expect(rejected).toBe(2);
    for (const why of rejections) expect(why).toContain("It nests too deeply or is too long");
  });
});

it("an error with a status that some HTTP client gives it, thrown by open(), blocks the store and costs no record", async () => {
  let tries = 0;
  const records: unknown[] = [];
  const plugin = defineStore({
    name: "p",
    apiVersion: 1,
    params: { type: "object" },
    open: () => {
      if (++tries < 3) throw Object.assign(new Error("Request failed"), { status: 503, code: "ERR_BAD_RESPONSE" });
      return { write: (batch) => void records.push(...batch) };
    },
  });
  const delivery = { batch: { records: 1 }, retry: { min: 1, max: 5 } };
  const { host } = watched({ stores: { p: { plugin, delivery } } });
  const codes: string[] = [];
  host.hooks.store.tap("test", ({ hooks }) => hooks.blocked.tap("test", ({ code }) => void codes.push(code)));
  await host.write([{ n: 1 }]);
  const receipt = await host.done();
  expect(receipt).toMatchObject({ ok: true, stores: [{ written: 1 }] });
  expect(records).toHaveLength(1);
  expect(codes).toEqual(["open_failed"]);
});
