import { promisify } from "node:util";
import zlib from "node:zlib";
import { BlockedError, type Clock, isStoreError, RetryError } from "@cloudmarker/store-api";
import { once } from "../tasks/once.ts";
import type { HttpAnswer, ServerAnswer } from "./answer.ts";
import { networkError } from "./network-error.ts";
import { firstPeer, type Proxy } from "./proxy.ts";
import { certificateAt } from "./tls.ts";

/** A request to a server. */
export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT";
  /** Path below the address of the server, with the query. */
  readonly path: string;
  /** With `content-encoding: gzip` the body is packed. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes are sent as they are; anything else is written as JSON. */
  readonly body?: Buffer | object;
}

/** A request as it goes over the wire. */
export interface WireRequest extends HttpRequest {
  readonly body?: Buffer;
}

/**
 * Sends one request once, through the client of a store.
 * @returns the answer, and the server that gave it if that may be another than the one that was asked
 */
export type Exchange = (
  request: WireRequest,
  signal: AbortSignal,
) => Promise<HttpAnswer & Partial<Pick<ServerAnswer, "peer">>>;

/** A server that a store sends to. */
export interface HttpServer {
  /** For messages. */
  readonly peer: string;
  /**
   * Sends one request once.
   * @param signal - that of the attempt; without it the request has a time limit of its own
   * @throws StoreError if no whole answer came; `retry` only if nothing was sent
   */
  send(request: HttpRequest, signal?: AbortSignal): Promise<ServerAnswer>;
  /** Aborts the requests under way and closes the connections. */
  close(): Promise<void>;
}

/** Options of {@link httpServer}. */
export interface HttpServerOptions {
  readonly peer: string;
  /** The proxy on the way to the server. */
  readonly proxy?: Proxy | undefined;
  readonly clock: Clock;
  /** Time limit of a request that has no signal, in milliseconds. */
  readonly timeoutMs: number;
  readonly exchange: Exchange;
  /** Closes the connections. */
  readonly close: () => Promise<void>;
}

/**
 * Makes a server of a client. Each request gets a signal of its own, since clients leave listeners on a signal, or
 * dispatch events to it.
 */
export function httpServer({ peer, proxy, clock, timeoutMs, exchange, close }: HttpServerOptions): HttpServer {
  const underWay = new Set<AbortController>();
  let hasAnswered = false;
  const closing = new AbortController();
  /** Undefined unless the server is asked in plain text and shows a certificate. */
  const secured = once(async () => (proxy ? undefined : plainCertificate(peer, closing.signal)));
  return {
    peer,
    async send(request, signal) {
      if (closing.signal.aborted) throw new RetryError("closed", "The store is closed.");
      const controller = new AbortController();
      const abort = (): void => controller.abort();
      underWay.add(controller);
      signal?.addEventListener("abort", abort, { once: true });
      if (signal?.aborted) abort();
      const timer = signal ? undefined : clock.setTimeout(abort, timeoutMs);
      try {
        const { body: given, ...rest } = request;
        const bytes = given && bytesOf(given);
        const body =
          bytes && rest.headers?.["content-encoding"] === "gzip"
            ? await promisify<Uint8Array, Buffer>(zlib.gzip)(bytes)
            : bytes;
        assertTimeLeft(controller.signal);
        const answer = await exchange({ ...rest, ...(body && { body }) }, controller.signal);
        hasAnswered = true;
        return { peer, atMs: clock.now(), ...answer };
      } catch (error) {
        const { aborted, reason } = controller.signal;
        const failure = isStoreError(error)
          ? error
          : networkError(aborted ? reason : error, peer, firstPeer(peer, proxy));
        if (hasAnswered || failure.code !== "connection_lost" || (await secured()) === undefined) throw failure;
        // Nothing that is sent in plain text can be applied there.
        throw new BlockedError("tls", `${peer} speaks TLS on this port: write https.`, { cause: error });
      } finally {
        signal?.removeEventListener("abort", abort);
        if (timer !== undefined) clock.clearTimeout(timer);
        underWay.delete(controller);
      }
    },
    close() {
      closing.abort();
      for (const controller of underWay) controller.abort();
      return close();
    },
  };
}

/** The certificate that a server shows where it is asked in plain text. */
async function plainCertificate(peer: string, signal: AbortSignal): Promise<string | undefined> {
  const isPlain = URL.parse(peer)?.protocol === "http:";
  return isPlain ? certificateAt(peer, { verify: false }, undefined, signal) : undefined;
}

/** The body of a request as bytes, before it is packed. */
export function bytesOf(body: Buffer | object): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
}

/**
 * Called just before something is sent.
 * @throws RetryError `timeout`: if the signal is already aborted, it is certain that nothing was sent
 */
export function assertTimeLeft({ aborted }: AbortSignal): void {
  if (aborted) throw new RetryError("timeout", "There was no time left to send this.");
}
