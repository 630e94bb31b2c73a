// The floor of a pretty-printed array: parse the whole file, stringify each record, write in batches.
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";

const [input = "", out = ""] = process.argv.slice(2);
const records = JSON.parse(readFileSync(input, "utf8")) as object[];
const target = openSync(join(out, "floor.ndjson"), "w");
let pending = "";
for (const record of records) {
  pending += `${JSON.stringify(record)}\n`;
  if (pending.length < 1 << 20) continue;
  writeSync(target, pending);
  pending = "";
}
writeSync(target, pending);
closeSync(target);
