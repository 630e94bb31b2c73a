import { missing } from "../engines/index.ts";
import { PARAMS, type StoreName } from "./cases/params.ts";
import type { Sink } from "./cases/sink.ts";
import { ndjsonFile } from "./data.ts";
import { bench, cli, FEW_PAIRS, growth, isWanted, PAIRS, ratio, RECORDS, say, sayTime, steady } from "./line.ts";
import { type Command, median, pairs, run } from "./measure.ts";
import { type SinkName, withSink } from "./open-sink.ts";

/** A network store and the server that it writes to. */
interface Subject {
  readonly title: string;
  readonly store: StoreName;
  readonly server: SinkName;
}

const ES: Subject = { title: "EsStore", store: "esstore", server: "elasticsearch" };
const HEC: Subject = { title: "SplunkHECStore", store: "splunkhecstore", server: "splunk" };
const MONGO: Subject = { title: "MongoDBStore", store: "mongodbstore", server: "mongodb" };

/** Other programs that write to the same server. */
const PEERS: readonly (Subject & { readonly peer: string; readonly program: string })[] = [
  { ...ES, peer: "helpers.bulk", program: "peer-bulk-helper" },
  { ...ES, peer: "pino-elasticsearch", program: "peer-pino-elasticsearch" },
  { ...ES, peer: "winston-elasticsearch", program: "peer-winston-elasticsearch" },
  { ...HEC, peer: "splunk-logging", program: "peer-splunk-logging" },
  { ...MONGO, peer: "winston-mongodb", program: "peer-winston-mongodb" },
];

/** Defaults of each store: records of a batch, and batches at a time. The floor sends as many. */
const AWAY: readonly (Subject & { readonly shape: readonly [records: number, atATime: number] })[] = [
  { ...ES, shape: [1000, 8] },
  { ...HEC, shape: [750, 8] },
  { ...MONGO, shape: [1000, 8] },
];
/** Half a second for each request makes a run long. */
const AWAY_RECORDS = Math.min(RECORDS, 60_000);

/** mongo-java-server keeps all that it is given, in a heap that more records would fill. */
const ENGINE_RECORDS = Math.min(RECORDS, 20_000);

/**
 * A wait for each request makes a sink about ten times slower: four batches of 1,000 at a time come to 27,000 records a
 * second.
 */
const SLOW = ["--delay", "150"];

/** Most starts of Node that a start of the command with one record may take. */
const START_LIMITS: Readonly<Record<SinkName, number>> = { splunk: 6, elasticsearch: 6, mongodb: 10 };

/** Each network store against its floor. */
export async function networkLines(): Promise<void> {
  for (const subject of [ES, HEC]) {
    const { title, server } = subject;
    await against(`embedded, ${title}`, server, (sink) => [
      embedded(subject, sink),
      bench(`floor-${server}`, String(RECORDS), JSON.stringify(sink)),
    ]);
    await against(`piped, NDJSON to ${title}`, server, (sink) => {
      const file = ndjsonFile(RECORDS, "network");
      return [
        bench("piped", subject.store, file, String(RECORDS), JSON.stringify(sink)),
        bench(`floor-${server}`, file, JSON.stringify(sink)),
      ];
    });
  }
  await against("embedded, MongoDBStore, null server", "mongodb", (sink) => insertMany(sink, RECORDS));
  const name = "embedded, MongoDBStore, mongo-java-server";
  const lack = missing("mongo-java");
  if (lack === undefined) await against(name, "mongodb", (sink) => insertMany(sink, ENGINE_RECORDS), "--engine");
  else if (isWanted(name)) say(name, "-", "1.30 x", lack);
}

/** The command with one record, against a start of Node (L-85). */
export async function startLines(): Promise<void> {
  const file = ndjsonFile(1);
  for (const { title, store, server } of [HEC, ES, MONGO]) {
    const name = `start-up: write of one record to ${title}`;
    if (!isWanted(name)) continue;
    await withSink(server, [], ({ url }) => {
      const params = Object.entries(PARAMS[store](url)).flatMap(([key, value]) => [
        "--param",
        `${key}=${String(value)}`,
      ]);
      ratio(
        name,
        START_LIMITS[server],
        () => [process.execPath, cli, "write", file, "--store", store, ...params, "--quiet"],
        () => [process.execPath, "-e", "0"],
        15,
      );
    });
  }
}

