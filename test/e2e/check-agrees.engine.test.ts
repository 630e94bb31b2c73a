// `check` says ok exactly where `write` delivers: on every real engine, with what makes the two easy to tell apart
// (L-40).
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import esstore from "@cloudmarker/esstore";
import mongodbstore from "@cloudmarker/mongodbstore";
import splunkhecstore from "@cloudmarker/splunkhecstore";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { describeEngine, sharedEngine, startEngine, uniqueName } from "../engines/index.ts";
import { checkAndWrite } from "../support/check-and-write.ts";

const stateDir = mkdtempSync(join(tmpdir(), "cloudmarker-agree-"));
afterAll(() => rmSync(stateDir, { recursive: true, force: true }));

const STRICT = {
  mappings: {
    dynamic: "strict",
    properties: Object.fromEntries(["raw", "ext", "com"].map((key) => [key, { type: "object", enabled: false }])),
  },
};

describeEngine(["elasticsearch", "opensearch"], "check agrees with write", (name) => {
  test.each([
    ["a managed mapping", {}, true],
    ["no mapping of ours", { mapping: "none" }, true],
    // The node of Elasticsearch has no module for data streams.
    ["data streams", { mode: "data_stream" }, name === "opensearch"],
  ] as const)("%s", async (_, more, works) => {
    const { url: node } = await sharedEngine(name);
    const params = { node, index: uniqueName("agree"), ...more };
    expect(await checkAndWrite(esstore, params, stateDir)).toMatchObject({ check: works, write: works });
  });

  test("a template of somebody else's in the way of ours", async () => {
    const { url: node } = await sharedEngine(name);
    const index = uniqueName("taken");
    const theirs = { index_patterns: [index], priority: 300 + index.length };
    const init = { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify(theirs) };
    expect((await fetch(`${node}_index_template/${index}`, init)).status).toBe(200);
    const found = await checkAndWrite(esstore, { node, index }, stateDir);
    expect(found).toMatchObject({ check: false, write: false, message: expect.stringContaining("`mapping: none`") });
    // What check asked has left nothing behind.
    expect((await fetch(`${node}_index_template/cloudmarker-${index}`)).status).toBe(404);
  });

  test.each([
    [
      "a closed index",
      [
        ["PUT", ""],
        ["POST", "/_close"],
      ],
      {},
      "index_closed_exception",
    ],
    ["index.blocks.write", [["PUT", "", { settings: { "index.blocks.write": true } }]], {}, "cluster_block_exception"],
    [
      "index.blocks.read_only",
      [
        ["PUT", ""],
        ["PUT", "/_settings", { "index.blocks.read_only": true }],
      ],
      {},
      "cluster_block_exception",
    ],
    ["a strict mapping", [["PUT", "", STRICT]], {}, "strict_dynamic_mapping_exception"],
    ["a strict mapping, and no @timestamp", [["PUT", "", STRICT]], { timestamp: false }, "ok"],
    [
      "no pipeline of that name",
      [],
      { pipeline: "no-such-pipeline" },
      // The node of OpenSearch has no module for pipelines, and takes no records with one.
      name === "opensearch" ? ["illegal_argument_exception", "server_error"] : "illegal_argument_exception",
    ],
    ["no alias of that name", [["PUT", ""]], { require_alias: true }, "index_not_found_exception"],
    ["an alias", [["PUT", "-1", (alias: string) => ({ aliases: { [alias]: {} } })]], { require_alias: true }, "ok"],
    [
      "an alias of two indices, none for writing",
      [
        ["PUT", "-1", (alias: string) => ({ aliases: { [alias]: {} } })],
        ["PUT", "-2", (alias: string) => ({ aliases: { [alias]: {} } })],
      ],
      {},
      "illegal_argument_exception",
    ],
  ] as const)("%s", async (_, there, more, code) => {
    const { url: node } = await sharedEngine(name);
    const index = uniqueName("state");
    for (const [method, path, body] of there) {
      const given = typeof body === "function" ? body(index) : body;
      const init = {
        method,
        headers: { "content-type": "application/json" },
        ...(given && { body: JSON.stringify(given) }),
      };
      // oxlint-disable-next-line no-await-in-loop -- in this order
      expect((await fetch(node + index + path, init)).status).toBe(200);
    }
    const found = await checkAndWrite(esstore, { node, index, ...more }, stateDir);
    const [check, write] = typeof code === "string" ? [code, code] : code;
    expect(found.codes).toEqual({ check, write });
    // An index that is left read-only could not be removed.
    const init = { method: "PUT", headers: { "content-type": "application/json" } };
    await fetch(`${node}${index}/_settings`, {
      ...init,
      body: '{"index.blocks.read_only":null,"index.blocks.write":null}',
    });
  });

  test("a server that makes no indices by itself", async () => {
    const engine = await startEngine(name, { settings: { "action.auto_create_index": "-agree*,+other*" } });
    onTestFinished(() => engine.stop());
    const deadlineMs = 30_000;
    const missing = await checkAndWrite(esstore, { node: engine.url, index: "agree" }, stateDir, { deadlineMs });
    expect(missing.codes).toEqual({ check: "index_not_found_exception", write: "index_not_found_exception" });
    const made = await checkAndWrite(esstore, { node: engine.url, index: "other" }, stateDir, { deadlineMs });
    expect(made.codes).toEqual({ check: "ok", write: "ok" });
  });

  test("a server that takes no index in the lines of a bulk request", async () => {
    const engine = await startEngine(name, { settings: { "rest.action.multi.allow_explicit_index": false } });
    onTestFinished(() => engine.stop());
    const params = { node: engine.url, index: "agree", mapping: "none" };
    // A node that has just started takes its time, and the first request is sent again.
    expect(await checkAndWrite(esstore, params, stateDir, { deadlineMs: 30_000 })).toMatchObject({
      check: true,
      write: true,
    });
  });
});

