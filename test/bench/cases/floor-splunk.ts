// The floor of Splunk: stringify each record, put it into its envelope, send by undici.
import { Pool } from "undici";
import { batchesOf, sendAll } from "./batches.ts";
import { documentOf } from "./document.ts";
import { finish } from "./finish.ts";
import type { Sink } from "./sink.ts";

const [source = "", sinkText = ""] = process.argv.slice(2);
const sink = JSON.parse(sinkText) as Sink;
const batches = batchesOf(source);
const pool = new Pool(sink.url);
const headers = { authorization: "Splunk bench", "content-type": "application/json" };
let id = 0;

// From a file the whole process counts, as with the command.
const started = Number(source) > 0 ? performance.now() : 0;

const count = await sendAll(batches, async (batch) => {
  let body = "";
  for (const record of batch) {
    const event = JSON.stringify(documentOf(record));
    body += `{"time":1767225600.000,"event":${event},"fields":{"record_id":"${id++}"}}\n`;
  }
  const answer = await pool.request({ method: "POST", path: "/services/collector/event", headers, body });
  const { code } = (await answer.body.json()) as { code: number };
  if (code !== 0) throw new Error(`code ${code}`);
});
await pool.close();
await finish(started, count, sink);
