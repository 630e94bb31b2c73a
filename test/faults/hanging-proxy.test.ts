// A proxy takes the connection and says nothing, once: what follows must not wait for it without end.
import type { StorePlugin } from "@cloudmarker/store-api";
import { createRequire } from "node:module";
import { expect, onTestFinished, test } from "vitest";
// Their sources, for the published files have an undici of their own, whose clock nobody can reach.
import esstore from "../../plugins/esstore/src/index.ts";
import splunkhecstore from "../../plugins/splunkhecstore/src/index.ts";
import { startProxy } from "../servers/proxy.ts";
import { elasticsearchTarget } from "./elasticsearch-target.ts";
import { send } from "./send.ts";
import { startSplunkTarget } from "./splunk-target.ts";

/** A proxy that does not answer for as long as it is `mute`. */
async function startMute(): Promise<{ readonly url: string; asked: number; mute: boolean }> {
  const { host, stop } = await startProxy(() => {
    proxy.asked++;
    return proxy.mute ? "ignore" : "connect";
  });
  onTestFinished(stop);
  const proxy = { url: `http://${host}`, asked: 0, mute: true };
  return proxy;
}

/** Lets time pass for undici, which has a clock of its own. */
function passForUndici(ms: number): void {
  const { resolve } = createRequire(import.meta.url);
  const path = resolve("@cloudmarker/esstore");
  const { tick } = createRequire(path)("undici/lib/util/timers.js") as { tick(ms?: number): void };
  // A timer starts with the first tick that sees it.
  tick();
  tick(ms);
}

test.each([
  ["esstore", esstore as unknown as StorePlugin, () => elasticsearchTarget.start()],
  ["splunkhecstore", splunkhecstore as unknown as StorePlugin, () => startSplunkTarget({}, true)],
])("%s asks a proxy again that did not answer the first time (ES-32, HEC-40)", async (_store, plugin, start) => {
  await using target = await start();
  const proxy = await startMute();
  const params = { ...target.params, proxy: proxy.url, request_timeout: 300 };
  const repair = (): void => {
    proxy.mute = false;
    passForUndici(10_000);
  };
  const { receipt } = await send(
    plugin,
    params,
    [{ seq: 1 }],
    { deadline: "1m", timeout: "500ms" },
    { asked: () => proxy.asked + target.activity(), later: { afterMs: 10_000, act: repair } },
  );
  expect(receipt).toMatchObject({ written: 1 });
});

test.each(["http://es.example:9200", "https://es.example:9200"])(
  "esstore closes while a proxy does not answer, %s (SC-32)",
  async (node) => {
    const proxy = await startMute();
    const params = { node, proxy: proxy.url };
    const meanwhile = { asked: () => proxy.asked };
    const { receipt } = await send(esstore as unknown as StorePlugin, params, [{ seq: 1 }], {}, meanwhile);
    // A store that does not close in its time would be the problem.
    expect(receipt).toMatchObject({ deadLettered: 1, reasons: [{ code: "deadline" }] });
    expect(receipt.problem).toBeUndefined();
  },
);
