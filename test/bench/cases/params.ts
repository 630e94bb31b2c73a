/** Stores that are measured; `filestore` has a folder in place of a URL. */
export type StoreName = "filestore" | "esstore" | "splunkhecstore" | "mongodbstore";

/** The params of each store, by the place that it writes to. */
export const PARAMS: Readonly<Record<StoreName, (place: string) => Readonly<Record<string, unknown>>>> = {
  filestore: (path) => ({ path, format: "ndjson" }),
  esstore: (node) => ({ node, index: "bench", mapping: "none" }),
  splunkhecstore: (uri) => ({ uri, token: "bench", ack: false }),
  mongodbstore: (uri) => ({ uri, db: "bench", collection: "bench", indexes: false }),
};
