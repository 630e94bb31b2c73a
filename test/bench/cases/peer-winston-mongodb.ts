// Peer: winston with winston-mongodb, which inserts one record at a time.
import { once } from "node:events";
import winston from "winston";
import { MongoDB } from "winston-mongodb";
import { distinct, realRecords } from "../data.ts";
import { documentOf } from "./document.ts";
import { finishPeer } from "./finish.ts";
import type { Sink } from "./sink.ts";

const [count = "", sinkText = ""] = process.argv.slice(2);
const sink = JSON.parse(sinkText) as Sink;
const records = realRecords("network");

const transport = new MongoDB({ db: `${sink.url}bench`, collection: "bench" });
let logged = 0;
transport.on("logged", () => {
  logged += 1;
  if (logged === Number(count)) transport.emit("all");
});
const all = once(transport, "all");
const logger = winston.createLogger({ transports: [transport] });

const started = performance.now();
for (const record of distinct(records, Number(count))) {
  if (!logger.write({ level: "info", message: "record", ...documentOf(record) })) await once(logger, "drain");
}
// To end the logger at once would crash it: it closes its connection under the records that it still holds.
await all;
logger.close();
await finishPeer(started, sink);
