// `node test/bench/delivery-table.ts [part of a title] [runs]`: records a second by latency, batches at a time and size
// of a batch, as a table for the docs.
import { missing } from "../engines/index.ts";
import type { StoreName } from "./cases/params.ts";
import { bench } from "./line.ts";
import { median, run } from "./measure.ts";
import { type SinkName, withSink } from "./open-sink.ts";

interface Row {
  readonly title: string;
  readonly store: StoreName;
  readonly server: SinkName;
  readonly engine?: "elasticsearch" | "hec";
}

const ROWS: readonly Row[] = [
  { title: "EsStore, scripted", store: "esstore", server: "elasticsearch" },
  { title: "EsStore, Elasticsearch", store: "esstore", server: "elasticsearch", engine: "elasticsearch" },
  { title: "SplunkHECStore, scripted", store: "splunkhecstore", server: "splunk" },
  { title: "SplunkHECStore, HEC", store: "splunkhecstore", server: "splunk", engine: "hec" },
  { title: "MongoDBStore, scripted", store: "mongodbstore", server: "mongodb" },
];
/** For each latency in milliseconds: the records of a run, enough for several rounds. */
const LATENCIES = [
  [5, 20_000],
  [50, 20_000],
  [500, 40_000],
] as const;
/** Batches at a time, and records of each. */
const SHAPES = [
  [2, 1000],
  [4, 1000],
  [8, 1000],
  [16, 500],
  [4, 2500],
  [4, 5000],
] as const;

const [only = "", runs = "3"] = process.argv.slice(2);
const say = (cells: readonly (string | number)[]): void => void process.stdout.write(`| ${cells.join(" | ")} |\n`);

say(["store, server", "latency", ...SHAPES.map(([concurrency, records]) => `${concurrency} × ${records}`)]);
say(["---", "---", ...SHAPES.map(() => "---")]);
for (const { title, store, server, engine } of ROWS) {
  if (!title.includes(only) || (engine && missing(engine) !== undefined)) continue;
  for (const [latencyMs, count] of LATENCIES) {
    const args = ["--delay", String(latencyMs), ...(engine ? ["--engine"] : [])];
    await withSink(server, args, (sink) => {
      const commands = SHAPES.map(([concurrency, records]) => {
        // Records end a batch, and the queue has its usual bytes.
        const delivery = JSON.stringify({ concurrency, batch: { records, bytes: "16MB" } });
        return bench("network", String(count), JSON.stringify({ [store]: sink }), "{out}", delivery);
      });
      // In turn, so that a machine that is busy for a while slows all of them.
      const rounds = Array.from({ length: Number(runs) }, () => commands.map((command) => run(command).ms));
      const rates = commands.map((_, at) => count / median(rounds.map((times) => times[at] ?? Number.NaN)));
      say([title, `${latencyMs} ms`, ...rates.map((rate) => `${rate.toFixed(1)}k`)]);
    });
  }
}
