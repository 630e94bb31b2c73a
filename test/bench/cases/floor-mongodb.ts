// The floor of MongoDB: the bare driver's insertMany of the same documents.
import { MongoClient } from "mongodb";
import { batchesOf, sendAll } from "./batches.ts";
import { documentOf } from "./document.ts";
import { finish } from "./finish.ts";
import type { Sink } from "./sink.ts";

const [source = "", sinkText = ""] = process.argv.slice(2);
const sink = JSON.parse(sinkText) as Sink;
const batches = batchesOf(source);
const client = new MongoClient(sink.url);
const collection = client.db("bench").collection<{ _id: string }>("bench");
let id = 0;

const started = performance.now();

const count = await sendAll(batches, (batch) =>
  collection.insertMany(
    batch.map((record) => ({ _id: String(id++), ...documentOf(record) })),
    { ordered: false },
  ),
);
await client.close();
await finish(started, count, sink);
