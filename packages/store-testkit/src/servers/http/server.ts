import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { listen } from "../listener.ts";
import type { Listener } from "../listener.ts";
import { Reply } from "./reply.ts";
import { readBody, readHead } from "./request.ts";
import type { ReceivedRequest, RequestHead } from "./request.ts";

/** Certificates as PEM text. */
export interface TlsOptions {
  readonly cert: string;
  readonly key: string;
  /** Who may have signed the certificates of clients. */
  readonly ca?: string;
  /** Ask clients for a certificate, and refuse those without a good one. @default false */
  readonly requestCert?: boolean;
  /** The newest version that is spoken. */
  readonly maxVersion?: "TLSv1.2" | "TLSv1.3";
}

/** What {@link startHttpServer} takes. */
export interface HttpServerOptions {
  /** Called once the body was read. What it throws is answered as a 500. */
  handle(request: ReceivedRequest, reply: Reply): void | Promise<void>;
  /** Called before the body is read. Where it answers or closes, the body stays unread and `handle` is not called. */
  gate?(head: RequestHead, reply: Reply): void;
  readonly tls?: TlsOptions | undefined;
  /** @default 0, which means any free port */
  readonly port?: number | undefined;
}

/** A server on 127.0.0.1 that can be stopped and started again at the same address. */
export interface HttpFaultServer extends Listener, AsyncDisposable {
  readonly url: string;
  /** How many requests came in so far, answered or not. */
  readonly requests: number;
}

/** Starts an HTTP server that answers as `handle` says, faults included. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpFaultServer> {
  let requests = 0;
  const onRequest = (message: IncomingMessage, response: ServerResponse): void => {
    requests++;
    void serve(options, message, response);
  };
  const { port, stop, restart } = await listen(options.port ?? 0, () => create(options.tls, onRequest));
  return {
    url: `${options.tls ? "https" : "http"}://127.0.0.1:${port}`,
    port,
    get requests() {
      return requests;
    },
    stop,
    restart,
    [Symbol.asyncDispose]: stop,
  };
}

async function serve(options: HttpServerOptions, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const reply = new Reply(response);
  try {
    const head = readHead(message);
    options.gate?.(head, reply);
    if (reply.answered) return;
    const request = await readBody(message, head);
    await (request
      ? options.handle(request, reply)
      : reply.text(400, "The body is not what its content-encoding says."));
    if (!reply.answered) throw new Error(`Nothing answers ${head.method} ${head.path}.`);
  } catch (error) {
    // A client that broke off takes no answer.
    if (!reply.answered && !response.destroyed) reply.text(500, String(error));
  }
}

function create(tls: TlsOptions | undefined, onRequest: (m: IncomingMessage, r: ServerResponse) => void): Server {
  const server = tls
    ? createTlsServer({ rejectUnauthorized: tls.requestCert === true, ...tls }, onRequest)
    : createServer(onRequest);
  // Only the test decides when a connection ends: a server that closes idle ones adds failures of its own.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  server.headersTimeout = 0;
  return server;
}
