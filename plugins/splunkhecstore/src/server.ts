import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { RetryError, type StoreContext } from "@cloudmarker/store-api";
import type { HttpAnswer, HttpRequest, HttpServer, TlsParams } from "@cloudmarker/store-api/kit";
import { httpServer, loadTls, openAgent } from "@cloudmarker/store-api/kit";
import type { Dispatcher } from "undici";
import { endpointOf } from "./endpoint.ts";
import type { SplunkHecStoreParams } from "./params.ts";

const compress = promisify<Uint8Array, Buffer>(gzip);
/** Answers of a collector have some hundred bytes; those of anything else are read so far as to tell what it is. */
const MOST_ANSWER_BYTES = 65_536;

/** Headers of a request. The token goes nowhere else, not into URLs above all (HEC-02); without acknowledgement it ignores the channel (HEC-10). */
export function headersOf(token: string, channel: string | undefined, isGzip: boolean): Record<string, string> {
  return {
    authorization: `Splunk ${token}`,
    "content-type": "application/json",
    ...(isGzip && { "content-encoding": "gzip" }),
    ...(channel !== undefined && { "x-splunk-request-channel": channel }),
  };
}

/**
 * Makes the client; nothing is sent.
 * @throws BlockedError `tls_file`
 */
export async function connect(params: SplunkHecStoreParams, context: StoreContext): Promise<HttpServer> {
  const { origin, path: base } = endpointOf(params.uri);
  const dispatcher = await openDispatcher(params, context);
  const cookies = new Map<string, string>();
  const keepsCookies = params.cookies && params.ack !== false;
  let first: Promise<void> | undefined;
  let isKnown = !keepsCookies;

  const exchange = async ({ method, path, body, headers }: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> => {
    const cookie = [...cookies].map((pair) => pair.join("=")).join("; ");
    const bytes = Buffer.isBuffer(body) ? body : null;
    const response = await dispatcher.request({
      origin,
      method,
      path: `${base}${path}`,
      signal,
      headers: { "user-agent": "cloudmarker-splunkhecstore", ...headers, ...(cookie && { cookie }) },
      body: bytes && headers?.["content-encoding"] === "gzip" ? await compress(bytes) : bytes,
    });
    if (keepsCookies) keepCookies(cookies, response.headers["set-cookie"]);
    return { status: response.statusCode, headers: response.headers, body: await readText(response.body) };
  };

  /** The cookie of the first answer says where everything else is to go, so until there is one, one request goes at a time (HEC-35). */
  const inTurn = async (request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> => {
    for (let before = first; before; before = first) await before;
    if (signal.aborted) throw new RetryError("timeout", `${origin} did not answer an earlier request in time.`);
    const answer = exchange(request, signal);
    if (isKnown) return answer;
    const settle = (known: boolean): void => {
      isKnown = known;
      first = undefined;
    };
    first = answer.then(
      () => settle(true),
      () => settle(false),
    );
    return answer;
  };

  return httpServer({
    peer: origin,
    proxy: params.proxy,
    clock: context.clock,
    timeoutMs: params.request_timeout,
    exchange: inTurn,
    close: () => dispatcher.destroy(),
  });
}

/** Undici is loaded here, for a run without this store need not wait for it. */
async function openDispatcher(params: SplunkHecStoreParams, context: StoreContext): Promise<Dispatcher> {
  const tls = params.uri.startsWith("https:") ? await loadTls(tlsParams(params, context), context) : undefined;
  const { Agent, Pool, ProxyAgent } = await import("undici");
  return openAgent<Dispatcher>({ Agent, Pool, ProxyAgent }, tls, params.proxy);
}

/** `ca_cert` is short for a part of `tls`. */
function tlsParams({ tls, ca_cert }: SplunkHecStoreParams, context: StoreContext): TlsParams {
  if (typeof ca_cert === "string") return { ...tls, ca: context.resolvePath("ca_cert", ca_cert) };
  return ca_cert === false ? { ...tls, verify: false } : tls;
}

async function readText(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    bytes += chunk.length;
    // Leaving the loop closes the connection.
    if (bytes > MOST_ANSWER_BYTES) break;
  }
  return Buffer.concat(chunks).toString();
}

function keepCookies(cookies: Map<string, string>, header: string | readonly string[] | undefined): void {
  for (const line of [header ?? []].flat()) {
    const [, name = "", value = ""] = /^\s*([^=;\s]+)=([^;]*)/u.exec(line) ?? [];
    if (value === "") cookies.delete(name);
    else cookies.set(name, value.trim());
  }
}
