// A host for the cases of the spool: one store, which takes what the spool has not to keep.
import { createHost, type Host } from "@cloudmarker/core";
import esstore from "@cloudmarker/esstore";
import noop from "./noop-store.ts";
import { PARAMS } from "./params.ts";

/**
 * @param url of an Elasticsearch; empty for a store that does nothing, and no spool
 * @param run to be resumed
 */
export function spoolHost(url: string, stateDir: string, run?: string): Host {
  const store = url === "" ? { plugin: noop } : { plugin: esstore, params: PARAMS.esstore(url) };
  return createHost({
    config: {
      plugins: { store },
      audits: { default: { stores: ["store"] } },
      run: ["default"],
      // Records, not bytes, end a batch.
      delivery: { concurrency: 4, batch: { records: 1000, bytes: "16MB" }, spool: url !== "" },
    },
    origin: { worker: "bench" },
    stateDir,
    ...(run !== undefined && { resume: { run } }),
  });
}
