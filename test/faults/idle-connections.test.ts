// L-13: a server closes idle connections just when the next request is on its way. The request never arrives, and the
// client cannot know that.
import { createHost } from "@cloudmarker/core";
import type { Guarantee, RetryReport, StoreHooks, StoreReceipt } from "@cloudmarker/store-api";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { type IdleCloser, startIdleCloser } from "../servers/idle-closer.ts";
import { elasticsearchTarget } from "./elasticsearch-target.ts";
import { mongodbTarget } from "./mongodb-target.ts";
import { splunkTarget } from "./splunk-target.ts";
import type { TargetKind } from "./target.ts";

const ROUNDS = 30;
const RECORDS = 100;
const KINDS = [elasticsearchTarget, mongodbTarget, splunkTarget];

interface Outcome {
  readonly receipt: StoreReceipt | undefined;
  /** Requests that came too late. */
  readonly crossed: number;
  /** Different records that the server has. */
  readonly stored: number;
}

/** Sends 3,000 records in 30 rounds; after each one, what is idle is closed. */
async function run(
  kind: TargetKind,
  guarantee: Guarantee,
  begin: (closer: IdleCloser, hooks: StoreHooks) => void = () => undefined,
): Promise<Outcome> {
  await using target = await kind.start();
  const [, port = ""] = /127\.0\.0\.1:(\d+)/u.exec(JSON.stringify(target.params)) ?? [];
  await using closer = await startIdleCloser(Number(port));
  const params = JSON.parse(JSON.stringify(target.params).replaceAll(`:${port}`, `:${closer.port}`)) as object;
  const stateDir = mkdtempSync(join(tmpdir(), "cloudmarker-idle-"));
  onTestFinished(() => rmSync(stateDir, { recursive: true, force: true }));
  const delivery = { guarantee, batch: { records: RECORDS / 2 }, retry: { min: 1, max: 5 }, spool: false };
  const host = createHost({ stateDir, stores: { target: { plugin: target.plugin, params: { ...params }, delivery } } });
  host.hooks.store.tap("begin", ({ hooks }) => begin(closer, hooks));
  for (let round = 0; round < ROUNDS; round++) {
    await host.write(Array.from({ length: RECORDS }, (_, n) => ({ seq: round * RECORDS + n })));
    await host.flush();
    closer.closeIdle();
    // No server closes what was in use a moment ago.
    for (const until = performance.now() + 5; performance.now() < until;) await turn();
  }
  const receipt = await host.done();
  return { receipt: receipt.stores[0], crossed: closer.crossed, stored: target.stored().size };
}

test.each(KINDS.map((kind) => [kind.store, kind] as const))(
  "L-13: %s gives up no record for it at most once, and sends none on a connection that may be closed",
  async (_, kind) => {
    const { receipt, crossed, stored } = await run(kind, "at-most-once");
    expect(receipt).toMatchObject({ written: ROUNDS * RECORDS, deadLettered: 0 });
    expect(stored).toBe(ROUNDS * RECORDS);
    expect(crossed).toBe(0);
  },
);

test.each(KINDS.map((kind) => [kind.store, kind] as const))(
  "%s uses its connections again at least once, and what crossed is sent again",
  async (_, kind) => {
    const { receipt, crossed, stored } = await run(kind, "at-least-once");
    expect(receipt).toMatchObject({ written: ROUNDS * RECORDS, deadLettered: 0 });
    expect(stored).toBe(ROUNDS * RECORDS);
    expect(crossed).toBeGreaterThan(0);
  },
);

test("L-13: mongodbstore sends again what waited for a connection that broke before it was ready", async () => {
  const retries: RetryReport[] = [];
  const { receipt, stored } = await run(mongodbTarget, "at-most-once", (closer, hooks) => {
    let batches = 0;
    hooks.written.tap("turn away", () => {
      if (++batches === 10) closer.turnsAway = true;
    });
    hooks.retry.tap("let in", (report) => {
      retries.push(report);
      closer.turnsAway = false;
      return undefined;
    });
  });
  expect(receipt).toMatchObject({ written: ROUNDS * RECORDS, deadLettered: 0 });
  expect(stored).toBe(ROUNDS * RECORDS);
  expect(retries[0]).toMatchObject({ status: "retry", code: "unreachable" });
});
