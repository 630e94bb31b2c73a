// Peer: pino with pino-elasticsearch in this process; 5 MB a request, the default of the helper below it, in place of
// its own 1,000 bytes.
import { once } from "node:events";
import { pino } from "pino";
import pinoElasticsearch from "pino-elasticsearch";
import { distinct, realRecords } from "../data.ts";
import { documentOf } from "./document.ts";
import { finishPeer } from "./finish.ts";
import type { Sink } from "./sink.ts";

const [count = "", sinkText = ""] = process.argv.slice(2);
const sink = JSON.parse(sinkText) as Sink;
const records = realRecords("network");

// Its types describe an ES module, which it is not.
const pinoElastic = pinoElasticsearch as unknown as typeof pinoElasticsearch.default;

const stream = pinoElastic({ node: sink.url, index: "bench", esVersion: 9, flushBytes: 5_000_000 });
const logger = pino({ level: "info" }, stream);
const inserted = once(stream, "insert");

const started = performance.now();
for (const record of distinct(records, Number(count))) {
  logger.info(documentOf(record));
  if (stream.writableNeedDrain) await once(stream, "drain");
}
stream.end();
await inserted;
await finishPeer(started, sink);
