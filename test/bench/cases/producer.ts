// An embedding program that writes real objects: its time is that of the producer, until all are accepted. What the
// store has not got by then stays on disk. Without a sink the store does nothing.
import { distinct, realRecords } from "../data.ts";
import { costSince, print } from "./report.ts";
import type { Sink } from "./sink.ts";
import { elasticsearch, spoolHost } from "./spool-host.ts";
import nothing from "./noop-store.ts";

const [count = "", sinkText = "", out = ""] = process.argv.slice(2);
const isAlone = sinkText === "";
const store = isAlone ? { plugin: nothing } : elasticsearch((JSON.parse(sinkText) as Sink).url);
const records = realRecords("network");
await spoolHost(store, out, !isAlone).done();

const started = performance.now();
const host = spoolHost(store, out, !isAlone);
await host.write(distinct(records, Number(count)));
const cost = costSince(started);
const { stores } = await host.done({ deadlineMs: 1 });
const sum = stores.reduce((total, { written, spooled }) => total + written + spooled, 0);
if (sum !== Number(count)) throw new Error(JSON.stringify(stores));
print(cost);
