// `write COUNT SECONDS STATE SINK…`: writes real objects into an Elasticsearch, a Splunk and, as the third, an
// Elasticsearch that is away. The time is that until the first two have everything; the run ends after so many seconds
// at the earliest. `resume COUNT RUN STATE SINK…` resumes such a run.
import { setTimeout as delay } from "node:timers/promises";
import { createHost, type Host } from "@cloudmarker/core";
import esstore from "@cloudmarker/esstore";
import splunkhecstore from "@cloudmarker/splunkhecstore";
import { distinct, realRecords } from "../data.ts";
import { PARAMS } from "./params.ts";
import { costSince, print } from "./report.ts";
import type { Sink } from "./sink.ts";

const [what = "", countText = "", third = "", stateDir = "", ...sinks] = process.argv.slice(2);
const count = Number(countText);
const [elasticsearch = "", splunk = "", away = ""] = sinks.map((text) => (JSON.parse(text) as Sink).url);
const plugins = {
  search: { plugin: esstore, params: PARAMS.esstore(elasticsearch) },
  siem: { plugin: splunkhecstore, params: PARAMS.splunkhecstore(splunk) },
  ...(away !== "" && { away: { plugin: esstore, params: PARAMS.esstore(away) } }),
};

const newHost = (run?: string): Host =>
  createHost({
    config: {
      plugins,
      audits: { default: { stores: Object.keys(plugins) } },
      run: ["default"],
      // Records, not bytes, end a batch.
      delivery: { concurrency: 4, batch: { records: 1000, bytes: "16MB" }, spool: true },
    },
    origin: { worker: "bench" },
    stateDir,
    ...(run !== undefined && { resume: { run } }),
  });

const host = newHost(what === "resume" ? third : undefined);
const started = performance.now();
let cost = costSince(started);
if (what === "write") {
  await host.write(distinct(realRecords("network"), count));
  const isDone = (): boolean =>
    host.stats().stores.every(({ store, written }) => store === "away" || written === count);
  // oxlint-disable-next-line no-await-in-loop -- until then
  while (!isDone()) await delay(5);
  cost = costSince(started);
  await delay(Math.max(0, Number(third) * 1000 - cost.ms));
}
const receipt = await host.done({ deadlineMs: what === "resume" ? 600_000 : 1_000 });
if (what === "resume") cost = costSince(started);
const receipts = receipt.stores.map(({ store, accepted, written, duplicate, deadLettered, spooled, lost }) => {
  const parts = { written, duplicate, deadLettered, spooled, lost };
  const sum = Object.values(parts).reduce((total, part) => total + part, 0);
  return `${store}: accepted ${accepted} ${sum === accepted ? "=" : "IS NOT"} ${JSON.stringify(parts)}`;
});
const all = { ...cost, rssMiB: process.resourceUsage().maxRSS / 1024, run: host.run, receipts };
print(all);
