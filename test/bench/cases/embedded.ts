// An embedding program that writes real objects into FileStore.
import { createHost } from "@cloudmarker/core";
import filestore from "@cloudmarker/filestore";
import { realRecords } from "../data.ts";
import { report } from "./report.ts";

const [count = "", out = "", format = ""] = process.argv.slice(2);
const records = realRecords();

function* produce(): Generator<object> {
  for (let i = 0; i < Number(count); i += 1) yield records[i % records.length] as object;
}

const started = performance.now();
const host = createHost({
  stores: { files: { plugin: filestore, params: { path: out, format } } },
  origin: { worker: "bench" },
  stateDir: out,
});
await host.write(produce());
const receipt = await host.done();
if (!receipt.ok || receipt.stores[0]?.written !== Number(count)) throw new Error(JSON.stringify(receipt));
report(started);
