import type { Com, Store, StoreContext, StoreRecord, WriteContext } from "@cloudmarker/store-api";
import { onTestFinished } from "vitest";
import {
  type SplunkOptions,
  type SplunkServer,
  startSplunk,
} from "../../../packages/store-testkit/src/servers/splunk/server.ts";
import { recordOfText } from "../../../test/support/record-of-text.ts";
import { attempt as attemptOf, storeContext } from "../../../test/support/store-context.ts";
import splunkhecstore, { type SplunkHecStoreParams } from "../src/index.ts";

export const TOKEN = "5d0d3c5e-0e2f-4a5c-9a43-7d6f0b1c2e3a";

/** Every param as the schema has it. */
export const DEFAULTS: SplunkHecStoreParams = {
  uri: "http://127.0.0.1:8088",
  token: TOKEN,
  buffer_size: 1000,
  sourcetype: "json",
  time: [],
  default_time: "run",
  fields: {},
  ack: "auto",
  ack_poll_interval: 2,
  ack_timeout: 45_000,
  cookies: true,
  max_body: 2_097_152,
  max_event: 5_242_880,
  gzip: false,
  tls: { verify: true },
  request_timeout: 10_000,
};

/** What the host gives; `warnings` fills up. */
export function contextOf(warnings: string[] = []): StoreContext {
  return storeContext({ key: "splunk", run: "20261123_145314", startedMs: 1_700_000_000_123 }, warnings);
}

/** A record of this very text. */
export function recordOf(json: string, id: string, com: Com = {}): StoreRecord {
  return recordOfText(json, com, id);
}

/** Records with the ids `r0`, `r1`, …, of the given workers in turn. */
export function recordsOf(count: number, workers: readonly string[] = ["aws"]): StoreRecord[] {
  return Array.from({ length: count }, (_, n) => {
    const com = { origin_worker: workers[n % workers.length] ?? "" };
    return recordOf(JSON.stringify({ raw: { n }, ext: {}, com }), `r${n}`, com);
  });
}

/** The text of the raw part of record `n`, as a server sees it. */
export function isRecord(text: string, n: number): boolean {
  return text.startsWith(`{"raw":{"n":${n}}`);
}

/** A collector that knows {@link TOKEN}, stopped after the test. */
export async function startCollector({
  useAck = false,
  ...options
}: Partial<SplunkOptions> & { useAck?: boolean } = {}): Promise<SplunkServer> {
  const server = await startSplunk({ tokens: { [TOKEN]: { useAck } }, ...options });
  onTestFinished(() => server.stop());
  return server;
}

/** An open store, closed after the test. */
export async function openStore(
  given: Partial<SplunkHecStoreParams>,
  context: StoreContext = contextOf(),
): Promise<Required<Store>> {
  const store = await splunkhecstore.open({ ...DEFAULTS, ...given }, context);
  onTestFinished(() => store.close?.());
  return store as Required<Store>;
}

/** An attempt that is never aborted. */
export function attempt(number = 1, signal?: AbortSignal): WriteContext {
  return attemptOf(signal, number);
}
