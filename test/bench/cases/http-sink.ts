import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import { announce, delayMs, listen } from "./sink.ts";

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
      if (body) answer = body.answer;
      records += body?.records ?? 0;
      if (body && delayMs > 0) setTimeout(reply, delayMs);
      else reply();
    });
  });
  // A client that waits between requests must not lose its connection: no case is about that.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  const port = await listen(server);
  await announce(`http://127.0.0.1:${port}`, () => {
    const counts = { records, bytes };
    records = 0;
    bytes = 0;
    return counts;
  });
}
