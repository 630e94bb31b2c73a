import { type Batch, defineStore, type Store } from "@cloudmarker/store-api";
import { expect, it } from "vitest";
import { PluginCalls } from "../../src/border/calls.ts";
import { createStoreHooks } from "../../src/hooks.ts";
import { createHost, systemClock } from "../../src/index.ts";
import { Identity } from "../../src/records/identity.ts";
import { StoreRun } from "../../src/host/store-run.ts";
import { NumberedRecord } from "../support/scripted-queue.ts";

it.each([
  ["has a flush: the batch is sent again", { flush: () => undefined }, 2],
  ["has none: the batch is durable", {}, 1],
])("an answer that is found together with the end of the store's thread, which %s", async (_, more, times) => {
  const batches: Batch[] = [];
  const store: Store = {
    async write(batch) {
      if (batches.push(batch) === 1) run.crashed(new Error("gone"));
      return [];
    },
    ...more,
  };
  const plugin = defineStore({ name: "plain", apiVersion: 1, params: { type: "object" }, open: () => store });
  const plugins = { plain: { plugin, delivery: { retry: { min: 1, max: 5 } } } };
  const host = createHost({ config: { plugins, audits: { a: { stores: ["plain"] } }, run: ["a"] } });
  const { stores } = await host.inspect();
  const [spec] = stores;
  if (!spec) throw new Error("the store was not found");
  const logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };
  const clock = systemClock;
  const calls = new PluginCalls({ audit: "a", key: "plain", plugin: "plain", now: clock.now, failed: ignore });
  const run = new StoreRun({
    spec,
    kept: undefined,
    counts: undefined,
    isHeld: false,
    idleMs: () => 0,
    calls,
    taps: [],
    hooks: createStoreHooks({
      clock,
      timeoutMs: 1000,
      report: ignore,
      warn: ignore,
      closed: () => false,
      mask: String,
    }),
    context: {
      key: "plain",
      audit: "a",
      run: "r",
      startedMs: 0,
      guarantee: "at-least-once",
      workers: [],
      resolvePath: (_param, path) => path,
      env: {},
      logger,
      clock,
    },
    clock,
    identity: new Identity("r", []),
    random: () => 0,
    open: () => store,
    deadLetter: async () => undefined,
    failed: ignore,
  });
  run.open();
  run.queue.accept(new NumberedRecord(1), 0);
  await run.finish(10_000, { complete: true });
  expect(batches).toHaveLength(times);
  const receipt = run.receipt();
  expect(receipt).toMatchObject({ written: 1, deadLettered: 0, lost: 0 });
  expect(receipt.problem).toBeUndefined();
});

function ignore(): void {
  // Nothing of it is of interest here.
}
