// A proxy takes the connection and says nothing, once: what follows must not wait for it for ever.
import esstore from "@cloudmarker/esstore";
import splunkhecstore from "@cloudmarker/splunkhecstore";
import type { StorePlugin, StoreReceipt } from "@cloudmarker/store-api";
import { expect, onTestFinished, test } from "vitest";
import { startElasticsearch } from "../servers/elasticsearch/server.ts";
import { startProxy } from "../servers/proxy.ts";
import { startSplunk } from "../servers/splunk/server.ts";
import { send } from "./send.ts";

/** URL of a proxy that does not answer until it is told to. */
async function proxyUrl(answers: () => boolean): Promise<string> {
  const { host, stop } = await startProxy(() => (answers() ? "connect" : "ignore"));
  onTestFinished(stop);
  return `http://${host}`;
}

async function deliverOne(plugin: StorePlugin, params: object, deadline: string): Promise<StoreReceipt> {
  const delivery = { deadline, timeout: "500ms", retry: { min: "100ms", max: "500ms" } };
  return (await send(plugin, { ...params }, [{ seq: 1 }], delivery)).receipt;
}

test("a proxy that did not answer the first time is asked again (ES-32, HEC-40)", async () => {
  await using elasticsearch = await startElasticsearch();
  await using splunk = await startSplunk({ tokens: { "t-1": { useAck: false } } });
  let asked = 0;
  const proxy = await proxyUrl(() => ++asked > 2);
  const receipts = await Promise.all([
    deliverOne(esstore as unknown as StorePlugin, { node: elasticsearch.url, request_timeout: 300, proxy }, "30s"),
    deliverOne(splunkhecstore as unknown as StorePlugin, { uri: splunk.url, token: "t-1", proxy }, "30s"),
  ]);
  expect(receipts).toMatchObject([
    { plugin: "esstore", written: 1 },
    { plugin: "splunkhecstore", written: 1 },
  ]);
});

test.each(["http://es.example:9200", "https://es.example:9200"])(
  "esstore closes while a proxy does not answer, %s (SC-32)",
  async (node) => {
    const proxy = await proxyUrl(() => false);
    const receipt = await deliverOne(esstore as unknown as StorePlugin, { node, proxy }, "1s");
    // A store that does not close in its time would be the problem.
    expect(receipt).toMatchObject({ deadLettered: 1, reasons: [{ code: "deadline" }] });
    expect(receipt.problem).toBeUndefined();
  },
);
