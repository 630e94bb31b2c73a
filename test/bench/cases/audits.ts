// Records into several audits, each of several stores that look at the id and the text of a record.
import { createHost } from "@cloudmarker/core";
import { type StorePlugin, defineStore } from "@cloudmarker/store-api";
import { realRecords } from "../data.ts";
import { report } from "./report.ts";

const [count = "", audits = "", stores = ""] = process.argv.slice(2);
const records = realRecords();
const params = { type: "object" } as const;
const noop: StorePlugin<typeof params> = defineStore({
  name: "noop",
  apiVersion: 1,
  params,
  open: () => ({
    write: (batch) => {
      for (const record of batch) if (record.id.length + record.json.length === 0) throw new Error("empty");
    },
  }),
});

function* produce(): Generator<object> {
  for (let i = 0; i < Number(count); i += 1) yield records[i % records.length] as object;
}

const keys = Array.from({ length: Number(stores) }, (_, i) => `noop${i}`);
const names = Array.from({ length: Number(audits) }, (_, i) => `audit${i}`);
const config = {
  plugins: Object.fromEntries(keys.map((key) => [key, { plugin: "noop" }])),
  audits: Object.fromEntries(names.map((name) => [name, { stores: keys }])),
  run: names,
};
const started = performance.now();
const host = createHost({ config, plugins: { noop } });
await host.write(produce());
const receipt = await host.done({ deadlineMs: 600_000 });
if (!receipt.ok) throw new Error(JSON.stringify(receipt));
report(started);
