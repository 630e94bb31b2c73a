import type { Clock } from "@cloudmarker/store-api";
import { expect, test, vi } from "vitest";
import {
  codeFault,
  isAckPoll,
  isEventPost,
  noAckId,
} from "../../../packages/store-testkit/src/servers/splunk/code-fault.ts";
import { attempt, contextOf, openStore, isRecord, recordsOf, startCollector, TOKEN } from "./support.ts";

/** Resolves when the collector has been asked for acknowledgements `count` times more. */
async function polled(server: Awaited<ReturnType<typeof startCollector>>, count = 1): Promise<void> {
  const before = server.ack.polls;
  while (server.ack.polls < before + count) await new Promise((resolve) => setImmediate(resolve));
}

/** Writes, and breaks the attempt off once the collector was asked for acknowledgements. */
async function breakOff(
  { write }: Awaited<ReturnType<typeof openStore>>,
  server: Awaited<ReturnType<typeof startCollector>>,
  batch: ReturnType<typeof recordsOf>,
  asked: Promise<void> = polled(server),
): Promise<unknown> {
  const controller = new AbortController();
  const outcomes = write(batch, attempt(1, controller.signal));
  await asked;
  controller.abort();
  return outcomes;
}

test("a record counts as written when the indexers have it, not before; the first id is 0 (HEC-30)", async () => {
  const server = await startCollector({ useAck: true });
  server.ack.mode = "manual";
  const store = await openStore({ uri: server.url, ack: true });
  let isDone = false;
  const write = Promise.resolve(store.write(recordsOf(2), attempt())).then((outcomes) => {
    isDone = true;
    return outcomes;
  });
  await polled(server, 3);
  expect(isDone).toBe(false);
  server.ack.release();
  expect(await write).toEqual([]);
  expect(server.posts).toBe(1);
});

test("of posts under way together, each gets its own answer (HEC-31)", async () => {
  const server = await startCollector({ useAck: true });
  server.ack.mode = "manual";
  const store = await openStore({ uri: server.url, cookies: false });
  const writes = Array.from({ length: 5 }, () => store.write(recordsOf(1), attempt()));
  while (server.posts < 5) await new Promise((resolve) => setImmediate(resolve));
  server.ack.release(2);
  while (server.ack.pending > 3) await new Promise((resolve) => setImmediate(resolve));
  await polled(server, 6);
  expect(server.ack.pending).toBe(3);
  server.ack.release();
  expect(await Promise.all(writes)).toEqual([[], [], [], [], []]);
  expect(server.ack.pending).toBe(0);
});

/** What the host gives, and the timers that are under way. */
function countTimers() {
  const context = contextOf();
  const timers = new Set<unknown>();
  const clock: Clock = {
    now: context.clock.now,
    setTimeout(fn, ms) {
      const timer = context.clock.setTimeout(() => (timers.delete(timer), fn()), ms);
      timers.add(timer);
      return timer;
    },
    clearTimeout(timer) {
      timers.delete(timer);
      context.clock.clearTimeout(timer);
    },
  };
  return { context: { ...context, clock }, timers };
}

test("once there is nothing to wait for, no timer is left and nothing is asked", async () => {
  const server = await startCollector({ useAck: true });
  const { context, timers } = countTimers();
  const store = await openStore({ uri: server.url }, context);
  await Promise.all([store.write(recordsOf(1), attempt()), store.write(recordsOf(1), attempt())]);
  expect(timers.size).toBe(0);
});

test("nor when no write waits any more", async () => {
  const server = await startCollector({ useAck: true });
  const { context, timers } = countTimers();
  const store = await openStore({ uri: server.url, ack_poll_interval: 60_000, ack_timeout: 20 }, context);
  expect(await store.write(recordsOf(1), attempt())).toMatchObject([{ code: "ack_timeout" }]);
  expect(timers.size).toBe(0);
});

test("an id that was acknowledged may come again after a restart (HEC-31)", async () => {
  const server = await startCollector({ useAck: true });
  const store = await openStore({ uri: server.url });
  expect(await store.write(recordsOf(1), attempt())).toEqual([]);
  await server.restart();
  expect(await store.write(recordsOf(1), attempt())).toEqual([]);
});

test("no acknowledgement in time leaves the records in doubt (HEC-32)", async () => {
  const server = await startCollector({ useAck: true });
  server.ack.mode = "never";
  const store = await openStore({ uri: server.url, ack_timeout: 20 });
  expect(await store.write(recordsOf(2), attempt())).toMatchObject([
    { index: 0, status: "unknown", code: "ack_timeout" },
    { index: 1, status: "unknown", code: "ack_timeout" },
  ]);
});

