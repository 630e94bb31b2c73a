import { defineStore, defineTap } from "@cloudmarker/store-api";
import { describe, expect, test } from "vitest";

import { checkShape } from "../../src/plugins/check-shape.ts";
import { loadPlugin } from "../../src/plugins/load-plugin.ts";

const plain = { kind: "store", name: "x", apiVersion: 1, params: { type: "object" }, open: () => ({ write() {} }) };

function problems(exported: unknown): readonly string[] {
  const result = checkShape(exported);
  return "problems" in result ? result.problems : [];
}

describe("checkShape", () => {
  test("takes results of defineStore and defineTap as new objects made of the checked values", () => {
    const params = { type: "object", properties: { a: {} } } as const;
    const store = defineStore({ name: "s", className: "S", apiVersion: 1, params, open: () => ({ write() {} }) });
    const tap = defineTap({ name: "t", apiVersion: 1, params, apply() {} });
    expect(checkShape(store)).toEqual({ plugin: { ...store, open: expect.any(Function) } });
    expect(checkShape({ default: tap })).toEqual({ plugin: { ...tap, apply: expect.any(Function) } });
  });

  test("a plain object, and an instance of a class, get defaults for what they do not declare", () => {
    class Plugin {
      readonly kind = "store";
      readonly name = "c";
      readonly apiVersion = 1;
      readonly params = { type: "object" };
      readonly #answer = { write() {} };
      open(): object {
        return this.#answer;
      }
    }
    for (const candidate of [plain, new Plugin()]) {
      const result = checkShape(candidate);
      if (!("plugin" in result) || result.plugin.kind !== "store") throw new Error("no store");
      expect(result.plugin).toMatchObject({ supports: {}, batch: {} });
      expect(result.plugin.open({}, {} as never)).toHaveProperty("write");
    }
  });

  test.each([
    [() => plain, "it exports a function and not what defineStore(…) or defineTap(…) returns"],
    [Promise.resolve(plain), "it exports a promise and not what defineStore(…) or defineTap(…) returns"],
    [null, "it exports null and not what defineStore(…) or defineTap(…) returns"],
    ["x", 'it exports "x" and not what defineStore(…) or defineTap(…) returns'],
    [{}, "it exports nothing and no default that defineStore(…) or defineTap(…) has made"],
    [{ store: plain, tap: {} }, "it exports store, tap and no default that defineStore(…) or defineTap(…) has made"],
    [{ ...plain, kind: "cloud" }, 'kind is "cloud" and must be "store" or "tap"'],
    [{ ...plain, kind: undefined }, 'kind is missing and must be "store" or "tap"'],
    [{ ...plain, kind: "tap" }, "apply is missing and must be a function"],
    [{ ...plain, apiVersion: "1" }, 'apiVersion is "1" and must be 1'],
    [{ ...plain, params: [] }, "params is a list and must be an object, the JSON Schema of the params"],
    [{ ...plain, batch: 5 }, "batch is 5 and must be an object"],
    [{ ...plain, className: 1 }, "className is 1 and must be a text"],
    [
      { ...plain, apiVersion: 0, params: 1 },
      "it is written for version 0 of the store contract and this host knows version 1: update the plugin",
    ],
  ])("%o is not a plugin", (exported, problem) => {
    expect(problems(exported)).toEqual([problem]);
  });
});

test("a plugin object from an embedding tool goes through the same check", async () => {
  const loaded = await loadPlugin({ ref: plain, directory: "/", allow: [] });
  expect(loaded).toMatchObject({ ref: "x", apiVersion: 1, plugin: { kind: "store", supports: {} } });
  expect(loaded.path).toBeUndefined();
  await expect(loadPlugin({ ref: { name: "y" }, directory: "/" })).rejects.toMatchObject({
    code: "PLUGIN_SHAPE_INVALID",
    message: 'Plugin "y": it exports name and no default that defineStore(…) or defineTap(…) has made.',
  });
});
