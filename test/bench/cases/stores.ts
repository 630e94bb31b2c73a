// Stores that do nothing, `stores` of them, or one that takes `delay` milliseconds for each batch.
import { createHost } from "@cloudmarker/core";
import { type StorePlugin, defineStore } from "@cloudmarker/store-api";
import { realRecords } from "../data.ts";
import { report } from "./report.ts";

const [count = "", stores = "", delay = "0"] = process.argv.slice(2);
const records = realRecords();
const params = { type: "object" } as const;
const noop: StorePlugin<typeof params> = defineStore({
  name: "noop",
  apiVersion: 1,
  params,
  open: () => ({
    write: (batch) => {
      // What every real store does at least: look at the text.
      for (const record of batch) if (record.json.length === 0) throw new Error("empty");
      return delay === "0" ? undefined : new Promise((resolve) => setTimeout(resolve, Number(delay)));
    },
  }),
});

function* produce(): Generator<object> {
  for (let i = 0; i < Number(count); i += 1) yield records[i % records.length] as object;
}

const started = performance.now();
const host = createHost({
  stores: Object.fromEntries(Array.from({ length: Number(stores) }, (_, i) => [`noop${i}`, noop])),
});
await host.write(produce());
const receipt = await host.done({ deadlineMs: 600_000 });
if (!receipt.ok) throw new Error(JSON.stringify(receipt));
report(started);
