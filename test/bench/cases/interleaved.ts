// Records of many workers, by turns, into FileStore.
import { createHost } from "@cloudmarker/core";
import filestore from "@cloudmarker/filestore";
import { realRecords } from "../data.ts";
import { report } from "./report.ts";

const [count = "", workers = "", out = ""] = process.argv.slice(2);
const records = realRecords();

function* produce(): Generator<object> {
  for (let i = 0; i < Number(count); i += 1)
    yield { raw: records[i % records.length], com: { origin_worker: `w${i % Number(workers)}` } };
}

const started = performance.now();
const host = createHost({
  stores: { files: { plugin: filestore, params: { path: out, format: "ndjson" } } },
  stateDir: out,
});
await host.write(produce());
const receipt = await host.done();
if (!receipt.ok || receipt.stores[0]?.written !== Number(count)) throw new Error(JSON.stringify(receipt));
report(started);
