import type { ExplainedRequest, StoreContext } from "@cloudmarker/store-api";
import { firstPeer, hostInUrl, httpServer, loadTls, networkError, shownHeaders } from "@cloudmarker/store-api/kit";
import type { HttpAnswer, HttpRequest, HttpServer } from "@cloudmarker/store-api/kit";
import type { TransportResult } from "@elastic/elasticsearch";
import type { EsStoreParams } from "./params.ts";

/** What the cluster answered, whatever its status. */
export interface ServerAnswer extends HttpAnswer {
  /** The node that answered. */
  readonly peer: string;
  /** When, in milliseconds since the epoch. */
  readonly atMs: number;
}

/** A cluster of Elasticsearch or OpenSearch. */
export type Server = HttpServer<ServerAnswer>;

/** The URLs of the cluster's nodes, without a slash at the end. */
export function nodesOf({ host, port, node, nodes, cloud_id }: EsStoreParams): readonly string[] {
  if (cloud_id !== undefined) return [cloudNode(cloud_id) ?? ""];
  return (nodes ?? [node ?? `http://${hostInUrl(host)}:${port}`]).map((url) => url.replace(/\/+$/u, ""));
}

/**
 * The URL in a Cloud ID, `NAME:BASE64` of `HOST$ELASTICSEARCH$KIBANA`, or undefined. The client could read it too, but would then also choose
 * compression and an old version of TLS (ES-47).
 */
export function cloudNode(cloudId: string): string | undefined {
  const [, encoded = ""] = /^[^:]*:(.+)$/u.exec(cloudId) ?? [];
  const [domain, id] = Buffer.from(encoded, "base64").toString().split("$");
  return domain && id ? URL.parse(`https://${id}.${domain}`)?.origin : undefined;
}

/** Headers of every request; those that describe the body come on top. */
function headersOf({ username, password = "", api_key, bearer }: EsStoreParams): Record<string, string> {
  const basic = username === undefined ? undefined : Buffer.from(`${username}:${password}`).toString("base64");
  const access = Object.entries({ ApiKey: api_key, Bearer: bearer, Basic: basic }).find(([, secret]) => secret);
  return { "user-agent": "cloudmarker-esstore", ...(access && { authorization: access.join(" ") }) };
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
  const { clock } = context;
  const { request_timeout: timeoutMs } = params;
  const nodes = [...nodesOf(params)];
  const peer = nodes.join(", ");
  const tls = peer.includes("https:") ? await loadTls(params.tls, context) : undefined;
  // Loaded here since it takes a quarter of a second, which a run without this store need not wait.
  const { openClient } = await import("./client.ts");
  const client = openClient({ nodes, headers: headersOf(params), compression: params.compression }, tls, params);

  const answerOf = ({ statusCode = 0, headers = {}, body, meta }: TransportResult): ServerAnswer => ({
    status: statusCode,
    headers: headers as HttpAnswer["headers"],
    body: String(body ?? ""),
    peer: meta.connection?.url.origin ?? peer,
    atMs: clock.now(),
  });

  const exchange = async ({ method, path, body }: HttpRequest, signal: AbortSignal): Promise<ServerAnswer> => {
    const content = Buffer.isBuffer(body) ? { bulkBody: body } : body && { body };
    try {
      return answerOf(await client.transport.request({ method, path, ...content }, { signal, meta: true }));
    } catch (error) {
      if (signal.aborted) throw error;
      const { name, message, meta, cause } = error as Error & { readonly meta?: TransportResult };
      // An answer with an error status is an answer.
      if (name === "ResponseError" && meta) return answerOf(meta);
      // Not the client's error itself: it holds on to the whole request, with its secrets.
      const node = meta?.meta.connection?.url.origin ?? peer;
      throw networkError(cause ?? new Error(message), node, firstPeer(node, params.proxy));
    }
  };
  return httpServer({ peer, clock, timeoutMs, exchange, close: () => client.close() });
}
