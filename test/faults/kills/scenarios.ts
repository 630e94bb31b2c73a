import { elasticsearch, filestore, mongodb, splunk, type Target } from "./target.ts";

/** What a run is killed in front of. */
export interface Scenario {
  readonly name: string;
  readonly input: "file" | "pipe";
  /** Starts its servers. @param folder where FileStore writes */
  open(folder: string): Promise<Target[]>;
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
};

/** Every kind of store with every kind of input. */
export const SCENARIOS: readonly Scenario[] = Object.entries(STORES).flatMap(([name, open]) =>
  (["file", "pipe"] as const).map((input) => ({ name, input, open })),
);
