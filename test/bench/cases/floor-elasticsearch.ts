// The floor of Elasticsearch: stringify each record, join it with its action line, send by the bare client.
import { Transport, UndiciConnection, WeightedConnectionPool } from "@elastic/transport";
import { batchesOf, sendAll } from "./batches.ts";
import { documentOf } from "./document.ts";
import { finish } from "./finish.ts";
import type { Sink } from "./sink.ts";

const [source = "", sinkText = ""] = process.argv.slice(2);
const sink = JSON.parse(sinkText) as Sink;
const batches = batchesOf(source);
const connectionPool = new WeightedConnectionPool({ Connection: UndiciConnection });
connectionPool.addConnection(sink.url);
const transport = new Transport({ connectionPool, maxRetries: 0 });
let id = 0;

// From a file the whole process counts, as with the command.
const started = Number(source) > 0 ? performance.now() : 0;

const count = await sendAll(batches, (batch) => {
  let bulkBody = "";
  for (const record of batch) bulkBody += `{"create":{"_id":"${id++}"}}\n${JSON.stringify(documentOf(record))}\n`;
  return transport.request({ method: "POST", path: "/bench/_bulk", bulkBody });
});
await connectionPool.empty();
await finish(started, count, sink);
