// Two stores that do nothing, of which the second lists taps: `none`, `filter` (drops no record), or `redact` (finds
// nothing that it would redact).
import { createHost } from "@cloudmarker/core";
import tapFilter from "@cloudmarker/tap-filter";
import tapRedact from "@cloudmarker/tap-redact";
import { realRecords } from "../data.ts";
import noop from "./noop-store.ts";
import { report } from "./report.ts";

const [count = "", kind = ""] = process.argv.slice(2);
const records = realRecords();
const TAPS: Readonly<Record<string, object>> = {
  filter: { plugin: tapFilter, params: { drop: { pointer: "/raw/no_such_key", exists: true } } },
  redact: { plugin: tapRedact, params: { keys: ["no_such_key"] } },
};

function* produce(): Generator<object> {
  for (let i = 0; i < Number(count); i += 1) yield records[i % records.length] as object;
}

const started = performance.now();
const taps = TAPS[kind];
const host = createHost({
  config: {
    plugins: {
      one: { plugin: noop },
      two: { plugin: noop, ...(taps && { taps: [kind] }) },
      ...(taps && { [kind]: taps }),
    },
    audits: { a: { stores: ["one", "two"] } },
    run: ["a"],
  },
});
await host.write(produce());
const receipt = await host.done({ deadlineMs: 600_000 });
if (!receipt.ok || receipt.stores.some(({ accepted }) => accepted !== Number(count)))
  throw new Error(JSON.stringify(receipt));
report(started);
