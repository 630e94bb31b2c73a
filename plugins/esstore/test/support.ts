import type { Store, StoreContext } from "@cloudmarker/store-api";
import { onTestFinished } from "vitest";
import { storeContext } from "../../../test/support/store-context.ts";
import esstore from "../src/index.ts";
import type { EsStoreParams } from "../src/index.ts";

export { attempt } from "../../../test/support/store-context.ts";

/** Every param as the schema has it. */
export const DEFAULTS: EsStoreParams = {
  host: "localhost",
  port: 9200,
  index: "cloudmarker",
  buffer_size: 2_000_000,
  mode: "index",
  op: "create",
  mapping: "managed",
  fields: {},
  time: [],
  timestamp: true,
  require_alias: false,
  tls: { verify: true },
  headers: {},
  compression: false,
  request_timeout: 30_000,
};

/** When the run of the tests began. */
export const STARTED: string = "2026-11-23T14:53:14.000Z";

export interface Opened extends Required<Store> {
  readonly warnings: string[];
}

/** An open EsStore, closed after the test. */
export async function openStore(
  node: string,
  given: Partial<EsStoreParams> = {},
  context: Partial<StoreContext> = {},
): Promise<Opened> {
  const warnings: string[] = [];
  const whole = { key: "search", run: "20261123_145314", startedMs: Date.parse(STARTED), ...context };
  const store = (await esstore.open({ ...DEFAULTS, node, ...given }, storeContext(whole, warnings))) as Required<Store>;
  onTestFinished(() => store.close());
  return { ...store, warnings };
}
