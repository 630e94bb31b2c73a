// Peer: winston with winston-elasticsearch. Flushed by hand for every 1,000 records, four at a time: left to its timer
// it slows down with what it has gathered.
import { once } from "node:events";
import winston from "winston";
import { ElasticsearchTransport } from "winston-elasticsearch";
import { batchesOf, sendAll } from "./batches.ts";
import { documentOf } from "./document.ts";
import { finishPeer } from "./finish.ts";
import type { Sink } from "./sink.ts";

const [count = "", sinkText = ""] = process.argv.slice(2);
const sink = JSON.parse(sinkText) as Sink;
const batches = batchesOf(count);

const transport = new ElasticsearchTransport({
  clientOpts: { node: sink.url },
  index: "bench",
  ensureIndexTemplate: false,
});
const logger = winston.createLogger({ transports: [transport] });

const started = performance.now();
await sendAll(batches, async (batch) => {
  for (const record of batch) {
    if (!logger.write({ level: "info", message: "record", ...documentOf(record) })) await once(logger, "drain");
  }
  await transport.flush();
});
const finished = once(transport, "finish");
logger.end();
await finished;
await finishPeer(started, sink);