/** Each network store with its own defaults, and a server that is far away or takes only a part of each batch. */
export async function distanceLines(): Promise<void> {
  for (const { shape, ...subject } of AWAY) {
    const name = `${subject.title}, 500 ms away (L-83)`;
    if (!isWanted(name)) continue;
    await withSink(subject.server, ["--delay", "500"], (sink) =>
      ratio(
        name,
        1.3,
        () => network({ [subject.store]: sink }, AWAY_RECORDS, "{}"),
        () => bench(`floor-${subject.server}`, String(AWAY_RECORDS), JSON.stringify(sink), ...shape.map(String)),
        FEW_PAIRS,
      ),
    );
  }
  const name = "EsStore, a fifth of the items throttled (L-80)";
  if (!isWanted(name)) return;
  // The floor sends each record once: what is above it is the time that rests wait, which is some seconds whatever the
  // number of records.
  await withSink(ES.server, ["--throttle", "5"], (throttled) =>
    withSink(ES.server, [], (sink) =>
      ratio(
        name,
        4,
        () => network({ esstore: throttled }, RECORDS, "{}"),
        () => bench(`floor-${ES.server}`, String(RECORDS), JSON.stringify(sink)),
        FEW_PAIRS,
      ),
    ),
  );
}

/** Each network store against other programs that do the same: time and peak memory. */
export async function peerLines(): Promise<void> {
  for (const { peer, program, ...subject } of PEERS) {
    const name = `${subject.title} against ${peer}`;
    if (!isWanted(name)) continue;
    await withSink(subject.server, [], (sink) => {
      const costs = pairs(embedded(subject, sink), bench(program, String(RECORDS), JSON.stringify(sink)), PAIRS);
      const { own, base, rssRatio } = costs;
      sayTime(`${name}, time`, 1, costs, `; the peer's arrived ${base.arrived} of ${RECORDS}`);
      const detail = `${own.rssMiB.toFixed(0)} MiB against ${base.rssMiB.toFixed(0)} MiB`;
      say(`${name}, peak memory`, `${rssRatio.toFixed(2)} x`, "1.00 x", detail);
    });
  }
}

/** All four stores in one process against each alone. */
export async function togetherLines(): Promise<void> {
  const name = "four stores at once against each alone, CPU time";
  if (!isWanted(name)) return;
  await withSink("elasticsearch", [], (esstore) =>
    withSink("splunk", [], (splunkhecstore) =>
      withSink("mongodb", [], (mongodbstore) => {
        const filestore: Sink = { url: "", counter: "" };
        const sinks = { filestore, esstore, splunkhecstore, mongodbstore };
        const rounds = Array.from({ length: PAIRS }, () => ({
          together: cpuMs(sinks),
          alone: Object.entries(sinks).reduce((sum, [store, sink]) => sum + cpuMs({ [store]: sink }), 0),
        }));
        const value = median(rounds.map(({ together, alone }) => together / alone));
        const [together, alone] = [
          median(rounds.map((round) => round.together)),
          median(rounds.map((round) => round.alone)),
        ];
        say(name, `${value.toFixed(2)} x`, "0.70 x", `${together.toFixed(0)} ms against ${alone.toFixed(0)} ms`);
      }),
    ),
  );
}

/** Whether a network store holds more when there is more to write. */
export async function networkMemoryLines(): Promise<void> {
  for (const subject of [ES, HEC, MONGO]) {
    for (const [suffix, args] of [
      ["", []],
      [", a sink ten times slower", SLOW],
    ] as const) {
      const name = `memory, ${subject.title}${suffix}`;
      if (!isWanted(name)) continue;
      await withSink(subject.server, args, (sink) =>
        growth(
          name,
          (count) => steady("network", String(count), JSON.stringify({ [subject.store]: sink }), "{out}"),
          (count) => steady(`floor-${subject.server}`, String(count), JSON.stringify(sink)),
        ),
      );
    }
  }
}

function insertMany(sink: Sink, count: number): readonly [Command, Command] {
  return [embedded(MONGO, sink, count), bench("floor-mongodb", String(count), JSON.stringify(sink))];
}

async function against(
  name: string,
  server: SinkName,
  commands: (sink: Sink) => readonly [Command, Command],
  ...args: string[]
): Promise<void> {
  if (!isWanted(name)) return;
  await withSink(server, args, (sink) => {
    const [own, floor] = commands(sink);
    ratio(
      name,
      1.3,
      () => own,
      () => floor,
    );
  });
}

function cpuMs(sinks: Partial<Record<StoreName, Sink>>): number {
  return run(network(sinks)).cpuMs;
}

function embedded({ store }: Subject, sink: Sink, count?: number): Command {
  return network({ [store]: sink }, count);
}

/** @param delivery as JSON, in place of the one of that case */
function network(
  sinks: Partial<Record<StoreName, Sink>>,
  count: number = RECORDS,
  ...delivery: readonly string[]
): Command {
  return bench("network", String(count), JSON.stringify(sinks), "{out}", ...delivery);
}