test("an acknowledgement that comes late is taken, and the records are not sent again (HEC-32)", async () => {
  const server = await startCollector({ useAck: true });
  server.ack.mode = "manual";
  const store = await openStore({ uri: server.url });
  const batch = recordsOf(4);
  await breakOff(store, server, batch);
  server.ack.release();
  server.ack.mode = "now";
  // The host may send them in other batches than before.
  expect(await store.write(batch.slice(0, 2), attempt(2))).toMatchObject([
    { status: "written" },
    { status: "written" },
  ]);
  expect(await store.write([...recordsOf(1), ...batch.slice(2)], attempt(2))).toMatchObject([
    { index: 1, status: "written" },
    { index: 2, status: "written" },
  ]);
  expect(server.posts).toBe(2);
});

test("after a restart, which forgets what was open, the records are sent again and acknowledged (HEC-32)", async () => {
  const server = await startCollector({ useAck: true });
  server.ack.mode = "manual";
  const store = await openStore({ uri: server.url });
  const batch = recordsOf(2);
  const controller = new AbortController();
  const write = store.write(batch, attempt(1, controller.signal));
  await polled(server);
  await server.restart();
  controller.abort();
  expect(await write).toMatchObject([{ code: "ack_timeout" }, { code: "ack_timeout" }]);
  server.ack.mode = "now";
  expect(await store.write(batch, attempt(2))).toEqual([]);
  expect([...server.recordIds().values()]).toEqual([2, 2]);
});

test("an attempt that is aborted stops waiting (HEC-32)", async () => {
  const server = await startCollector({ useAck: true });
  server.ack.mode = "never";
  const store = await openStore({ uri: server.url });
  const outcomes = await breakOff(store, server, recordsOf(1));
  expect(outcomes).toMatchObject([{ status: "unknown", code: "ack_timeout" }]);
});

test("a question that fails is neither an acknowledgement nor an error; the next one may succeed (HEC-32)", async () => {
  const server = await startCollector({ useAck: true });
  for (const kind of ["close", "cut", "html200"] as const) server.faults.next({ kind, on: isAckPoll });
  server.faults.next(codeFault(9, { on: isAckPoll })).next({ kind: "status", status: 200, body: {}, on: isAckPoll });
  const store = await openStore({ uri: server.url });
  expect(await store.write(recordsOf(1), attempt())).toEqual([]);
  expect(server.faults.injected).toBe(5);
  expect(server.posts).toBe(1);
});

test("a time-out says why the questions failed (HEC-32)", async () => {
  const server = await startCollector({ useAck: true });
  server.faults.always(codeFault(4, { on: isAckPoll }));
  const store = await openStore({ uri: server.url });
  const asked = vi.waitFor(() => expect(server.faults.injected).toBeGreaterThan(1));
  expect(await breakOff(store, server, recordsOf(1), asked)).toMatchObject([
    { reason: expect.stringContaining("The last question failed: http://127.0.0.1:") },
  ]);
});

test("a token that acknowledges nothing will do with ack auto, and not with ack true (HEC-33)", async () => {
  const server = await startCollector();
  const automatic = await openStore({ uri: server.url });
  expect(await automatic.write(recordsOf(1), attempt())).toEqual([]);
  const strict = await openStore({ uri: server.url, ack: true });
  const reason = `${server.url} answers "ACK is disabled" (code 14): switch indexer acknowledgement on for the token, or set ack to auto.`;
  const refusal = { status: "blocked", code: "ack_disabled", message: reason };
  // Also when the host asks again: nothing is sent.
  for (let n = 1; n <= 3; n++) await expect(strict.write(recordsOf(1), attempt(n))).rejects.toMatchObject(refusal);
  expect(server.indexed).toBe(1);
  expect(server.posts).toBe(1);
});

test("batches that begin together share one question, and later ones ask nothing (HEC-33)", async () => {
  const server = await startCollector({ useAck: true });
  server.ack.mode = "manual";
  const { write } = await openStore({ uri: server.url, ack: true, cookies: false, ack_poll_interval: 60_000 });
  const controller = new AbortController();
  const writes = Array.from({ length: 4 }, () => write(recordsOf(1), attempt(1, controller.signal)));
  while (server.posts < 4) await new Promise((resolve) => setImmediate(resolve));
  writes.push(write(recordsOf(1), attempt(1, controller.signal)));
  while (server.posts < 5) await new Promise((resolve) => setImmediate(resolve));
  expect(server.ack.polls).toBe(1);
  controller.abort();
  await Promise.allSettled(writes);
});

