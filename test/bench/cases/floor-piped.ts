// The floor of a pipe: a loop that reads lines, parses each and writes the line back.
import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";

const [input = "", out = ""] = process.argv.slice(2);
const source = openSync(input, "r");
const target = openSync(join(out, "floor.ndjson"), "w");
const chunk = Buffer.allocUnsafe(1 << 20);
let rest = "";
let pending = "";
const decoder = new TextDecoder();
for (;;) {
  const length = readSync(source, chunk);
  if (length === 0) break;
  const lines = (rest + decoder.decode(chunk.subarray(0, length), { stream: true })).split("\n");
  rest = lines.pop() ?? "";
  for (const line of lines) {
    JSON.parse(line);
    pending += `${line}\n`;
  }
  writeSync(target, pending);
  pending = "";
}
closeSync(source);
closeSync(target);
