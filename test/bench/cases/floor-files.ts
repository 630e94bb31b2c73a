// The floor of many files: read each, parse its lines and write them back.
import { closeSync, openSync, writeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

const [out = "", ...inputs] = process.argv.slice(2);
const target = openSync(join(out, "floor.ndjson"), "w");
let pending = "";
for (const input of inputs) {
  for (const line of (await readFile(input, "utf8")).split("\n")) {
    if (line === "") continue;
    JSON.parse(line);
    pending += `${line}\n`;
  }
  if (pending.length < 1 << 20) continue;
  writeSync(target, pending);
  pending = "";
}
writeSync(target, pending);
closeSync(target);