test("once the token acknowledges, the next attempt sends the records (HEC-33)", async () => {
  const server = await startCollector({ useAck: true });
  server.faults.next(codeFault(14, { on: isAckPoll }));
  const store = await openStore({ uri: server.url, ack: true });
  await expect(store.write(recordsOf(2), attempt())).rejects.toMatchObject({ code: "ack_disabled" });
  expect(await store.write(recordsOf(2), attempt(2))).toEqual([]);
  expect([...server.recordIds().values()]).toEqual([1, 1]);
});

test.each([
  ["an error of the server", "retry", "server_error", codeFault(8, { on: isAckPoll })],
  ["a busy server", "retry", "busy", codeFault(9, { on: isAckPoll, headers: { "retry-after": "3" } })],
  ["a wrong token", "blocked", "credentials", codeFault(4, { on: isAckPoll })],
  ["no channel", "blocked", "channel", codeFault(10, { on: isAckPoll })],
  ["a proxy without a server", "retry", "wrong_answer", { kind: "status", status: 502, on: isAckPoll }],
  ["a wrong path", "blocked", "wrong_url", { kind: "status", status: 404, on: isAckPoll }],
  ["a page", "retry", "wrong_answer", { kind: "html200", on: isAckPoll }],
  ["a success that says nothing", "retry", "wrong_answer", codeFault(0, { on: isAckPoll })],
  [
    "a 200 that says disabled",
    "blocked",
    "ack_disabled",
    { kind: "status", status: 200, body: { text: "ACK is disabled", code: 14, acks: {} }, on: isAckPoll },
  ],
  ["a lost connection", "retry", "connection_lost", { kind: "close", on: isAckPoll }],
  ["half an answer", "retry", "connection_lost", { kind: "cut", applied: true, on: isAckPoll }],
] as const)(
  "%s as the answer to the first question: %s, and nothing is sent (HEC-33)",
  async (_, status, code, fault) => {
    const server = await startCollector({ useAck: true });
    server.faults.next(fault);
    const store = await openStore({ uri: server.url, ack: true });
    const error: unknown = await Promise.resolve(store.write(recordsOf(1), attempt())).catch(
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ status, code, message: expect.stringContaining(server.url) });
    expect(error).toMatchObject(code === "busy" ? { retryAfterMs: 3000 } : {});
    expect(server.posts).toBe(0);
    expect(await store.write(recordsOf(1), attempt(2))).toEqual([]);
  },
);

test("an attempt that is aborted before that answer has sent nothing (HEC-33)", async () => {
  const server = await startCollector({ useAck: true });
  server.faults.next({ kind: "hang", on: isAckPoll });
  const { context, timers } = countTimers();
  const store = await openStore({ uri: server.url, ack: true }, context);
  const controller = new AbortController();
  const write = store.write(recordsOf(1), attempt(1, controller.signal));
  while (server.faults.injected === 0) await new Promise((resolve) => setImmediate(resolve));
  controller.abort();
  await expect(write).rejects.toMatchObject({ status: "retry", code: "timeout" });
  expect(server.posts).toBe(0);
  // That of the question, which the next attempt waits for.
  expect(timers.size).toBe(1);
});

test("records that were taken without an id are in doubt, and the next request waits for the question (HEC-33)", async () => {
  const server = await startCollector({ useAck: true });
  server.faults.next(noAckId());
  const store = await openStore({ uri: server.url, ack: true });
  const reason = `${server.url} took the records, and gave no id to ask for their acknowledgement: switch indexer acknowledgement on for the token at every collector behind this address, or set ack to auto.`;
  expect(await store.write(recordsOf(2), attempt())).toMatchObject([
    { index: 0, status: "unknown", code: "ack_missing", reason },
    { index: 1, status: "unknown", code: "ack_missing", reason },
  ]);
  server.faults.next(codeFault(14, { on: isAckPoll }));
  await expect(store.write(recordsOf(2), attempt(2))).rejects.toMatchObject({
    status: "blocked",
    code: "ack_disabled",
  });
  expect(server.posts).toBe(1);
  expect(await store.write(recordsOf(2), attempt(3))).toEqual([]);
});

