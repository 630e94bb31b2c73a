import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import { announce, delayMs, listen, ratePerSecond, wantedPort } from "./sink.ts";

/** Reads the body of one request as it comes. */
export interface BodyCounter {
  push(chunk: Buffer): void;
  /** What the server answers to it. Asked once, when it is whole. */
  readonly answer: string;
  /** Records of the body that the answer says were taken. */
  readonly records: number;
}

/** How a sink differs from another. */
export interface HttpSinkOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** A counter for a request that carries records. */
  carrier(request: IncomingMessage): BodyCounter | undefined;
  /** The answer to every other request. */
  readonly greeting: string;
}

/** A server that counts what it is sent, forgets it, and says that all is well. */
export async function startHttpSink({ headers, carrier, greeting }: HttpSinkOptions): Promise<void> {
  let records = 0;
  let bytes = 0;
  let busyUntil = 0;
  /** Milliseconds until the answer to so many records. */
  const waitMs = (count: number): number => {
    if (ratePerSecond === 0) return delayMs;
    busyUntil = Math.max(busyUntil, performance.now()) + (count / ratePerSecond) * 1000;
    return delayMs + busyUntil - performance.now();
  };
  const head = { "content-type": "application/json", ...headers };
  const server = createServer((request, response) => {
    const body = carrier(request);
    let answer = greeting;
    const reply = (): void => {
      response.writeHead(200, head).end(answer);
    };
    request.on("data", (chunk: Buffer) => {
      if (!body) return;
      bytes += chunk.length;
      body.push(chunk);
    });
    request.on("end", () => {
      if (!body) return reply();
      answer = body.answer;
      records += body.records;
      const ms = waitMs(body.records);
      if (ms > 0) setTimeout(reply, ms);
      else reply();
    });
  });
  // A client that waits between requests must not lose its connection: no case is about that.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  const port = await listen(server, wantedPort);
  await announce(`http://127.0.0.1:${port}`, () => {
    const counts = { records, bytes };
    records = 0;
    bytes = 0;
    return counts;
  });
}
