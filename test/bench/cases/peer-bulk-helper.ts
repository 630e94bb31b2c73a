// oxlint-disable-next-line typescript/triple-slash-reference -- the client's types name a package that is not installed
/// <reference path="../../../plugins/esstore/src/apache-arrow.d.ts" />
// Peer: the bulk helper of Elasticsearch's own client, with its defaults (5 MB a request, 5 at a time).
import { Client } from "@elastic/elasticsearch";
import { distinct, realRecords } from "../data.ts";
import { type BenchDocument, documentOf } from "./document.ts";
import { finishPeer } from "./finish.ts";
import type { Sink } from "./sink.ts";

const [count = "", sinkText = ""] = process.argv.slice(2);
const sink = JSON.parse(sinkText) as Sink;
const records = realRecords("network");

// Of what the helper takes as a source, an async generator is the one that holds no more than it must.
async function* documents(): AsyncGenerator<BenchDocument> {
  for (const record of distinct(records, Number(count))) yield documentOf(record);
}

const client = new Client({ node: sink.url });
let id = 0;

const started = performance.now();
await client.helpers.bulk<BenchDocument>({
  datasource: documents(),
  onDocument: () => ({ create: { _index: "bench", _id: String(id++) } }),
});
await client.close();
await finishPeer(started, sink);
