// A host of one store, for the cases of the spool.
import { createHost, type Host, type HostOptions } from "@cloudmarker/core";
import esstore from "@cloudmarker/esstore";
import { PARAMS } from "./params.ts";

/** A plugin, and its params. */
export interface StoreConfig {
  readonly plugin: unknown;
  readonly params?: object;
}

export function elasticsearch(url: string): StoreConfig {
  return { plugin: esstore, params: PARAMS.esstore(url) };
}

/** @param spool whether what the store has not got is kept, else it becomes dead letters */
export function spoolHost(
  store: StoreConfig,
  stateDir: string,
  spool: boolean,
  options: Pick<HostOptions, "resume" | "replay"> = {},
): Host {
  return createHost({
    config: {
      plugins: { store },
      audits: { default: { stores: ["store"] } },
      run: ["default"],
      // Records, not bytes, end a batch.
      delivery: { concurrency: 4, batch: { records: 1000, bytes: "16MB" }, spool },
    } as NonNullable<HostOptions["config"]>,
    origin: { worker: "bench" },
    stateDir,
    ...options,
  });
}
