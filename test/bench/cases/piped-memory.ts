// The command in this very process, so that its peak memory can be read.
import { fileURLToPath } from "node:url";
import { report } from "./report.ts";

const [input = "", out = ""] = process.argv.slice(2);
const started = performance.now();
const args = ["write", input, "--store", "filestore", "--param", `path=${out}`, "--param", "format=ndjson", "--quiet"];
const cli = fileURLToPath(new URL("../../../packages/cli/bin/cloudmarker.js", import.meta.url));
process.argv.splice(1, process.argv.length, cli, ...args);
process.once("exit", () => report(started));
await import(cli);
