import { BlockedError, RetryError, UnknownOutcomeError } from "@cloudmarker/store-api";
import type { Clock, StoreContext } from "@cloudmarker/store-api";
import { excerpt, type HttpAnswer, loadTls, MASK, networkError } from "@cloudmarker/store-api/kit";
import type { Client, ClientOptions, TransportResult } from "@elastic/elasticsearch";
import { nodesOf } from "./nodes.ts";
import type { EsStoreParams } from "./params.ts";

/** A request to the cluster. */
export interface ServerRequest {
  readonly method: "GET" | "POST" | "PUT";
  /** With the query. */
  readonly path: string;
  /** NDJSON where it is bytes, else written as JSON. */
  readonly body?: Buffer | object;
}

/** What the cluster answered, whatever its status. */
export interface ServerAnswer extends HttpAnswer {
  /** The body as a value, where it is JSON. */
  readonly json: unknown;
  /** The node that answered. */
  readonly peer: string;
}

/** A cluster of Elasticsearch or OpenSearch. */
export interface Server {
  /** For messages. */
  readonly peer: string;
  /**
   * Sends one request once.
   * @param signal - that of the attempt; without one, the request has the time that the params give to small ones
   * @throws StoreError where no whole answer came
   */
  send(request: ServerRequest, signal?: AbortSignal): Promise<ServerAnswer>;
  /** Breaks off what is under way and closes the connections. */
  close(): Promise<void>;
}

/** Headers of every request; `accept`, `content-type` and `content-length` come on top. */
function headersOf({ username, password = "", api_key, bearer }: EsStoreParams): Record<string, string> {
  const basic = username === undefined ? undefined : Buffer.from(`${username}:${password}`).toString("base64");
  const secret =
    api_key !== undefined ? `ApiKey ${api_key}` : bearer !== undefined ? `Bearer ${bearer}` : basic && `Basic ${basic}`;
  return { "user-agent": "cloudmarker-esstore", ...(secret !== undefined && { authorization: secret }) };
}

/** The same, to be shown. */
export function shownHeaders(params: EsStoreParams, contentType: string, body: Uint8Array): Record<string, string> {
  const { authorization, ...headers } = headersOf(params);
  return {
    ...headers,
    ...(authorization !== undefined && { authorization: `${authorization.split(" ", 1)[0]} ${MASK}` }),
    ...(params.compression && { "accept-encoding": "gzip,deflate" }),
    "content-type": contentType,
    accept: "application/json",
    ...(params.compression ? { "content-encoding": "gzip" } : { "content-length": String(body.length) }),
  };
}

/**
 * Makes the client; nothing is sent.
 * @throws BlockedError `tls_file`
 */
export async function connect(params: EsStoreParams, context: StoreContext): Promise<Server> {
  const nodes = nodesOf(params);
  const isTls = nodes.some((node) => node.startsWith("https:"));
  const tls = isTls ? await loadTls(params.tls, context) : undefined;
  // Loaded here since it takes a quarter of a second, which a run without this store need not wait.
  const { openClient } = await import("./client.ts");
  const { client, failureOf } = openClient({
    nodes: [...nodes],
    headers: headersOf(params),
    compression: params.compression,
    ...(tls && { tls }),
    ...(params.ca_fingerprint !== undefined && { caFingerprint: colons(params.ca_fingerprint) }),
    ...(params.proxy !== undefined && { proxy: params.proxy }),
  });
  return makeServer(client, failureOf, nodes.join(", "), params.request_timeout, context.clock);
}

function makeServer(
  client: Client,
  failureOf: (signal: AbortSignal) => unknown,
  peers: string,
  timeoutMs: number,
  clock: Clock,
): Server {
  const underWay = new Set<AbortController>();
  let isClosed = false;
  return {
    peer: peers,
    async send({ method, path, body }, signal) {
      if (isClosed) throw new RetryError("closed", "The store is closed.");
      // A signal of its own for every request: the client takes the liberty to dispatch events on it (ES-45).
      const controller = new AbortController();
      const abort = (): void => controller.abort();
      underWay.add(controller);
      signal?.addEventListener("abort", abort, { once: true });
      if (signal?.aborted) abort();
      const timer = signal ? undefined : clock.setTimeout(abort, timeoutMs);
      const [pathname = "", querystring = ""] = path.split("?");
      const content = Buffer.isBuffer(body) ? { bulkBody: body } : body && { body };
      try {
        const options = { signal: controller.signal, meta: true } as const;
        return answerOf(
          await client.transport.request({ method, path: pathname, querystring, ...content }, options),
          peers,
        );
      } catch (error) {
        return answerIn(error, peers, controller.signal, failureOf(controller.signal));
      } finally {
        signal?.removeEventListener("abort", abort);
        if (timer !== undefined) clock.clearTimeout(timer);
        underWay.delete(controller);
      }
    },

    async close() {
      isClosed = true;
      for (const controller of underWay) controller.abort();
      await client.close();
    },
  };
}

function answerOf({ statusCode = 0, headers = {}, body, meta }: TransportResult, peers: string): ServerAnswer {
  return {
    status: statusCode,
    headers: headers as HttpAnswer["headers"],
    json: typeof body === "string" ? undefined : body,
    // Wanted in messages only, and an answer to a thousand records is long.
    get body() {
      return typeof body === "string" ? body : JSON.stringify(body ?? "");
    },
    peer: meta.connection?.url.origin ?? peers,
  };
}

/** What the client threw: an answer with an error status is an answer. */
function answerIn(error: unknown, peers: string, signal: AbortSignal, failure: unknown): ServerAnswer {
  const { name, message, meta, data } = error as Error & { readonly meta?: TransportResult; readonly data?: unknown };
  if (name === "ResponseError" && meta) return answerOf(meta, peers);
  const peer = meta?.meta.connection?.url.origin ?? peers;
  if (signal.aborted) throw networkError(new DOMException("The request was broken off.", "AbortError"), peer);
  if (name === "DeserializationError")
    throw new UnknownOutcomeError("wrong_answer", `${peer} answered with broken JSON: ${excerpt(String(data))}`);
  if (message.includes("fingerprint"))
    throw new BlockedError(
      "tls",
      `${peer}: the certificate of its authority has another fingerprint than ca_fingerprint.`,
    );
  const byProxy = /^Bad response: (\d+)/u.exec(message)?.[1];
  if (byProxy === "407") throw new BlockedError("proxy", "The proxy wants other credentials; see proxy.");
  if (byProxy !== undefined)
    throw new RetryError("proxy", `The proxy does not lead to ${peer}: it answered ${byProxy}.`);
  // Not the client's error itself: it holds on to the whole request.
  throw networkError(failure ?? { name, message }, peer);
}

/** `AB:CD:…`, as the client compares it. */
function colons(fingerprint: string): string {
  return fingerprint
    .replaceAll(":", "")
    .toUpperCase()
    .replaceAll(/(..)(?=.)/gu, "$1:");
}

/** What {@link connect} gives the client. */
export type ServerOptions = Required<Pick<ClientOptions, "nodes" | "headers" | "compression">> &
  Pick<ClientOptions, "tls" | "caFingerprint" | "proxy">;
