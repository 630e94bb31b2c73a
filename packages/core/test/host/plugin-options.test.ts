import { mkdtemp, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type StorePlugin, defineStore } from "@cloudmarker/store-api";
import { describe, expect, it } from "vitest";
import { type Explained, createHost } from "../../src/index.ts";

describe("what a plugin may report about its params", () => {
  const params = {
    type: "object",
    properties: { size: { type: "integer", default: 7 }, limit: { type: "integer", default: 9 } },
  } as const;
  const picky = (more: object = {}): StorePlugin =>
    defineStore({
      name: "picky",
      apiVersion: 1,
      params,
      batch: { records: 5, bytes: 500 },
      validate: ({ size, limit }) => (size > limit ? [{ path: ["size"], message: "size is above limit." }] : []),
      batchFor: ({ size }) => ({ records: size, concurrency: 3 }),
      open: () => ({ write: () => undefined }),
      ...more,
    }) as unknown as StorePlugin;

  it("what the schema cannot say is a problem of the configuration, with its place", async () => {
    const host = createHost({ stores: { x: { plugin: picky(), params: { size: 10 } } } });
    expect((await host.inspect()).problems).toMatchObject([
      { message: "size is above limit.", path: ["plugins", "x", "params", "size"] },
    ]);
    await expect(host.open()).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });

  it("validate is asked about the params without those that the schema refuses, so that all mistakes are told", async () => {
    const asked: unknown[] = [];
    const plugin = picky({
      validate: (given: unknown) => {
        asked.push(given);
        return [
          { path: [], message: "Another mistake." },
          { path: [], message: "size is missing." },
        ];
      },
    });
    const host = createHost({ stores: { x: { plugin, params: { size: "a" } } } });
    const { problems } = await host.inspect();
    expect(problems.map(({ code }) => code)).toEqual(["type", "invalid"]);
    expect(asked).toEqual([{ size: 7, limit: 9 }]);
  });

  it("a store that must get nothing twice has no journal: neither by its own settings nor by those for all", async () => {
    const once = { guarantee: "at-most-once" } as const;
    const plugin = picky();
    const own = createHost({ stores: { x: { plugin, delivery: { ...once, spool: true } } } });
    expect((await own.inspect()).problems).toMatchObject([
      {
        code: "spool",
        path: ["plugins", "x", "delivery", "spool"],
        message: expect.stringContaining('"x" has delivery.guarantee: at-most-once'),
      },
    ]);
    const config = {
      plugins: { x: { plugin, delivery: once }, y: { plugin } },
      audits: { a: { stores: ["x", "y"] } },
      run: ["a"],
      delivery: { spool: true },
    };
    const shared = createHost({ config });
    expect((await shared.inspect()).problems).toMatchObject([{ code: "spool", path: ["delivery", "spool"] }]);
    const x = { plugin, delivery: { ...once, spool: "auto" } } as const;
    const repaired = createHost({ config: { ...config, plugins: { ...config.plugins, x } } });
    expect((await repaired.inspect()).problems).toEqual([]);
  });

  it("a store that cannot keep the order is never ordered: neither by its own settings nor by those for all", async () => {
    const plugin = picky({ supports: { ordered: false } });
    const own = createHost({ stores: { x: { plugin, delivery: { ordered: true } } } });
    expect((await own.inspect()).problems).toMatchObject([
      {
        code: "ordered",
        path: ["plugins", "x", "delivery", "ordered"],
        message: expect.stringContaining('"x" cannot keep records in their order'),
      },
    ]);
    const all = {
      plugins: { x: { plugin }, y: { plugin: picky() } },
      audits: { a: { stores: ["x", "y"] } },
      run: ["a"],
    };
    const shared = createHost({ config: { ...all, delivery: { ordered: true } } });
    expect((await shared.inspect()).problems).toMatchObject([{ code: "ordered", path: ["delivery", "ordered"] }]);
    const [x, y] = [{ plugin, delivery: { ordered: false } }, { plugin: picky() }];
    const repaired = createHost({ config: { ...all, plugins: { x, y }, delivery: { ordered: true } } });
    expect((await repaired.inspect()).problems).toEqual([]);
  });

  it("the batch that they give takes precedence over the plugin's advice, but not over the user's setting", async () => {
    const delivery = { concurrency: 1 };
    const host = createHost({ stores: { x: { plugin: picky() }, y: { plugin: picky(), delivery } } });
    expect((await host.inspect()).stores.map((store) => store.delivery)).toMatchObject([
      { batchRecords: 7, batchBytes: 500, concurrency: 3 },
      { batchRecords: 7, batchBytes: 500, concurrency: 1 },
    ]);
  });
});

describe("explain", () => {
  it("describes every batch as it would be cut, opens nothing and leaves nothing behind", async () => {
    const explained: Explained[] = [];
    const stateDir = await mkdtemp(join(tmpdir(), "cloudmarker-host-"));
    const telling = defineStore({
      name: "telling",
      apiVersion: 1,
      params: { type: "object" },
      batch: { records: 2 },
      open: () => {
        throw new Error("opened");
      },
      explain: (batch, _params, { key }) => [
        { method: "PUT", url: key, body: batch.map(({ json }) => json).join("\n"), records: batch.length },
      ],
    });
    const silent = defineStore({ name: "silent", apiVersion: 1, params: { type: "object" }, open: telling.open });
    const failing = { ...telling, explain: () => Promise.reject(new Error("no certificate")) };
    const stores = { telling, silent, failing } as unknown as Record<string, StorePlugin>;
    const host = createHost({ stores, stateDir, run: "r", explain: (one) => explained.push(one) });
    await host.write([{ n: 1 }, { n: 2 }, { n: 3 }]);
    await host.done();
    const of = (name: string) => explained.filter(({ store }) => store === name);
    expect(of("telling")).toMatchObject([
      { records: 2, plugin: "telling", requests: [{ method: "PUT", url: "telling", records: 2 }] },
      { records: 1 },
    ]);
    expect(of("telling")[1]?.requests?.[0]?.body).toMatch(/^\{"raw":\{"n":3\},"ext":\{\},"com":/);
    expect(of("silent")).toMatchObject([{ records: 3, requests: undefined }]);
    expect(of("failing")).toMatchObject([{ requests: [], problem: "no certificate" }, { problem: "no certificate" }]);
    expect(await readdir(stateDir)).toEqual([]);
  });
});
