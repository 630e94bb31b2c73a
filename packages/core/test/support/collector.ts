import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Batch,
  type Failure,
  type Receipt,
  type RunEnd,
  type StorePlugin,
  type StoreRecord,
  defineStore,
} from "@cloudmarker/store-api";
import { type Host, type HostOptions, createHost } from "../../src/index.ts";

/** A store that keeps its records and the arguments of `done`. */
export class Collector {
  readonly records: StoreRecord[] = [];
  readonly ends: RunEnd[] = [];
  readonly plugin: StorePlugin = defineStore({
    name: "collector",
    apiVersion: 1,
    params: { type: "object" },
    open: () => ({
      write: (batch) => this.take(batch),
      done: ({ complete }) => void this.ends.push({ complete }),
    }),
  }) as unknown as StorePlugin;
  /** Resolves when the store may take a batch; at once where a test does not hold it up. */
  gate: Promise<void> = Promise.resolve();

  /** The `raw` of every record. */
  get raws(): unknown[] {
    return this.records.map((record) => record.value.raw);
  }

  private async take(batch: Batch): Promise<undefined> {
    await this.gate;
    this.records.push(...batch);
  }
}

/** A host with one collector, and what was seen of the run from outside. */
export interface Watched {
  readonly host: Host;
  readonly store: Collector;
  readonly failures: Failure[];
  /** As `host.hooks.done` got them. */
  readonly receipts: Receipt[];
}

/** Makes such a host; it is not open yet. */
export function watched(options: HostOptions = {}, delivery: object = {}): Watched {
  const store = new Collector();
  const host = createHost({
    stateDir: mkdtempSync(join(tmpdir(), "cloudmarker-host-")),
    run: "20260101_000000",
    stores: { s: { plugin: store.plugin, delivery: { batch: { records: 10 }, ordered: true, ...delivery } } },
    ...options,
  });
  const failures: Failure[] = [];
  const receipts: Receipt[] = [];
  host.hooks.failed.tap("test", (failure) => void failures.push(failure));
  host.hooks.done.tap("test", (receipt) => void receipts.push(receipt));
  return { host, store, failures, receipts };
}
