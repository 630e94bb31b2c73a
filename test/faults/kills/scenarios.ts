import type { EngineName } from "../../engines/catalogue.ts";
import type { EngineAddress } from "../../engines/start-engine.ts";
import { MARK } from "../programs/every-tap.ts";
import { documentEngine, realCollector, searchEngine } from "./engine-target.ts";
import { elasticsearch, filestore, mongodb, splunk, type Target } from "./target.ts";

/** What a run is killed in front of. */
export interface Scenario {
  readonly name: string;
  readonly input: "file" | "pipe";
  /** The real server that it needs. */
  readonly engine?: EngineName;
  /** Its server refuses some of the records of real scanners. */
  readonly isPicky?: boolean;
  /**
   * Starts its servers.
   * @param folder where FileStore writes
   * @param engine the real server, where there is one
   */
  open(folder: string, engine: EngineAddress | undefined): Promise<Target[]>;
}

/** The store with a tap of its own. */
function every(of: number, target: Target): Target {
  const unmarked = (n: number): number => (n % MARK === of ? Math.floor(n / MARK) : Number.NaN);
  return { ...target, every: of, stored: async () => (await target.stored()).map(unmarked) };
}

type Stores = Readonly<Record<string, (folder: string) => Promise<Target[]>>>;

const STORES: Stores = {
  Elasticsearch: async () => [await elasticsearch()],
  MongoDB: async () => [await mongodb()],
  Splunk: async () => [await splunk(false)],
  "Splunk, acknowledged": async () => [await splunk(true)],
  "FileStore, JSON": async (folder) => [filestore(folder, { format: "json" })],
  "FileStore, NDJSON": async (folder) => [filestore(folder, { format: "ndjson" })],
  "FileStore, gzip": async (folder) => [filestore(folder, { format: "ndjson", compress: "gzip" })],
  "FileStore, append": async (folder) => [filestore(folder, { format: "ndjson", write_mode: "append" })],
  "FileStore, spool": async (folder) => [filestore(folder, { format: "json" }, true)],
  "FileStore and Elasticsearch": async (folder) => [filestore(folder, { format: "json" }), await elasticsearch()],
  "all four": async (folder) => [
    filestore(folder, { format: "ndjson" }),
    await elasticsearch(),
    await mongodb(),
    await splunk(false),
  ],
  taps: async (folder) => [
    every(2, filestore(folder, { format: "ndjson" })),
    every(3, await elasticsearch()),
    every(2, await mongodb()),
    await splunk(false),
  ],
};

/** Every kind of store with every kind of input. */
export const SCENARIOS: readonly Scenario[] = Object.entries(STORES).flatMap(([name, open]) =>
  (["file", "pipe"] as const).map((input) => ({ name, input, open })),
);

type Engines = readonly (readonly [name: string, engine: EngineName, open: (at: EngineAddress) => Promise<Target>])[];

const ENGINES: Engines = [
  ["real Elasticsearch", "elasticsearch", searchEngine],
  ["real OpenSearch", "opensearch", searchEngine],
  ["real MongoDB (mongo-java-server)", "mongo-java", documentEngine],
  ["real MongoDB (FerretDB)", "ferretdb", documentEngine],
  ["real collector", "hec", (at) => realCollector(at, false)],
  ["real collector, acknowledged", "hec", (at) => realCollector(at, true)],
];

/** The same with real servers. */
export const ENGINE_SCENARIOS: readonly (Scenario & { readonly engine: EngineName })[] = ENGINES.flatMap(
  ([name, engine, open]) =>
    (["file", "pipe"] as const).map((input) => ({
      name,
      input,
      engine,
      isPicky: engine === "ferretdb",
      async open(_folder, at) {
        if (!at) throw new Error(`${engine} was not started.`);
        return [await open(at)];
      },
    })),
);
