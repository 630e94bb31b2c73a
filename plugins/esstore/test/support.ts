import type { Store, StoreContext, WriteContext } from "@cloudmarker/store-api";
import { onTestFinished } from "vitest";
import esstore from "../src/index.ts";
import type { EsStoreParams } from "../src/index.ts";

/** Every param as the schema has it. */
export const DEFAULTS: EsStoreParams = {
  host: "localhost",
  port: 9200,
  index: "cloudmarker",
  buffer_size: 5_000_000,
  mode: "index",
  op: "create",
  mapping: "managed",
  fields: {},
  time: [],
  require_alias: false,
  tls: { verify: true },
  compression: false,
  request_timeout: 30_000,
};

const ignore = (): void => {};

/** When the run of the tests began. */
export const STARTED: string = "2026-11-23T14:53:14.000Z";

/** A context; `warnings` are what was logged. */
function contextOf(warnings: string[] = []): StoreContext {
  return {
    key: "search",
    audit: "nightly",
    run: "20261123_145314",
    startedMs: Date.parse(STARTED),
    workers: [],
    resolvePath: (_param, path) => path,
    env: {},
    logger: { debug: ignore, info: ignore, warn: (message) => warnings.push(message), error: ignore },
    clock: {
      now: () => Date.now(),
      setTimeout: (fn, ms) => setTimeout(fn, ms),
      clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
    },
  };
}

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
  const whole = { ...contextOf(warnings), ...context };
  const store = (await esstore.open({ ...DEFAULTS, node, ...given }, whole)) as Required<Store>;
  onTestFinished(() => store.close());
  return { ...store, warnings };
}

/** One attempt that is never aborted. */
export function attempt(signal: AbortSignal = new AbortController().signal): WriteContext {
  return { attempt: 1, signal };
}
