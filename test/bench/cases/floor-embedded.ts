// The floor of an embedding program: stringify each record, write in batches, one fsync. It writes the same bytes as
// the host does: `{raw, ext, com}` with the stamps of the run.
import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { realRecords } from "../data.ts";
import { documentOf } from "./document.ts";
import { report } from "./report.ts";

const [count = "", out = "", format = ""] = process.argv.slice(2);
const records = realRecords();
const [open, between, close] = format === "json" ? ["[\n", ",\n", "\n]\n"] : ["", "\n", "\n"];

const started = performance.now();
const fd = openSync(join(out, "floor.json"), "w");
let pending = open;
for (let i = 0; i < Number(count); i += 1) {
  if (i > 0) pending += between;
  pending += JSON.stringify(documentOf(records[i % records.length]));
  if (pending.length >= 1 << 20) {
    writeSync(fd, pending);
    pending = "";
  }
}
writeSync(fd, pending + close);
fsyncSync(fd);
closeSync(fd);
report(started);
