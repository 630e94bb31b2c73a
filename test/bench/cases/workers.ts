// Records of many workers, one each, into FileStore; or one record into a folder where a killed run of many workers
// left its files.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createHost } from "@cloudmarker/core";
import filestore from "@cloudmarker/filestore";
import { report } from "./report.ts";

const [count = "", out = "", was = ""] = process.argv.slice(2);
const workers = Number(count);

if (was === "killed") {
  for (let n = 0; n < workers; n += 1)
    writeFileSync(join(out, `.w${n}.json.killed.0123456789ab.tmp`), '[\n{"raw":{},"ext":{},"com":{}}');
}

function* produce(): Generator<object> {
  for (let n = 0; n < (was === "killed" ? 1 : workers); n += 1) yield { raw: { n }, com: { origin_worker: `w${n}` } };
}

const started = performance.now();
const host = createHost({ stores: { files: { plugin: filestore, params: { path: out } } }, stateDir: out });
await host.write(produce());
const receipt = await host.done({ deadlineMs: 300_000 });
if (!receipt.ok) throw new Error(JSON.stringify(receipt));
report(started);