describeEngine("victorialogs", "check agrees with write", (name) => {
  test.each([
    ["no mapping of ours", { mapping: "none" }, true],
    ["a managed mapping, which it does not have", {}, false],
  ] as const)("Elasticsearch's protocol, %s", async (_, more, works) => {
    const node = `${(await sharedEngine(name)).url}insert/elasticsearch`;
    expect(await checkAndWrite(esstore, { node, ...more }, stateDir)).toMatchObject({ check: works, write: works });
  });

  test("Splunk's protocol", async () => {
    const uri = `${(await sharedEngine(name)).url}insert/splunk`;
    const found = await checkAndWrite(splunkhecstore, { uri, token: "any" }, stateDir);
    expect(found).toMatchObject({ check: true, write: true });
  });

  test("Splunk's protocol at a wrong path", async () => {
    const uri = `${(await sharedEngine(name)).url}insert/elasticsearch`;
    const found = await checkAndWrite(splunkhecstore, { uri, token: "any" }, stateDir);
    expect(found).toMatchObject({ check: false, write: false });
  });
});

describeEngine("hec", "check agrees with write", (name) => {
  test("a collector", async () => {
    const params = { uri: (await sharedEngine(name)).url, token: "any" };
    expect(await checkAndWrite(splunkhecstore, params, stateDir)).toMatchObject({ check: true, write: true });
  });
});

describeEngine(["ferretdb", "mongo-java"], "check agrees with write", (name) => {
  test("a collection", async () => {
    const params = { uri: (await sharedEngine(name)).url, db: "agree", collection: uniqueName("agree") };
    expect(await checkAndWrite(mongodbstore, params, stateDir)).toMatchObject({ check: true, write: true });
  });

  test("more members are wanted than there are", async () => {
    const { url: uri } = await sharedEngine(name);
    const params = { uri, db: "agree", collection: uniqueName("agree"), write_concern: { w: 2 } };
    const { check, write } = await checkAndWrite(mongodbstore, params, stateDir);
    expect({ check }).toEqual({ check: write });
  });
});

describeEngine(
  ["elasticsearch", "opensearch", "ferretdb", "mongo-java", "hec", "victorialogs"],
  "the wrong store",
  (name) => {
    test.each(["esstore", "mongodbstore", "splunkhecstore"] as const)("%s agrees with itself", async (store) => {
      const { port } = await sharedEngine(name);
      const http = `http://127.0.0.1:${port}`;
      const plugins = {
        esstore: [esstore, { node: http, index: uniqueName("wrong"), request_timeout: 1000 }],
        mongodbstore: [mongodbstore, { host: "127.0.0.1", port, server_selection_timeout: 500 }],
        splunkhecstore: [splunkhecstore, { uri: http, token: "any", request_timeout: 1000 }],
      } as const;
      const [plugin, params] = plugins[store];
      const { check, write } = await checkAndWrite(plugin, params, stateDir);
      expect({ check }).toEqual({ check: write });
    });
  },
);
