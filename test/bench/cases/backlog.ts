// A run whose store was away is resumed: its time is that of the resumption, from the opening of the journal to the
// receipt.
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { distinct, realRecords } from "../data.ts";
import { finish } from "./finish.ts";
import type { Sink } from "./sink.ts";
import { spoolHost } from "./spool-host.ts";

const [count = "", sinkText = "", out = ""] = process.argv.slice(2);
const sink = JSON.parse(sinkText) as Sink;

/** A port at which nothing listens any more. */
async function deadUrl(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return `http://127.0.0.1:${port}`;
}

const before = spoolHost(await deadUrl(), out);
await before.write(distinct(realRecords("network"), Number(count)));
const { stores } = await before.done({ deadlineMs: 1 });
if (stores[0]?.spooled !== Number(count)) throw new Error(JSON.stringify(stores));

const started = performance.now();
const host = spoolHost(sink.url, out, before.run);
const receipt = await host.done({ deadlineMs: 600_000 });
if (!receipt.ok || receipt.stores[0]?.written !== Number(count)) throw new Error(JSON.stringify(receipt));
await finish(started, Number(count), sink);
