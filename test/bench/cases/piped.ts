// The command, which reads an NDJSON file into a store; its time is that of the whole process.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { finish } from "./finish.ts";
import { PARAMS, type StoreName } from "./params.ts";
import type { Sink } from "./sink.ts";

const [name = "", input = "", count = "", sinkText = ""] = process.argv.slice(2);
const sink = JSON.parse(sinkText) as Sink;
const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const params = Object.entries(PARAMS[name as StoreName](sink.url)).flatMap(([key, value]) => [
  "--param",
  `${key}=${String(value)}`,
]);
const args = ["write", input, "-c", path("piped.yaml"), "--store", name, ...params, "--quiet"];

const started = performance.now();
const { status } = spawnSync(process.execPath, [path("../../../packages/cli/bin/cloudmarker.js"), ...args], {
  stdio: ["ignore", "ignore", "inherit"],
});
if (status !== 0) throw new Error(`the command exited with ${status}`);
await finish(started, Number(count), sink);
