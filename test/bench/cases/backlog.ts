// A store was away: the run is resumed. Or, with the argument `replay`, it refused all records: they are sent again.
// The time is that of the second host, to its receipt.
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { defineStore, reject } from "@cloudmarker/store-api";
import { distinct, realRecords } from "../data.ts";
import { finish } from "./finish.ts";
import type { Sink } from "./sink.ts";
import { elasticsearch, spoolHost } from "./spool-host.ts";

const [countText = "", sinkText = "", out = "", what = "resume"] = process.argv.slice(2);
const count = Number(countText);
const sink = JSON.parse(sinkText) as Sink;
const isReplay = what === "replay";

const refusing = defineStore({
  name: "refusing",
  apiVersion: 1,
  params: { type: "object" },
  open: () => ({ write: (batch) => batch.map((_, index) => reject(index, "mapping", "no such field")) }),
});

/** A port at which nothing listens any more. */
async function deadUrl(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return `http://127.0.0.1:${port}`;
}

const before = spoolHost(isReplay ? { plugin: refusing } : elasticsearch(await deadUrl()), out, !isReplay);
await before.write(distinct(realRecords("network"), count));
const { stores } = await before.done({ deadlineMs: isReplay ? 600_000 : 1 });
const [left] = stores;
if ((isReplay ? left?.deadLettered : left?.spooled) !== count) throw new Error(JSON.stringify(stores));

const started = performance.now();
const host = spoolHost(elasticsearch(sink.url), out, true, isReplay ? { replay: {} } : { resume: { run: before.run } });
const receipt = await host.done({ deadlineMs: 600_000 });
if (!receipt.ok || receipt.stores[0]?.written !== count) throw new Error(JSON.stringify(receipt));
await finish(started, count, sink);
