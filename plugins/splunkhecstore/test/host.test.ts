import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHost } from "@cloudmarker/core";
import type { StorePlugin, StoreReceipt } from "@cloudmarker/store-api";
import { expect, onTestFinished, test } from "vitest";
import { codeFault, isEventPost, noAckId } from "../../../packages/store-testkit/src/servers/splunk/code-fault.ts";
import splunkhecstore from "../src/index.ts";
import { isRecord, startCollector, TOKEN } from "./support.ts";

const QUICK = { retry: { min: 1, max: 5 }, batch: { records: 100, age: 5 } };
const plugin = splunkhecstore as unknown as StorePlugin;

/** One run of `count` records with ascending `raw.n`, and the receipt of the store. */
async function run(
  count: number,
  params: object,
  delivery: object = {},
  rawOf: (n: number) => object = (n) => ({ n }),
): Promise<StoreReceipt> {
  const stateDir = mkdtempSync(join(tmpdir(), "splunkhecstore-test-"));
  onTestFinished(() => rmSync(stateDir, { recursive: true, force: true }));
  const stores = { splunk: { plugin, params: { token: TOKEN, ...params }, delivery: { ...QUICK, ...delivery } } };
  const host = createHost({ stateDir, run: "20261123_145314", stores });
  await host.write(Array.from({ length: count }, (_, n) => ({ raw: rawOf(n), ext: {}, com: {} })));
  const { stores: receipts } = await host.done();
  const [receipt] = receipts;
  if (!receipt) throw new Error("There is no receipt.");
  const { accepted, written, duplicate, deadLettered, spooled, lost } = receipt;
  expect({ accepted, lost }).toEqual({ accepted: written + duplicate + deadLettered + spooled, lost: 0 });
  return receipt;
}

test("records that Splunk refuses become dead letters, and nothing else does (HEC-20, MS-5)", async () => {
  const server = await startCollector();
  const codes = new Map([
    [0, 12],
    [57, 6],
    [58, 15],
    [299, 13],
  ] as const);
  server.eventFault = (text) => [...codes].find(([n]) => isRecord(text, n))?.[1];
  expect(await run(300, { uri: server.url })).toMatchObject({ written: 296, deadLettered: 4 });
  expect([...server.recordIds().values()].filter((times) => times !== 1)).toEqual([]);
});

test("a busy, a broken and a restarted server cost no record; what was in doubt is there twice (HEC-23)", async () => {
  const server = await startCollector();
  server.faults.next(codeFault(9)).next({ kind: "close" }).next({ kind: "html200", applied: true }).next(codeFault(26));
  expect(await run(1000, { uri: server.url })).toMatchObject({ written: 1000 });
  expect([...server.recordIds().values()].filter((times) => times === 2)).toHaveLength(100);
  expect(server.recordIds().size).toBe(1000);
});

test("an attempt that runs out of time in one of its requests sends nothing of the others again (HEC-23)", async () => {
  const server = await startCollector();
  server.faults.next({ kind: "hang", on: () => server.posts === 2 });
  const params = { uri: server.url, index: "{/raw/to}", time: [{ from: "/raw/none" }] };
  const receipt = await run(100, params, { timeout: 2000 }, (n) => ({ n, to: ["a", "b", "c"][n % 3] }));
  // Each record is counted once for the remarks as well.
  expect(receipt).toMatchObject({ written: 100, retries: 1, remarks: [{ code: "unmatched_pointer", of: 100 }] });
  expect([...server.recordIds().values()]).toEqual(Array.from({ length: 100 }, () => 1));
});

test("acknowledgements that come late are waited for, and nothing is there twice (HEC-32)", async () => {
  const server = await startCollector({ useAck: true });
  server.ack.mode = "manual";
  let polls = 0;
  server.faults.always({
    kind: "edit",
    edit: (answer) => {
      if (++polls % 7 === 0) server.ack.release();
      return answer;
    },
    on: (request) => !isEventPost(request),
  });
  const receipt = await run(1000, { uri: server.url, ack: true, ack_poll_interval: 1 });
  expect(receipt).toMatchObject({ written: 1000, retries: 0 });
  expect(server.indexed).toBe(1000);
});

test("a restart that forgets acknowledgements loses nothing (HEC-32)", async () => {
  const server = await startCollector({ useAck: true });
  server.ack.mode = "manual";
  const restart = async (): Promise<void> => {
    await server.restart();
    server.ack.mode = "now";
  };
  let hasRestarted: Promise<void> | undefined;
  server.faults.always({
    kind: "edit",
    edit: (answer) => {
      // Not at the question before the first record.
      if (server.posts > 0) hasRestarted ??= restart();
      return answer;
    },
    on: (request) => !isEventPost(request),
  });
  const receipt = await run(500, { uri: server.url, ack: true, ack_poll_interval: 1, ack_timeout: 50 });
  await hasRestarted;
  expect(receipt).toMatchObject({ written: 500 });
  expect(receipt.retries).toBeGreaterThan(0);
  expect(server.recordIds().size).toBe(500);
});

test("a request that is too large is halved until it fits (HEC-08)", async () => {
  const server = await startCollector({ maxContentLength: 3000 });
  expect(await run(200, { uri: server.url })).toMatchObject({ written: 200 });
  expect(server.indexed).toBe(200);
});

test("at-most-once never has a record twice, and keeps records in doubt (HEC-23)", async () => {
  const server = await startCollector();
  server.faults.every(3, { kind: "close", applied: true });
  const receipt = await run(1000, { uri: server.url }, { guarantee: "at-most-once" });
  expect(receipt.written + receipt.deadLettered).toBe(1000);
  expect(receipt.deadLettered).toBeGreaterThan(0);
  expect([...server.recordIds().values()].filter((times) => times !== 1)).toEqual([]);
  expect(receipt.reasons.map(({ code }) => code)).toEqual(["unknown_outcome"]);
});

test.each(["at-most-once", "at-least-once"] as const)(
  "%s: a token that acknowledges nothing gets no record (HEC-33)",
  async (guarantee) => {
    const server = await startCollector();
    const receipt = await run(10, { uri: server.url, ack: true }, { guarantee, deadline: 500 });
    expect(receipt).toMatchObject({ written: 0, problem: { code: "ack_disabled" } });
    expect(server.posts).toBe(0);
  },
);

test("at-most-once: what was taken without an id is a dead letter, and nothing is there twice (HEC-33)", async () => {
  const server = await startCollector({ useAck: true });
  server.faults.every(3, noAckId());
  const receipt = await run(1000, { uri: server.url, ack: true }, { guarantee: "at-most-once" });
  expect(receipt.written + receipt.deadLettered).toBe(1000);
  expect(receipt).toMatchObject({ deadLettered: expect.toSatisfy((count: number) => count > 0) });
  const reason = expect.stringMatching(/^The store may have it, .* took the records, and gave no id/u);
  expect(receipt.reasons).toMatchObject([{ code: "unknown_outcome", reason }]);
  expect(server.indexed).toBe(1000);
  expect(server.recordIds().size).toBe(1000);
});

test("at-least-once: what was taken without an id is sent again, until it is acknowledged (HEC-33)", async () => {
  const server = await startCollector({ useAck: true });
  server.faults.next(noAckId()).next(noAckId());
  const receipt = await run(1000, { uri: server.url, ack: true });
  expect(receipt).toMatchObject({ written: 1000, deadLettered: 0 });
  expect(server.recordIds().size).toBe(1000);
  expect(server.indexed).toBeGreaterThan(1000);
});
