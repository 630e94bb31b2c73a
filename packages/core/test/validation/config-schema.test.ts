import type { ParamsSchema } from "@cloudmarker/store-api";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { describe, expect, it } from "vitest";

import { configSchema } from "../../src/config/config-schema.ts";

const filestore: ParamsSchema = {
  $id: "https://example.org/params",
  type: "object",
  properties: {
    path: { type: "string", default: "/tmp/cloudmarker" },
    format: { enum: ["json", "ndjson"] },
    mode: { $ref: "#/$defs/mode" },
    placed: { $ref: "#/$defs/placeholder" },
  },
  $defs: {
    mode: { $anchor: "m", type: "integer" },
    placeholder: { type: "object", required: ["here"], properties: { here: {} } },
  },
};

const legacy: ParamsSchema = {
  $schema: "http://json-schema.org/draft-07/schema#",
  $id: "https://example.org/params",
  type: "object",
  properties: {
    node: { type: "string", format: "uri" },
    pair: { type: "array", items: [{ type: "string" }], additionalItems: false },
    mode: { $ref: "#/definitions/mode" },
    auth: {
      type: "object",
      discriminator: { propertyName: "kind" },
      oneOf: [
        { properties: { kind: { const: "basic" }, user: { type: "string" } }, required: ["kind", "user"] },
        { properties: { kind: { const: "none" } }, required: ["kind"] },
      ],
    },
  },
  definitions: { mode: { type: "string" } },
  required: ["node"],
  dependencies: { pair: ["mode"] },
};

const schema = configSchema([
  { refs: ["@cloudmarker/filestore"], keys: ["filestore"], plugin: { name: "filestore", params: filestore } },
  { plugin: { name: "esstore", params: legacy } },
]);
const ajv = new Ajv2020({
  strict: true,
  strictRequired: false,
  strictTypes: false,
  strictTuples: false,
  allErrors: true,
});
formats.default(ajv);
const validate = ajv.compile(schema);
const errorsOf = (value: unknown): unknown[] => (validate(value) ? [] : (validate.errors ?? []));
const store = (plugin: string, params?: object): object => ({ plugins: { x: { plugin, ...(params && { params }) } } });
const es = (params: object): object => store("esstore", { node: "http://localhost:9200", ...params });

describe("one schema for the whole configuration", () => {
  it.each([
    ["nothing", {}],
    [
      "everything",
      {
        plugins: {
          archive: {
            plugin: "filestore",
            params: { path: "~/x", format: "ndjson" },
            delivery: { batch: { records: 5, age: "500ms" } },
          },
          search: { plugin: "esstore", params: { node: "https://es.example:9200" } },
        },
        audits: { nightly: { stores: ["archive", "search"], id: ["/raw/id"] } },
        run: ["nightly"],
        delivery: {
          queue: { bytes: "16MiB" },
          deadline: 60_000,
          retry: { min: "1s", max: "${MAX:-60s}" },
          ordered: false,
        },
        spool: { commit: "200ms", max_bytes: "4GiB", reserve_bytes: 0, when_full: "dead_letter" },
        state: { keep: "90d", max_bytes: "1TiB" },
        state_dir: "/var/lib/x",
        state_dir_unsafe: false,
        markers: true,
      },
    ],
    [
      "a file of the predecessor",
      { logger: {}, schedule: "12:00", audits: { a: { clouds: ["c"], stores: ["f"], events: [], alerts: [] } } },
    ],
    ["a plugin that is not installed", store("./mine.ts", { anything: [1] })],
    ["a plugin without needs, without params", store("filestore")],
    ["another ref of a plugin", store("@cloudmarker/filestore", { mode: 1 })],
    ["placeholders in plain params", store("filestore", { mode: "${MODE}", format: "${FORMAT:-json}" })],
    ["a placeholder for a URL", store("esstore", { node: "${NODE}" })],
    ["a class path of the predecessor", store("cloudmarker.stores.filestore.FileStore", { path: "x" })],
    ["a key of the base configuration", { plugins: { filestore: { params: { path: "x" } } } }],
    ["that key for another plugin", { plugins: { filestore: { plugin: "./mine.ts", params: { any: 1 } } } }],
    [
      "definitions of two plugins with one name and one id",
      {
        plugins: {
          a: { plugin: "filestore", params: { mode: 1 } },
          b: { plugin: "esstore", params: { node: "a:b", mode: "x" } },
        },
      },
    ],
    ["a plugin's definition with a name of ours", store("filestore", { placed: { here: 1 } })],
    ["a draft-07 tuple", es({ pair: ["a"], mode: "x" })],
    ["a branch", es({ auth: { kind: "basic", user: "u" } })],
  ])("accepts %s", (_, value) => {
    expect(errorsOf(value)).toEqual([]);
  });

  it.each([
    ["an unknown key at the top", { plguins: {} }],
    ["an unknown key of a store", { plugins: { x: { plugin: "filestore", parms: {} } } }],
    ["an unknown param", store("filestore", { pth: "x" })],
    ["an unknown param under another ref", store("@cloudmarker/filestore", { pth: "x" })],
    ["an unknown param under a class path", store("cloudmarker.stores.filestore.FileStore", { pth: "x" })],
    ["an unknown param under a base key", { plugins: { filestore: { params: { pth: "x" } } } }],
    ["a wrong value", store("filestore", { format: "jsno" })],
    ["a definition of the other plugin", store("filestore", { mode: "x" })],
    ["a wrong value of the other plugin", es({ mode: 1 })],
    ["a plugin's own definition broken", store("filestore", { placed: {} })],
    ["params that are needed", store("esstore")],
    ["a required param", store("esstore", {})],
    ["a draft-07 tuple that is too long", es({ pair: ["a", "b"], mode: "x" })],
    ["a draft-07 dependency", es({ pair: ["a"] })],
    ["a branch that lacks a key", es({ auth: { kind: "basic" } })],
    ["a placeholder for a tag", es({ auth: { kind: "${KIND}" } })],
    ["a bad duration", { delivery: { timeout: "60 parsecs" } }],
    ["a bad size", { delivery: { queue: { bytes: "5 elephants" } } }],
    ["stores that are not a list", { audits: { a: { stores: "x" } } }],
  ])("refuses %s", (_, value) => {
    expect(errorsOf(value)).not.toEqual([]);
  });

  it("works with no plugin at all", () => {
    expect(new Ajv2020().compile(configSchema([]))(store("x", { y: 1 }))).toBe(true);
  });

  it("describes every key that it offers", () => {
    const offered = Object.entries(schema.properties as Record<string, { description?: string; $ref?: string }>);
    expect(offered.filter(([, { description, $ref }]) => !description && !$ref)).toEqual([]);
  });
});
