import type { StoreContext } from "@cloudmarker/store-api";
import {
  type Exchange,
  httpServer,
  type HttpServer,
  keepCookies,
  loadTls,
  openAgent,
  plainTextWarning,
  proxyFor,
  readBody,
  type TlsParams,
} from "@cloudmarker/store-kit/http";
import type { buildConnector as Connector, Dispatcher } from "undici";
import type { SplunkHecStoreParams } from "./params.ts";

/** Answers of a collector have some hundred characters; of any other server only so much is read as shows its kind. */
const MOST_ANSWER_BYTES = 65_536;

/**
 * The address of a collector, from a base URL or one that names the collector or its event endpoint (HEC-01): `path`
 * ends with `/services/collector`.
 */
export function endpointOf(uri: string): { readonly origin: string; readonly path: string } {
  const { origin, pathname } = new URL(uri);
  const base = pathname.replace(/\/*(?:\/services\/collector(?:\/event(?:\/1\.0)?)?)?\/*$/u, "");
  return { origin, path: `${base}/services/collector` };
}

/** Headers of every request. */
export const SENDER = { "user-agent": "cloudmarker-splunkhecstore" } as const;

/**
 * Headers of a request. The token is sent nowhere else, above all not in URLs (HEC-02). Without acknowledgement it
 * ignores the channel (HEC-10).
 */
export function headersOf(token: string, channel?: string, isGzip = false): Record<string, string> {
  return {
    authorization: `Splunk ${token}`,
    "content-type": "application/json",
    ...(isGzip && { "content-encoding": "gzip" }),
    ...(channel !== undefined && { "x-splunk-request-channel": channel }),
  };
}

/** The TLS params: `ca_cert` is short for two of them. */
export function tlsOf({ tls, ca_cert }: SplunkHecStoreParams, context: Pick<StoreContext, "resolvePath">): TlsParams {
  return {
    ...tls,
    ...(typeof ca_cert === "string" && { ca: context.resolvePath("ca_cert", ca_cert) }),
    ...(ca_cert === false && { verify: false }),
  };
}

/**
 * Makes the client; nothing is sent.
 * @throws BlockedError `tls_file`; `proxy` if the environment names something that is not a proxy
 */
export async function connect(params: SplunkHecStoreParams, context: StoreContext): Promise<HttpServer> {
  const { uri, cookies, ack, request_timeout: timeoutMs } = params;
  const { clock, env, guarantee, logger } = context;
  const { origin, path: base } = endpointOf(uri);
  const proxy = proxyFor(origin, params.proxy, env);
  const warning = plainTextWarning([origin], ["token"]);
  if (warning !== undefined) logger.warn(warning);
  const secure = uri.startsWith("https:") ? await loadTls(tlsOf(params, context), context) : undefined;
  // Loaded here, for a run without this store need not wait for it.
  // By its file: "undici" alone is a part of Bun, which has no agents.
  const { agent, close } = openAgent<Dispatcher, Connector.Options>(await import("undici/index.js"), {
    tls: secure,
    proxy: proxy?.url,
    guarantee,
  });

  const send: Exchange = async ({ method, path, headers, body = null }, signal) => {
    const named = { ...SENDER, ...headers };
    const answer = await agent.request({ origin, method, path: base + path, headers: named, body, signal });
    const text = await readBody(answer.body, MOST_ANSWER_BYTES);
    return { status: answer.statusCode, headers: answer.headers, body: text.toString() };
  };
  // Requests for acknowledgements must go where the records went.
  const exchange = cookies && ack !== false ? keepCookies(send, clock) : send;
  return httpServer({ peer: origin, proxy, clock, timeoutMs, exchange, close });
}
