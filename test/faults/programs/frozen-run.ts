// A program that embeds the host: sends two records to the store behind the URL, ends the run when it is told to, says
// that it does, and prints the receipt.
import { once } from "node:events";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { createHost } from "@cloudmarker/core";

const [url = "", stateDir = "", delivery = "{}", deadlineMs = ""] = process.argv.slice(2);
const config = {
  plugins: {
    store: {
      plugin: join(import.meta.dirname, "frozen-store.ts"),
      params: { url },
      delivery: { batch: { records: 2 }, spool: false, ...(JSON.parse(delivery) as object) },
    },
  },
  audits: { default: { stores: ["store"] } },
  run: ["default"],
};
const host = createHost({ config, stateDir });
await host.write([{ n: 1 }, { n: 2 }]);
await once(process.stdin, "data");
process.stdin.destroy();
const done = host.done({ deadlineMs: Number(deadlineMs) });
await setImmediate();
process.stdout.write("done\n");
process.stdout.write(JSON.stringify(await done));
