import { type DeliveryConfig, createHost } from "@cloudmarker/core";
import type { DeadLetter, StorePlugin, StoreReceipt } from "@cloudmarker/store-api";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

const DELIVERY: DeliveryConfig = { deadline: "5s", retry: { min: "20ms", max: "100ms" } };

/** What a host said of a store. */
export interface Sent {
  readonly receipt: StoreReceipt;
  readonly letters: readonly DeadLetter[];
  /** What else was said, on one line each. */
  readonly said: readonly string[];
}

/** Sends records through a real host and a real store, on the real clock. */
export async function send(
  plugin: StorePlugin,
  params: Readonly<Record<string, unknown>>,
  records: readonly object[],
  delivery: DeliveryConfig = {},
): Promise<Sent> {
  const stateDir = mkdtempSync(join(tmpdir(), "cloudmarker-send-"));
  onTestFinished(() => rmSync(stateDir, { recursive: true, force: true }));
  const stores = { target: { plugin, params, delivery: { ...DELIVERY, ...delivery } } };
  const host = createHost({ stores, stateDir, run: "20261123_145314" });
  const letters: DeadLetter[] = [];
  const said: string[] = [];
  host.hooks.deadLetter.tap("keep", (some) => void letters.push(...some));
  host.hooks.failed.tap("keep", ({ message }) => void said.push(message));
  host.hooks.store.tap("keep", ({ hooks }) => {
    hooks.retry.tap("keep", ({ reason }) => void said.push(reason));
    hooks.blocked.tap("keep", ({ reason }) => void said.push(reason));
  });
  await host.write(records);
  const [receipt] = (await host.done()).stores;
  if (!receipt) throw new Error("the run has no store");
  return { receipt, letters, said };
}
