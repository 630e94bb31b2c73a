// Peer: splunk-logging, batches flushed by hand as in its example manual_batching.js, four at a time.
import splunkLogging from "splunk-logging";
import { batchesOf, sendAll } from "./batches.ts";
import { documentOf } from "./document.ts";
import { finishPeer } from "./finish.ts";
import type { Sink } from "./sink.ts";

const [count = "", sinkText = ""] = process.argv.slice(2);
const sink = JSON.parse(sinkText) as Sink;
const batches = batchesOf(count);

const logger = new splunkLogging.Logger({ token: "bench", url: sink.url, maxBatchCount: 0 });

const started = performance.now();
await sendAll(
  batches,
  (batch) =>
    new Promise<void>((resolve, reject) => {
      for (const record of batch) logger.send({ message: documentOf(record) });
      logger.flush((error) => (error ? reject(error) : resolve()));
    }),
);
await finishPeer(started, sink);
