import type { Socket } from "node:net";
import { Readable } from "node:stream";
import { Agent, buildConnector, type Dispatcher, Pool, ProxyAgent } from "undici";
import { expect, onTestFinished, test } from "vitest";
import { startPort } from "../../../../test/servers/port.ts";
import { type AgentOptions, networkError, type OpenAgent, openAgent, readBody } from "../../src/http/index.ts";

const UNDICI = { Agent, Pool, ProxyAgent, buildConnector };

function open(options: AgentOptions = {}): OpenAgent<Dispatcher> {
  return openAgent<Dispatcher, buildConnector.Options>(UNDICI, options);
}

/** A port until the end of the test. */
async function portOf(taken: (socket: Socket) => void): Promise<number> {
  const { port, stop } = await startPort(taken);
  onTestFinished(() => void stop());
  return port;
}

test.each([
  ["the server", (port: number) => ({ origin: `https://127.0.0.1:${port}`, options: {} })],
  ["the proxy", (port: number) => ({ origin: "https://es.example", options: { proxy: `https://localhost:${port}` } })],
])(
  "closing breaks off a connection to %s that is still being made",
  async (_whom, where) => {
    const taken = Promise.withResolvers<Socket>();
    const { origin, options } = where(await portOf(taken.resolve));
    const { agent, close } = open(options);
    const request = agent.request({ origin, path: "/", method: "GET" }).catch((error: unknown) => error);
    const socket = await taken.promise;
    const closed = new Promise((resolve) => socket.once("close", resolve));
    await close();
    expect(await request).toBeInstanceOf(Error);
    await closed;
  },
  // By itself the connection would have ten seconds.
  8_000,
);

test("a connection that breaks during its handshake has sent nothing (HEC-40)", async () => {
  const port = await portOf((socket) => socket.once("data", () => socket.resetAndDestroy()));
  const { agent, close } = open();
  onTestFinished(close);
  const origin = `https://127.0.0.1:${port}`;
  const error: unknown = await agent.request({ origin, path: "/", method: "GET" }).catch((reason: unknown) => reason);
  expect(networkError(error, origin)).toMatchObject({
    status: "retry",
    code: "unreachable",
    message: expect.stringContaining("closes the connection before it can be used"),
  });
});

/** A server that gives the same answer to everything, and counts its connections. */
async function serverOf(
  headers: string,
  last: "keep" | "end",
): Promise<{ readonly origin: string; connections: number }> {
  const server = { origin: "", connections: 0 };
  const port = await portOf((socket) => {
    server.connections++;
    const answer = `HTTP/1.1 200 OK\r\n${headers}content-length: 2\r\n\r\nok`;
    socket.on("data", (chunk) => {
      // The head of a request may come before its body.
      if (!String(chunk).endsWith("x")) return;
      if (last === "end") socket.end(answer);
      else socket.write(answer);
    });
  });
  server.origin = `http://127.0.0.1:${port}`;
  return server;
}

test.each([
  ["a server that says nothing of it keeps its connections", "", {}, 2],
  ["one that closes what is idle for a second gets a new one", "keep-alive: timeout=1\r\n", {}, 10],
  ["at most once, every request has one of its own", "", { guarantee: "at-most-once" }, 10],
] as const)("L-13: %s", async (_, headers, options, connections) => {
  const server = await serverOf(headers, "keep");
  const { agent, close } = open(options);
  onTestFinished(close);
  for (let n = 0; n < 10; n++) {
    const { body } = await agent.request({ origin: server.origin, path: "/", method: "POST", body: "x" });
    await body.text();
  }
  // undici opens a second one while it looks whether the first one is still open.
  expect(Math.max(server.connections, 2)).toBe(connections);
});

test("L-13: if a connection turns out to be closed, a request that is not written yet uses another one", async () => {
  const server = await serverOf("", "end");
  const { agent, close } = open();
  onTestFinished(close);
  for (let n = 0; n < 50; n++) {
    const { body } = await agent.request({ origin: server.origin, path: "/", method: "POST", body: "x" });
    expect(await body.text()).toBe("ok");
  }
  expect(server.connections).toBe(50);
});

test("an answer without an end is left, and its connection with it", async () => {
  const body = new Readable({ read: () => void body.push("x".repeat(8)) });
  expect((await readBody(body, 20)).toString()).toBe("x".repeat(24));
  expect(body.destroyed).toBe(true);
});
