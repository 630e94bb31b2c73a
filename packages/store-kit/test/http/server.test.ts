import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { BlockedError } from "@cloudmarker/store-api";
import { type Exchange, type HttpAnswer, httpServer, type WireRequest } from "../../src/http/index.ts";

const PEER = "https://es.example:9200";
const ANSWER: HttpAnswer = { status: 200, headers: {}, body: "" };
const REQUEST = { method: "GET", path: "/" } as const;

/** A server whose requests end as `exchange` says, and a clock whose timers the test calls. */
function openServer(exchange: (signal: AbortSignal, request: WireRequest) => ReturnType<Exchange>) {
  const timers = new Map<number, { readonly fn: () => void; readonly ms: number }>();
  const clock = {
    now: () => 0,
    setTimeout: (fn: () => void, ms: number) => timers.set(timers.size, { fn, ms }).size - 1,
    clearTimeout: (timer: unknown) => void timers.delete(Number(timer)),
  };
  let closed = 0;
  const close = async (): Promise<void> => void (closed += 1);
  const server = httpServer({
    peer: PEER,
    clock,
    timeoutMs: 50,
    exchange: (request, signal) => exchange(signal, request),
    close,
  });
  return { server, timers, closed: () => closed };
}

function untilAborted(signal: AbortSignal): Promise<HttpAnswer> {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("client's own"))));
}

test("each request has a signal of its own, and leaves nothing on that of the attempt (ES-45)", async () => {
  const given: AbortSignal[] = [];
  const { server } = openServer(async (signal) => (given.push(signal), ANSWER));
  const listeners: string[] = [];
  const { signal } = new AbortController();
  signal.addEventListener = (...[type]: unknown[]) => void listeners.push(`+${String(type)}`);
  signal.removeEventListener = (...[type]: unknown[]) => void listeners.push(`-${String(type)}`);
  expect([await server.send(REQUEST, signal), await server.send(REQUEST, signal)]).toMatchObject([ANSWER, ANSWER]);
  expect(new Set([signal, ...given]).size).toBe(3);
  expect(listeners).toEqual(["+abort", "-abort", "+abort", "-abort"]);
});

test("an answer says who gave it, and when", async () => {
  const { server } = openServer(async () => ANSWER);
  expect(await server.send(REQUEST)).toEqual({ ...ANSWER, peer: PEER, atMs: 0 });
  const node = "https://node2.example:9200";
  expect(await openServer(async () => ({ ...ANSWER, peer: node })).server.send(REQUEST)).toMatchObject({ peer: node });
});

test("a body is sent as it is, an object as JSON; either is packed if a header says so", async () => {
  const sent: (Buffer | undefined)[] = [];
  const { server } = openServer(async (_, { body }) => (sent.push(body), ANSWER));
  const headers = { "content-encoding": "gzip" };
  for (const request of [
    {},
    { body: Buffer.from("x") },
    { body: [1] },
    { body: Buffer.from("x"), headers },
    { headers },
  ])
    await server.send({ method: "POST", path: "/", ...request });
  const [none, bytes, json, packed, nothing] = sent;
  expect([none, bytes?.toString(), json?.toString(), nothing]).toEqual([undefined, "x", "[1]", undefined]);
  expect(gunzipSync(packed ?? "").toString()).toBe("x");
});

test("an aborted attempt ends its request; what was not sent by then is not in doubt", async () => {
  const { server } = openServer(untilAborted);
  const controller = new AbortController();
  const hanging = server.send(REQUEST, controller.signal);
  controller.abort();
  await expect(hanging).rejects.toMatchObject({ status: "unknown", code: "timeout" });
  await expect(server.send(REQUEST, controller.signal)).rejects.toMatchObject({ status: "retry", code: "timeout" });
});

test("a request without a signal has a time limit, and its timer does not stay", async () => {
  const { server, timers } = openServer(untilAborted);
  const hanging = server.send(REQUEST);
  expect([...timers.values()]).toMatchObject([{ ms: 50 }]);
  for (const { fn } of timers.values()) fn();
  await expect(hanging).rejects.toMatchObject({ status: "unknown", code: "timeout" });
  expect(timers.size).toBe(0);
});

test("an error of the connection is understood; one of the store's stays as it is", async () => {
  const refused = Object.assign(new Error("no"), { code: "ECONNREFUSED" });
  await expect(openServer(() => Promise.reject(refused)).server.send(REQUEST)).rejects.toMatchObject({
    status: "retry",
    code: "refused",
    message: `${PEER} refuses the connection: nothing listens there (ECONNREFUSED).`,
  });
  const own = new BlockedError("tls", "why");
  await expect(openServer(() => Promise.reject(own)).server.send(REQUEST)).rejects.toBe(own);
});

test("close ends pending requests, and nothing is sent after it (ES-50)", async () => {
  const { server, closed } = openServer(untilAborted);
  const hanging = Promise.allSettled([server.send(REQUEST)]);
  await server.close();
  expect(await hanging).toMatchObject([{ reason: { status: "unknown", code: "timeout" } }]);
  expect(closed()).toBe(1);
  await expect(server.send(REQUEST)).rejects.toMatchObject({ status: "retry", code: "closed" });
});

// By itself the question ends after 5 s.
test("close ends the question whether a server that cut the connection speaks TLS", { timeout: 4_000 }, async () => {
  const sockets: Socket[] = [];
  // It answers nothing.
  await using silent = createServer((socket) => void sockets.push(socket)).listen(0, "127.0.0.1");
  await once(silent, "listening");
  const { port } = silent.address() as { port: number };
  const reset = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
  const server = httpServer({
    peer: `http://127.0.0.1:${port}`,
    clock: { now: () => 0, setTimeout: () => 0, clearTimeout: () => undefined },
    timeoutMs: 50,
    exchange: () => Promise.reject(reset),
    close: async () => undefined,
  });
  const sent = server.send(REQUEST).catch((error: unknown) => error);
  await once(silent, "connection");
  await server.close();
  expect(await sent).toMatchObject({ code: "connection_lost" });
  await Promise.all(sockets.map((socket) => socket.destroyed || once(socket.resume(), "close")));
});
