// The command, which reads an NDJSON file into a store; its time is that of the whole process. Further arguments are
// configuration files.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { finish } from "./finish.ts";
import { PARAMS, type StoreName } from "./params.ts";
import type { Sink } from "./sink.ts";

const [name = "", input = "", count = "", sinkText = "", ...configs] = process.argv.slice(2);
const sink = JSON.parse(sinkText) as Sink;
const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const params = Object.entries(PARAMS[name as StoreName](sink.url)).flatMap(([key, value]) => [
  "--param",
  `${key}=${String(value)}`,
]);
const files = ["piped.yaml", ...configs].flatMap((file) => ["-c", path(file)]);
const args = ["write", input, ...files, "--store", name, ...params, "--quiet"];

const started = performance.now();
const { status } = spawnSync(process.execPath, [path("../../../packages/cli/bin/cloudmarker.js"), ...args], {
  stdio: ["ignore", "ignore", "inherit"],
});
if (status !== 0) throw new Error(`the command exited with ${status}`);
await finish(started, Number(count), sink);
