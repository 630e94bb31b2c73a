import type { Socket } from "node:net";
import { Readable } from "node:stream";
import { Agent, buildConnector, type Dispatcher, Pool, ProxyAgent } from "undici";
import { expect, onTestFinished, test } from "vitest";
import { startPort } from "../../../../test/servers/port.ts";
import { type AgentOptions, networkError, type OpenAgent, openAgent, readBody } from "../../src/kit/index.ts";

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

test("an answer without an end is left, and its connection with it", async () => {
  const body = new Readable({ read: () => void body.push("x".repeat(8)) });
  expect((await readBody(body, 20)).toString()).toBe("x".repeat(24));
  expect(body.destroyed).toBe(true);
});
