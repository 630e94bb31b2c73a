// A proxy takes the connection and says nothing, once: what follows must not wait for it for ever.
import esstore from "@cloudmarker/esstore";
import splunkhecstore from "@cloudmarker/splunkhecstore";
import { createHost } from "@cloudmarker/core";
import type { StorePlugin, StoreReceipt } from "@cloudmarker/store-api";
import { mkdtempSync, rmSync } from "node:fs";
import { type IncomingMessage, createServer } from "node:http";
import { type AddressInfo, type Socket, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startElasticsearch } from "../servers/elasticsearch/server.ts";
import { startSplunk } from "../servers/splunk/server.ts";

/** A proxy that does not answer until it is told to; its URL. */
async function startProxy(answers: () => boolean): Promise<string> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on("error", () => socket.destroy());
  };
  const server = createServer();
  server.on("connect", ({ url = "" }: IncomingMessage, client: Socket) => {
    keep(client);
    if (!answers()) return;
    const [host = "", port] = url.split(":");
    const target = connect(Number(port), host, () => {
      client.write("HTTP/1.1 200 OK\r\n\r\n");
      client.pipe(target).pipe(client);
    });
    keep(target);
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function deliverOne(plugin: StorePlugin, params: object, deadline: string): Promise<StoreReceipt | undefined> {
  const stateDir = mkdtempSync(join(tmpdir(), "cloudmarker-proxy-"));
  onTestFinished(() => rmSync(stateDir, { recursive: true, force: true }));
  const delivery = { deadline, timeout: "500ms", retry: { min: "100ms", max: "500ms" } };
  const host = createHost({ stores: { target: { plugin, params: { ...params }, delivery } }, stateDir });
  await host.write([{ seq: 1 }]);
  return (await host.done()).stores[0];
}

test("a proxy that did not answer the first time is asked again (ES-32, HEC-40)", async () => {
  await using elasticsearch = await startElasticsearch();
  await using splunk = await startSplunk({ tokens: { "t-1": { useAck: false } } });
  let asked = 0;
  const proxy = await startProxy(() => ++asked > 2);
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
    const proxy = await startProxy(() => false);
    const receipt = await deliverOne(esstore as unknown as StorePlugin, { node, proxy }, "1s");
    // A store that does not close in its time would be the problem.
    expect(receipt).toMatchObject({ deadLettered: 1, reasons: [{ code: "deadline" }] });
    expect(receipt?.problem).toBeUndefined();
  },
);
