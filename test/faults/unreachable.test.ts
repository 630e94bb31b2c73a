// Who is to blame where no connection comes about, and what that means for the records.
import esstore from "@cloudmarker/esstore";
import splunkhecstore from "@cloudmarker/splunkhecstore";
import type { StorePlugin } from "@cloudmarker/store-api";
import type { Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { startPort } from "../servers/port.ts";
import { send } from "./send.ts";

test.each([
  ["resets", (socket: Socket): void => void socket.resetAndDestroy()],
  ["closes", (socket: Socket): void => void socket.end()],
] as const)("at-most-once waits for a load balancer that %s every connection (HEC-23, HEC-40)", async (_how, end) => {
  const { port, stop } = await startPort(end);
  onTestFinished(stop);
  const params = { uri: `https://127.0.0.1:${port}`, token: "t-1" };
  const { receipt, letters } = await send(splunkhecstore as unknown as StorePlugin, params, [{ seq: 1 }], {
    deadline: "1s",
    guarantee: "at-most-once",
  });
  // Nothing was sent, so that nothing is in doubt.
  expect(receipt.retries).toBeGreaterThan(1);
  expect(letters).toMatchObject([{ code: "deadline" }]);
});

test.each([
  ["esstore", esstore as unknown as StorePlugin, { node: "https://es.example:9200" }],
  ["splunkhecstore", splunkhecstore as unknown as StorePlugin, { uri: "https://splunk.example:8088", token: "t-1" }],
])("%s names the proxy that is not there, not the server (ES-47)", async (_name, plugin, params) => {
  const { port, stop } = await startPort((socket) => void socket.end());
  await stop();
  const proxy = `http://me:secret@127.0.0.1:${port}`;
  const sent = await send(plugin, { ...params, proxy }, [{ seq: 1 }], { deadline: "1s" });
  expect(sent.said[0]).toContain(`The proxy 127.0.0.1:${port}, on the way to https://`);
  expect(JSON.stringify(sent)).not.toContain("secret");
});
