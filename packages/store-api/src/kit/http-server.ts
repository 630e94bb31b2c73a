import { RetryError, StoreError } from "../errors.ts";
import type { Clock } from "../store.ts";
import type { HttpAnswer } from "./http-answer.ts";
import { networkError } from "./network-error.ts";
import { firstPeer } from "./server-url.ts";

/** A request to a server. */
export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT";
  /** Below the address of the server, with the query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** As it is where it is bytes, else written as JSON. */
  readonly body?: Buffer | object;
}

/** A server that a store sends to. */
export interface HttpServer<A extends HttpAnswer = HttpAnswer> {
  /** For messages. */
  readonly peer: string;
  /**
   * Sends one request once.
   * @param signal - that of the attempt; without one, the request has a time limit of its own
   * @throws StoreError where no whole answer came; `retry` only where nothing was sent
   */
  send(request: HttpRequest, signal?: AbortSignal): Promise<A>;
  /** Breaks off what is under way and closes the connections. */
  close(): Promise<void>;
}

/** What {@link httpServer} needs. */
export interface HttpServerOptions<A extends HttpAnswer> {
  readonly peer: string;
  /** URL of the proxy on the way there. */
  readonly proxy?: string | undefined;
  readonly clock: Clock;
  /** Time limit of a request that has no signal, in milliseconds. */
  readonly timeoutMs: number;
  readonly exchange: (request: HttpRequest, signal: AbortSignal) => Promise<A>;
  /** Closes the connections. */
  readonly close: () => Promise<void>;
}

/** Makes a server of a client. Each request gets a signal of its own: clients leave listeners on it, or dispatch events (ES-45). */
export function httpServer<A extends HttpAnswer>({
  peer,
  proxy,
  clock,
  timeoutMs,
  exchange,
  close,
}: HttpServerOptions<A>): HttpServer<A> {
  const underWay = new Set<AbortController>();
  let isClosed = false;
  return {
    peer,
    async send(request, signal) {
      if (isClosed) throw new RetryError("closed", "The store is closed.");
      const controller = new AbortController();
      const abort = (): void => controller.abort();
      underWay.add(controller);
      signal?.addEventListener("abort", abort, { once: true });
      if (signal?.aborted) abort();
      const timer = signal ? undefined : clock.setTimeout(abort, timeoutMs);
      try {
        return await exchange(request, controller.signal);
      } catch (error) {
        if (error instanceof StoreError) throw error;
        const { aborted, reason } = controller.signal;
        throw networkError(aborted ? reason : error, peer, firstPeer(peer, proxy));
      } finally {
        signal?.removeEventListener("abort", abort);
        if (timer !== undefined) clock.clearTimeout(timer);
        underWay.delete(controller);
      }
    },
    close() {
      isClosed = true;
      for (const controller of underWay) controller.abort();
      return close();
    },
  };
}
