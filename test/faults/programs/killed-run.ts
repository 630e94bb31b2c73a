// Reads NDJSON from standard input or a file and sends it to Elasticsearch; it is killed while it does.
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { createHost } from "@cloudmarker/core";
import esstore from "@cloudmarker/esstore";

const [, , node = "", stateDir = "", run = "", file] = process.argv;
const host = createHost({
  stateDir,
  run,
  stores: { search: { plugin: esstore, params: { node, index: "killed" }, delivery: { batch: { records: 100 } } } },
});
const input = file === undefined ? process.stdin : createReadStream(file);
let lines = 0;
for await (const line of createInterface({ input })) {
  await host.write(line);
  lines += 1;
  if (file !== undefined) host.position(0, { line: lines });
  if (lines % 500 !== 0) continue;
  if (file === undefined) await host.flush();
  process.stdout.write(`${lines}\n`);
}
await host.done();