test("after anything else that blocks, the question comes first as well (HEC-33)", async () => {
  const server = await startCollector({ useAck: true });
  server.faults.next(codeFault(1, { on: isEventPost }));
  const store = await openStore({ uri: server.url, ack: true });
  await expect(store.write(recordsOf(1), attempt())).rejects.toMatchObject({ code: "credentials" });
  server.faults.next(codeFault(14, { on: isAckPoll }));
  await expect(store.write(recordsOf(1), attempt(2))).rejects.toMatchObject({ code: "ack_disabled" });
  expect(server.posts).toBe(1);
});

test("with ack false nothing is waited for, and a token that wants a channel has one (HEC-10)", async () => {
  const server = await startCollector({ useAck: true });
  server.ack.mode = "never";
  const store = await openStore({ uri: server.url, ack: false });
  expect(await store.write(recordsOf(1), attempt())).toEqual([]);
  expect(server.indexed).toBe(1);
});

test("code 14 makes ack auto go on without a channel, and blocks ack true", async () => {
  const server = await startCollector();
  server.faults.always(codeFault(14, { on: ({ headers }) => "x-splunk-request-channel" in headers }));
  const automatic = await openStore({ uri: server.url });
  for (let n = 0; n < 2; n++) expect(await automatic.write(recordsOf(1), attempt())).toEqual([]);
  expect(server.posts).toBe(3);
  const strict = await openStore({ uri: server.url, ack: true });
  await expect(strict.write(recordsOf(1), attempt())).rejects.toMatchObject({
    status: "blocked",
    code: "ack_disabled",
  });
});

test("so it does for posts that are under way together", async () => {
  const server = await startCollector();
  server.faults.always(codeFault(14, { on: ({ headers }) => "x-splunk-request-channel" in headers }));
  const store = await openStore({ uri: server.url, cookies: false });
  const writes = Array.from({ length: 4 }, () => store.write(recordsOf(1), attempt()));
  expect(await Promise.all(writes)).toEqual([[], [], [], []]);
  expect(server.indexed).toBe(4);
});

test("records before a refused one are waited for (HEC-34)", async () => {
  const server = await startCollector({ useAck: true });
  server.eventFault = (text) => (isRecord(text, 2) ? 6 : undefined);
  const store = await openStore({ uri: server.url });
  const outcomes = [
    { index: 2, status: "reject" },
    { index: 3, status: "retry" },
  ];
  const batch = recordsOf(4);
  expect(await store.write(batch, attempt())).toMatchObject(outcomes);
  expect(server.ack.polls).toBeGreaterThan(0);
  expect(await store.write(batch.slice(3), attempt(2))).toEqual([]);
  expect([...server.recordIds().keys()]).toEqual(["r0", "r1", "r3"]);
  server.ack.mode = "never";
  const impatient = await openStore({ uri: server.url, ack_timeout: 20 });
  expect(await impatient.write(recordsOf(4), attempt())).toMatchObject([
    { index: 0, status: "unknown" },
    { index: 1, status: "unknown" },
    ...outcomes,
  ]);
});

test("records before a refused one are in doubt if there is no id to ask with (HEC-33, HEC-34)", async () => {
  const server = await startCollector({ useAck: true });
  server.faults.next(noAckId());
  server.eventFault = (text) => (isRecord(text, 2) ? 6 : undefined);
  const store = await openStore({ uri: server.url, ack: true });
  const reason = expect.stringContaining(
    `${server.url} took the records before one that it refuses, and gave no id to ask for their acknowledgement`,
  );
  expect(await store.write(recordsOf(4), attempt())).toMatchObject([
    { index: 0, status: "unknown", code: "ack_missing", reason },
    { index: 1, status: "unknown", code: "ack_missing", reason },
    { index: 2, status: "reject", code: "bad_format" },
    { index: 3, status: "retry" },
  ]);
  server.faults.next(codeFault(14, { on: isAckPoll }));
  await expect(store.write(recordsOf(1), attempt(2))).rejects.toMatchObject({ code: "ack_disabled" });
  expect(server.posts).toBe(1);
});

test("behind a load balancer, questions go where the records went, from the first batches on (HEC-35)", async () => {
  const server = await startCollector({ useAck: true, sticky: true });
  const store = await openStore({ uri: server.url, ack_timeout: 5000 });
  const writes = Array.from({ length: 4 }, () => store.write(recordsOf(1), attempt()));
  expect(await Promise.all(writes)).toEqual([[], [], [], []]);
  expect(server.posts).toBe(4);
});

