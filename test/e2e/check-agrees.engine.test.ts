// `check` says ok exactly where `write` delivers: on every real engine, with what makes the two easy to tell apart (L-40).
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

  test("a server that takes no index in the lines of a bulk request", async () => {
    const engine = await startEngine(name, { settings: { "rest.action.multi.allow_explicit_index": false } });
    onTestFinished(() => engine.stop());
    const params = { node: engine.url, index: "agree", mapping: "none" };
    // A node that has just started takes its time, and the first request is sent again.
    expect(await checkAndWrite(esstore, params, stateDir, 30_000)).toMatchObject({ check: true, write: true });
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
