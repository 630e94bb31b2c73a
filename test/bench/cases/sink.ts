import { createServer } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer, type Server } from "node:net";
import { parseArgs } from "node:util";

/** The URL at which a server takes records, and the URL that returns their number. */
export interface Sink {
  readonly url: string;
  /** URL whose `GET` answers {@link Counts}: what came since it was asked last. */
  readonly counter: string;
}

/** What arrived at a sink. */
export interface Counts {
  readonly records: number;
  /** Bytes of the bodies; undefined if the sink does not count them. */
  readonly bytes?: number;
}

const { values } = parseArgs({
  options: {
    delay: { type: "string", default: "0" },
    engine: { type: "boolean" },
    port: { type: "string", default: "0" },
    rate: { type: "string", default: "0" },
    throttle: { type: "string", default: "0" },
  },
});

/** `--delay MS`: how long the sink waits before it answers. @default 0 */
export const delayMs: number = Number(values.delay);

/**
 * `--throttle N`: each `N`th record is to be sent again, counted over all requests; an Elasticsearch only. @default 0,
 * none
 */
export const throttledEvery: number = Number(values.throttle);

/** `--rate N`: records of a second that it takes at most; HTTP alone. @default 0, as many as come */
export const ratePerSecond: number = Number(values.rate);

/** `--port N`: where it listens; HTTP alone. @default 0, a free one */
export const wantedPort: number = Number(values.port);

/** `--engine`: a real server in place of one that keeps nothing. */
export const isEngine: boolean = values.engine === true;

/**
 * Prints the {@link Sink} of this process, and ends the process when its input ends: then the parent has finished or is
 * gone.
 */
export async function announce(
  url: string,
  take: () => Counts | Promise<Counts>,
  close?: () => Promise<void>,
): Promise<void> {
  const counter = createServer(async (_request, response) => {
    response.end(JSON.stringify(await take()));
  });
  const port = await listen(counter);
  const sink: Sink = { url, counter: `http://127.0.0.1:${port}` };
  process.stdout.write(`${JSON.stringify(sink)}\n`);
  process.stdin.resume().once("end", async () => {
    await close?.();
    process.exit();
  });
}

/** A port of a server that answers after the delay: what comes is passed on at once. */
export async function slowed(port: number): Promise<number> {
  if (delayMs === 0) return port;
  const proxy = createTcpServer((client) => {
    const server = connect(port, "127.0.0.1");
    client.pipe(server);
    // Timers of the same length end in the order in which they began.
    server.on("data", (chunk) => setTimeout(() => client.write(chunk), delayMs));
    server.on("error", () => client.destroy());
    client.on("error", () => server.destroy());
    server.on("close", () => client.end());
  });
  return listen(proxy);
}

/** Listens on a loopback port. @default a free one */
export async function listen(server: Server, port = 0): Promise<number> {
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}
