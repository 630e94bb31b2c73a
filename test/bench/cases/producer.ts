// An embedding program that writes real objects: its time is that of the producer, until all are accepted. What the
// store has not got by then stays on disk. Without a sink the store does nothing.
import { distinct, realRecords } from "../data.ts";
import { costSince, print } from "./report.ts";
import type { Sink } from "./sink.ts";
import { spoolHost } from "./spool-host.ts";

const [count = "", sinkText = "", out = ""] = process.argv.slice(2);
const url = sinkText === "" ? "" : (JSON.parse(sinkText) as Sink).url;
const records = realRecords("network");
await spoolHost(url, out).done();

const started = performance.now();
const host = spoolHost(url, out);
await host.write(distinct(records, Number(count)));
const cost = costSince(started);
const { stores } = await host.done({ deadlineMs: 1 });
const sum = stores.reduce((total, { written, spooled }) => total + written + spooled, 0);
if (sum !== Number(count)) throw new Error(JSON.stringify(stores));
print(cost);