test("once that is known, one request does not wait for another (HEC-35)", async () => {
  const server = await startCollector();
  const store = await openStore({ uri: server.url });
  await store.write(recordsOf(1), attempt());
  const controller = new AbortController();
  server.faults.next({ kind: "hang" });
  const hanging = Promise.resolve(store.write(recordsOf(1), attempt(1, controller.signal))).catch(String);
  while (server.faults.injected === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(await store.write(recordsOf(1), attempt())).toEqual([]);
  controller.abort();
  expect(await hanging).toContain("did not answer in time");
});

test("without cookies they do not, and the records stay in doubt (HEC-35)", async () => {
  const server = await startCollector({ useAck: true, sticky: true });
  const store = await openStore({ uri: server.url, ack_timeout: 20, cookies: false });
  expect(await store.write(recordsOf(1), attempt())).toMatchObject([{ code: "ack_timeout" }]);
});

test("questions are not compressed, whatever the records are (HEC-09)", async () => {
  const server = await startCollector({ useAck: true });
  const store = await openStore({ uri: server.url, gzip: true });
  expect(await store.write(recordsOf(1), attempt())).toEqual([]);
});

/** Writes a record; the collector does not answer until the attempt is aborted. */
async function hang(
  { write }: Awaited<ReturnType<typeof openStore>>,
  server: Awaited<ReturnType<typeof startCollector>>,
  applied: boolean,
): Promise<{ readonly end: () => Promise<unknown> }> {
  const controller = new AbortController();
  server.faults.next({ kind: "hang", applied, on: isEventPost });
  const hanging = Promise.resolve(write(recordsOf(1), attempt(1, controller.signal))).catch(String);
  for (const before = server.posts; server.posts === before;) await new Promise((resolve) => setImmediate(resolve));
  return { end: () => (controller.abort(), hanging) };
}

test("an acknowledgement counts at once, while another request has no answer (HEC-31)", async () => {
  const server = await startCollector({ useAck: true });
  const store = await openStore({ uri: server.url });
  await store.write(recordsOf(1), attempt());
  const hanging = await hang(store, server, true);
  for (let n = 0; n < 2; n++) expect(await store.write(recordsOf(1), attempt())).toEqual([]);
  await hanging.end();
});

test.each([
  ["without an answer", { kind: "hang", applied: true, on: isEventPost }],
  ["whose answer was lost", { kind: "close", applied: true, on: isEventPost }],
  ["that a proxy answered", { kind: "status", status: 504, body: "", applied: true, on: isEventPost }],
] as const)("after a restart, the acknowledgement of a post %s is of no other (HEC-31)", async (_, fault) => {
  const server = await startCollector({ useAck: true });
  server.ack.mode = "manual";
  const store = await openStore({ uri: server.url });
  const batch = recordsOf(1);
  const controller = new AbortController();
  const first = store.write(batch, attempt(1, controller.signal));
  await polled(server);
  // As a restart does: the next posts get the same ids once more.
  server.ack.forget();
  server.faults.next(fault);
  const other = new AbortController();
  const second = Promise.resolve(store.write(recordsOf(1), attempt(1, other.signal))).catch(String);
  while (server.indexed < 2) await new Promise((resolve) => setImmediate(resolve));
  server.ack.release();
  await polled(server, 3);
  controller.abort();
  other.abort();
  expect(await first).toMatchObject([{ status: "unknown", code: "ack_timeout" }]);
  await second;
});

test("a channel takes the next post once the indexers have the last one, and no channel in doubt does (HEC-30)", async () => {
  const server = await startCollector({ useAck: true });
  const channels = new Set<unknown>();
  server.faults.always({
    kind: "edit",
    edit: (answer, request) => (channels.add(request.headers["x-splunk-request-channel"]), answer),
  });
  const store = await openStore({ uri: server.url, ack_timeout: 20 });
  for (let n = 0; n < 3; n++) await store.write(recordsOf(1), attempt());
  expect(channels.size).toBe(1);
  server.ack.mode = "never";
  await store.write(recordsOf(1), attempt());
  server.ack.mode = "now";
  await store.write(recordsOf(1), attempt());
  expect(channels.size).toBe(2);
});

test("neither the warning nor anything else names the token (HEC-02)", async () => {
  const warnings: string[] = [];
  const server = await startCollector({ useAck: true });
  server.successCode = 25;
  server.faults.next({ kind: "close", on: isEventPost });
  const store = await openStore({ uri: server.url, ack: true }, contextOf(warnings));
  const error: unknown = await Promise.resolve(store.write(recordsOf(1), attempt())).catch((reason: unknown) => reason);
  await store.write(recordsOf(1), attempt(2));
  expect(`${String(error)} ${warnings.join()}`).not.toContain(TOKEN);
});
