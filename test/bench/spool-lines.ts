import { ndjsonFile } from "./data.ts";
import { bench, cli, growth, isWanted, PAIRS, ratio, RECORDS, say, sayTime, steady } from "./line.ts";
import { type Command, pairs } from "./measure.ts";
import { withSink } from "./open-sink.ts";

const N = String(RECORDS);

/** Records of a second that a slow store takes. */
const SLOW = ["--rate", "5000"];

/** What the journal costs: where stores keep up, where one does not, and where it is read again. */
export async function spoolLines(): Promise<void> {
  await keepingUpLines();
  await slowLines();
  await backlogLines();
  startLine();
}

async function keepingUpLines(): Promise<void> {
  for (const [title, store, server] of [
    ["EsStore", "esstore", "elasticsearch"],
    ["SplunkHECStore", "splunkhecstore", "splunk"],
  ] as const) {
    await withSinkFor(`embedded, ${title}, spool on against off`, server, [], (name, sink) => {
      const network = (spool: boolean): Command => {
        const delivery = { concurrency: 4, batch: { records: 1000, bytes: "16MB" }, spool };
        return bench(
          "network",
          N,
          JSON.stringify({ [store]: JSON.parse(sink) as unknown }),
          "{out}",
          JSON.stringify(delivery),
        );
      };
      sayOnOff(name, network(true), network(false));
    });
    await withSinkFor(`piped, NDJSON to ${title}, spool on against off`, server, [], (name, sink) => {
      const piped = (config: string): Command => bench("piped", store, ndjsonFile(RECORDS, "network"), N, sink, config);
      sayOnOff(name, piped("spooled.yaml"), piped("unspooled.yaml"));
    });
  }
}

async function slowLines(): Promise<void> {
  await withSinkFor(
    "embedded, a store that takes 5,000/s, until all is accepted",
    "elasticsearch",
    SLOW,
    (name, sink) =>
      ratio(
        name,
        1.3,
        () => bench("producer", N, sink, "{out}"),
        () => bench("producer", N, "", "{out}"),
      ),
  );
  await withSinkFor("piped, a store that takes 5,000/s, until all is read", "elasticsearch", SLOW, (name, sink) => {
    const file = ndjsonFile(RECORDS, "network");
    ratio(
      name,
      1.3,
      () => bench("piped-producer", file, sink),
      () => bench("piped-producer", file, ""),
    );
  });
  await withSinkFor("memory, a store that takes 5,000/s", "elasticsearch", SLOW, (name, sink) =>
    growth(name, (count) => steady("producer", String(count), sink, "{out}")),
  );
}

async function backlogLines(): Promise<void> {
  for (const [what, name] of [
    ["resume", "resume of a run whose store was away"],
    ["replay", "replay of dead letters"],
  ] as const) {
    await withSinkFor(name, "elasticsearch", [], (_, sink) => {
      const floor = bench("floor-elasticsearch", N, sink);
      const { own, base } = pairs(bench("backlog", N, sink, "{out}", what), floor, PAIRS);
      say(name, rate(own.ms), "50.0k/s at least", `sent at once by a bare client ${rate(base.ms)}`);
    });
  }
}

function rate(ms: number): string {
  return `${(RECORDS / ms).toFixed(1)}k/s`;
}

function startLine(): void {
  const files = ["--store", "filestore", "--param", "path={out}", "--param", "format=ndjson", "--quiet"];
  const config = ["-c", new URL("cases/spooled.yaml", import.meta.url).pathname];
  ratio(
    "start-up: write of one record, spool on",
    4,
    () => [process.execPath, cli, "write", ndjsonFile(1), ...config, ...files],
    () => [process.execPath, "-e", "0"],
    15,
  );
}

function sayOnOff(name: string, on: Command, off: Command): void {
  const costs = pairs(on, off, PAIRS);
  const { own, base } = costs;
  const memory = `${own.rssMiB.toFixed(0)} MiB against ${base.rssMiB.toFixed(0)} MiB`;
  const written = own.writtenMiB === undefined ? "" : `, ${own.writtenMiB.toFixed(1)} MiB to disk`;
  sayTime(name, 1.1, costs, `; CPU time ${costs.cpuRatio.toFixed(2)} x, ${memory}${written}`);
}

async function withSinkFor(
  name: string,
  server: "elasticsearch" | "splunk",
  args: readonly string[],
  use: (name: string, sink: string) => void,
): Promise<void> {
  if (isWanted(name)) await withSink(server, args, (sink) => use(name, JSON.stringify(sink)));
}
