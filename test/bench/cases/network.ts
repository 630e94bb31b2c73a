// An embedding program that writes real objects into the stores of `sinks`, all in one host; as its last argument says
// how they are delivered.
import { createHost, type DeliveryConfig, type Host } from "@cloudmarker/core";
import type { StorePlugin } from "@cloudmarker/store-api";
import { distinct, realRecords } from "../data.ts";
import { finish } from "./finish.ts";
import { PARAMS, type StoreName } from "./params.ts";
import type { Sink } from "./sink.ts";

// Records, not bytes, end a batch.
const usual = '{ "concurrency": 4, "batch": { "records": 1000, "bytes": "16MB" } }';
const [countText = "", sinksText = "", out = "", deliveryText = usual] = process.argv.slice(2);
const count = Number(countText);
const sinks = JSON.parse(sinksText) as Partial<Record<StoreName, Sink>>;
const records = realRecords("network");
const stores = await Promise.all(
  (Object.keys(PARAMS) as StoreName[])
    .filter((name) => name in sinks)
    .map(async (name) => {
      const { default: plugin } = (await import(`@cloudmarker/${name}`)) as { default: StorePlugin };
      const params = PARAMS[name](name === "filestore" ? out : (sinks[name]?.url ?? ""));
      return [name, { plugin, params }] as const;
    }),
);

const newHost = (): Host =>
  createHost({
    config: {
      plugins: Object.fromEntries(stores),
      audits: { default: { stores: stores.map(([name]) => name) } },
      run: ["default"],
      delivery: JSON.parse(deliveryText) as DeliveryConfig,
    },
    origin: { worker: "bench" },
    stateDir: out,
  });
// Stores load their clients when they open: a run without records does that. Floors and peers have theirs before their
// time begins.
await newHost().done();

const started = performance.now();
const host = newHost();
await host.write(distinct(records, count));
const receipt = await host.done({ deadlineMs: 600_000 });
if (!receipt.ok || receipt.stores.some(({ written }) => written !== count)) throw new Error(JSON.stringify(receipt));
await finish(started, count, ...Object.values(sinks).filter(({ counter }) => counter !== ""));
