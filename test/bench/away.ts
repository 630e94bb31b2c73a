// `node test/bench/away.ts [records] [seconds]`: a store is away for 60 s beside two that are well, 500,000 records. By
// hand: it takes minutes.
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Cost, run } from "./measure.ts";
import { bench, say } from "./line.ts";
import { withSink } from "./open-sink.ts";

const [records = "500000", seconds = "60"] = process.argv.slice(2);

/** What the case prints. */
interface Away extends Cost {
  readonly run: string;
  readonly receipts: readonly string[];
}

const server = createServer().listen(0, "127.0.0.1");
await once(server, "listening");
const { port } = server.address() as AddressInfo;
server.close();
const state = mkdtempSync(join(tmpdir(), "cloudmarker-away-"));
const away = JSON.stringify({ url: `http://127.0.0.1:${port}`, counter: "" });

await withSink("elasticsearch", [], (elasticsearch) =>
  withSink("splunk", [], async (splunk) => {
    const good = [JSON.stringify(elasticsearch), JSON.stringify(splunk)] as const;
    const alone = run(bench("away", "write", records, "0", state, ...good)) as Away;
    const few = run(bench("away", "write", String(Number(records) / 5), "0", state, ...good, away)) as Away;
    const beside = run(bench("away", "write", records, seconds, state, ...good, away)) as Away;
    const times = `${beside.ms.toFixed(0)} ms against ${alone.ms.toFixed(0)} ms`;
    say("two good stores beside one that is away", `${(beside.ms / alone.ms).toFixed(2)} x`, "1.10 x", times);
    const growth = `${few.rssMiB.toFixed(0)} MiB, then ${beside.rssMiB.toFixed(0)} MiB; alone ${alone.rssMiB.toFixed(0)} MiB`;
    say(
      "peak memory with a fifth of the records, and with all",
      `${(beside.rssMiB - few.rssMiB).toFixed(1)} MiB`,
      "25 MiB",
      growth,
    );
    process.stdout.write(`${beside.receipts.join("\n")}\n`);
    await withSink("elasticsearch", ["--port", String(port)], (back) => {
      const resumed = run(bench("away", "resume", records, beside.run, state, ...good, JSON.stringify(back))) as Away;
      say(
        "resumed",
        `${(Number(records) / resumed.ms).toFixed(1)}k/s`,
        "50.0k/s at least",
        `${resumed.ms.toFixed(0)} ms`,
      );
      process.stdout.write(`${resumed.receipts.join("\n")}\n`);
    });
  }),
);
rmSync(state, { recursive: true, force: true });
