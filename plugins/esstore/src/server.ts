import { BlockedError } from "@cloudmarker/store-api";
import type { ExplainedRequest, StoreContext } from "@cloudmarker/store-api";
import { httpServer, loadTls, networkError, shownHeaders } from "@cloudmarker/store-api/kit";
import type { HttpAnswer, HttpRequest, HttpServer } from "@cloudmarker/store-api/kit";
import type { ClientOptions, TransportResult } from "@elastic/elasticsearch";
import { nodesOf } from "./nodes.ts";
import type { EsStoreParams } from "./params.ts";

/** What the cluster answered, whatever its status. */
export interface ServerAnswer extends HttpAnswer {
  /** The body as a value, where it is JSON. */
  readonly json: unknown;
  /** The node that answered. */
  readonly peer: string;
}

/** A cluster of Elasticsearch or OpenSearch. */
export type Server = HttpServer<ServerAnswer>;

/** What the client is made of. */
export type ServerOptions = Required<Pick<ClientOptions, "nodes" | "headers" | "compression">> &
  Pick<ClientOptions, "tls" | "caFingerprint" | "proxy">;

/** Headers of every request; those that describe the body come on top. */
function headersOf({ username, password = "", api_key, bearer }: EsStoreParams): Record<string, string> {
  const headers = { "user-agent": "cloudmarker-esstore" };
  if (api_key !== undefined) return { ...headers, authorization: `ApiKey ${api_key}` };
  if (bearer !== undefined) return { ...headers, authorization: `Bearer ${bearer}` };
  if (username === undefined) return headers;
  return { ...headers, authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}` };
}

/** What a request looks like on the wire, before compression, with its secrets masked. */
export function shownRequest(params: EsStoreParams, request: HttpRequest, records: number): ExplainedRequest {
  const { method, path, body = "" } = request;
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  const { compression } = params;
  const headers = {
    ...headersOf(params),
    ...(compression && { "accept-encoding": "gzip,deflate" }),
    "content-type": bytes === body ? "application/x-ndjson" : "application/json",
    accept: "application/json",
    ...(compression ? { "content-encoding": "gzip" } : { "content-length": String(bytes.length) }),
  };
  const url = `${nodesOf(params)[0]}${path}`;
  return { method, url, headers: shownHeaders(headers), body: bytes.toString(), records };
}

/**
 * Makes the client; nothing is sent.
 * @throws BlockedError `tls_file`
 */
export async function connect(params: EsStoreParams, context: StoreContext): Promise<Server> {
  const nodes = nodesOf(params);
  const peer = nodes.join(", ");
  const tls = peer.includes("https:") ? await loadTls(params.tls, context) : undefined;
  // Loaded here since it takes a quarter of a second, which a run without this store need not wait.
  const { failures, openClient } = await import("./client.ts");
  const client = openClient({
    nodes: [...nodes],
    headers: headersOf(params),
    compression: params.compression,
    ...(tls && { tls }),
    ...(params.ca_fingerprint !== undefined && { caFingerprint: colons(params.ca_fingerprint) }),
    ...(params.proxy !== undefined && { proxy: params.proxy }),
  });
  const exchange = async ({ method, path, body }: HttpRequest, signal: AbortSignal): Promise<ServerAnswer> => {
    const [pathname = "", querystring = ""] = path.split("?");
    const content = Buffer.isBuffer(body) ? { bulkBody: body } : body && { body };
    const request = { method, path: pathname, querystring, ...content };
    try {
      return answerOf(await client.transport.request(request, { signal, meta: true }), peer);
    } catch (error) {
      if (signal.aborted) throw error;
      return answerIn(error, peer, failures.get(signal));
    }
  };
  const { clock } = context;
  return httpServer({ peer, clock, timeoutMs: params.request_timeout, exchange, close: () => client.close() });
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
function answerIn(error: unknown, peers: string, failure: unknown): ServerAnswer {
  const { name, message, meta } = error as Error & { readonly meta?: TransportResult };
  if (name === "ResponseError" && meta) return answerOf(meta, peers);
  const peer = meta?.meta.connection?.url.origin ?? peers;
  if (message.includes("fingerprint")) {
    const text = `${peer}: the certificate of its authority has another fingerprint than ca_fingerprint.`;
    throw new BlockedError("tls", text);
  }
  // Not the client's error itself: it holds on to the whole request.
  throw networkError(failure ?? { name, message }, peer);
}

/** `AB:CD:…`, as the client compares it. */
function colons(fingerprint: string): string {
  return (fingerprint.replaceAll(":", "").toUpperCase().match(/../gu) ?? []).join(":");
}
