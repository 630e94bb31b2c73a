// A producer that writes an NDJSON file into the command through a pipe: its time is that of the producer, until the
// command has read everything. Without a sink the store does nothing.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { PARAMS } from "./params.ts";
import { costSince, print } from "./report.ts";
import type { Sink } from "./sink.ts";

/** Exit code of the command where a part is kept for later. */
const LATER = 75;

const [input = "", sinkText = ""] = process.argv.slice(2);
const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const url = sinkText === "" ? "" : (JSON.parse(sinkText) as Sink).url;
const params = url === "" ? {} : PARAMS.esstore(url);
const args = [
  "write",
  "-",
  "-c",
  path("piped.yaml"),
  "-c",
  path(url === "" ? "unspooled.yaml" : "spooled.yaml"),
  "--store",
  url === "" ? "noop" : "esstore",
  "--deadline",
  "1ms",
  "--quiet",
  ...Object.entries(params).flatMap(([key, value]) => ["--param", `${key}=${String(value)}`]),
];

const started = performance.now();
const child = spawn(process.execPath, [path("../../../packages/cli/bin/cloudmarker.js"), ...args], {
  stdio: ["pipe", "ignore", "inherit"],
});
const exit = once(child, "exit");
await pipeline(createReadStream(input, { highWaterMark: 1 << 18 }), child.stdin);
const cost = costSince(started);
const [code] = (await exit) as [number];
if (code !== 0 && code !== LATER) throw new Error(`the command exited with ${code}`);
print(cost);
