import { expect, test } from "vitest";
import { BlockedError } from "../../src/index.ts";
import { type HttpAnswer, httpServer } from "../../src/kit/index.ts";

const PEER = "https://es.example:9200";
const ANSWER: HttpAnswer = { status: 200, headers: {}, body: "" };
const REQUEST = { method: "GET", path: "/" } as const;

/** A server whose requests end as `exchange` says, with a clock of which the test calls the timers. */
function openServer(exchange: (signal: AbortSignal) => Promise<HttpAnswer>) {
  const timers = new Map<number, { readonly fn: () => void; readonly ms: number }>();
  const clock = {
    now: () => 0,
    setTimeout: (fn: () => void, ms: number) => timers.set(timers.size, { fn, ms }).size - 1,
    clearTimeout: (timer: unknown) => void timers.delete(Number(timer)),
  };
  let closed = 0;
  const close = async (): Promise<void> => void (closed += 1);
  const server = httpServer({ peer: PEER, clock, timeoutMs: 50, exchange: (_, signal) => exchange(signal), close });
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
  expect([await server.send(REQUEST, signal), await server.send(REQUEST, signal)]).toEqual([ANSWER, ANSWER]);
  expect(new Set([signal, ...given]).size).toBe(3);
  expect(listeners).toEqual(["+abort", "-abort", "+abort", "-abort"]);
});

test("an attempt that is aborted breaks its request off, before it is sent as well", async () => {
  const { server } = openServer((signal) => (signal.aborted ? Promise.reject(new Error("x")) : untilAborted(signal)));
  const controller = new AbortController();
  const hanging = server.send(REQUEST, controller.signal);
  controller.abort();
  await expect(hanging).rejects.toMatchObject({ status: "unknown", code: "timeout" });
  await expect(server.send(REQUEST, controller.signal)).rejects.toMatchObject({ code: "timeout" });
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
    message: `${PEER} refuses the connection: nothing listens there.`,
  });
  const own = new BlockedError("tls", "why");
  await expect(openServer(() => Promise.reject(own)).server.send(REQUEST)).rejects.toBe(own);
});

test("close breaks off what is under way, and nothing is sent after it (ES-50)", async () => {
  const { server, closed } = openServer(untilAborted);
  const hanging = Promise.allSettled([server.send(REQUEST)]);
  await server.close();
  expect(await hanging).toMatchObject([{ reason: { status: "unknown", code: "timeout" } }]);
  expect(closed()).toBe(1);
  await expect(server.send(REQUEST)).rejects.toMatchObject({ status: "retry", code: "closed" });
});
