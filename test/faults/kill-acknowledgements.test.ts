// What the rounds of kills take for acknowledged (issue 14): only what the client was told.
import { afterEach, expect, test } from "vitest";
import { startSplunk } from "../../packages/store-testkit/src/servers/splunk/server.ts";
import { oldestAgainMs } from "./kills/acknowledgements.ts";
import { collector, GOOD } from "./kills/target.ts";

const CHANNEL = "4f2d5b0e-98f1-4d35-9b0d-0c6f7b0f3a11";
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function startTarget(useAck: boolean) {
  const server = await startSplunk({ tokens: { "t-1": { useAck } } });
  stops.push(server.stop);
  const target = collector(server, useAck, () => []);
  target.heal();
  const send = async (path: string, body: object): Promise<{ ackId?: number }> => {
    const headers = { authorization: "Splunk t-1", "x-splunk-request-channel": CHANNEL };
    const request = { method: "POST", headers, body: JSON.stringify(body) };
    return (await fetch(`${server.url}/services/collector${path}`, request)).json() as Promise<{ ackId?: number }>;
  };
  return {
    server,
    target,
    post: (n: number) => send("/event", { event: { kill_n: n } }),
    ask: (...acks: number[]) => send("/ack", { acks }),
    again: () => target.again?.().length,
  };
}

test("a record is acknowledged once its id was asked for and answered true", async () => {
  const { server, post, ask, again } = await startTarget(true);
  server.ack.mode = "manual";
  const { ackId = -1 } = await post(1);
  await post(1);
  // Of another post, and of none.
  await ask(ackId + 1, 17);
  // Not yet.
  await ask(ackId);
  await post(1);
  expect(again()).toBe(0);

  server.ack.release();
  await ask(ackId);
  await post(2);
  expect(again()).toBe(0);
  await post(1);
  expect(again()).toBe(1);
});

test("what the collector took and did not answer is not acknowledged by the answers to others", async () => {
  const { server, post, ask, again } = await startTarget(true);
  server.faults.next({ kind: "close", applied: true });
  await expect(post(1)).rejects.toThrow("fetch failed");
  const { ackId = -1 } = await post(2);
  await ask(ackId - 1, ackId);
  await post(1);
  expect(server.indexed).toBe(3);
  expect(again()).toBe(0);
});

test("without acknowledgements, the answer to a post acknowledges its records, and no others", async () => {
  const { server, post, again } = await startTarget(false);
  server.faults.next({ kind: "close", applied: true });
  await expect(post(1)).rejects.toThrow("fetch failed");
  await post(2);
  await post(1);
  expect(again()).toBe(0);
  await post(2);
  expect(again()).toBe(1);
});

test("a post that the collector hangs on is not acknowledged", async () => {
  const { server, target, post, again } = await startTarget(false);
  target.watch({ ...GOOD, hangsAt: 1 }, () => void server.restart());
  await expect(post(1)).rejects.toThrow("fetch failed");
  target.heal();
  await post(1);
  expect(again()).toBe(0);
});

test("what came again is as old as the kill of the process that knew it", () => {
  const killed = { startedMs: 0, endedMs: 1000, isKilled: true };
  const ended = { startedMs: 2000, endedMs: 3000, isKilled: false };
  const lives = [killed, ended];
  const oldest = (askedMs: number, acknowledgedMs: number, againMs: number): number =>
    oldestAgainMs([{ askedMs, acknowledgedMs, againMs }], lives);
  expect(oldest(800, 900, 2500)).toBe(100);
  expect(oldest(1500, 1500, 2500), "told to nobody").toBe(0);
  expect(oldest(900, 2100, 2500), "told to nobody, while another process begins").toBe(0);
  expect(oldest(2400, 2500, 9000), "after an end that is none").toBe(6500);
});

test("a record that came again is taken for acknowledged only when that is told again", async () => {
  const { post, again } = await startTarget(false);
  await post(1);
  await post(1);
  expect(again()).toBe(1);
  await post(1);
  expect(again()).toBe(2);
});
