import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { RetryError, type StoreContext } from "@cloudmarker/store-api";
import type { HttpAnswer, HttpRequest, HttpServer } from "@cloudmarker/store-api/kit";
import { httpServer, loadTls, openAgent, readBody } from "@cloudmarker/store-api/kit";
import type { buildConnector as Connector, Dispatcher } from "undici";
import type { SplunkHecStoreParams } from "./params.ts";

const compress = promisify<Uint8Array, Buffer>(gzip);
/** Answers of a collector have some hundred characters; those of anything else are read so far as to tell what it is. */
const MOST_ANSWER_BYTES = 65_536;

/** Where a collector is, by a base URL, or one that names the collector or its event endpoint (HEC-01): `path` goes up to and with `/services/collector`. */
export function endpointOf(uri: string): { readonly origin: string; readonly path: string } {
  const { origin, pathname } = new URL(uri);
  const base = pathname.replace(/\/*(?:\/services\/collector(?:\/event(?:\/1\.0)?)?)?\/*$/u, "");
  return { origin, path: `${base}/services/collector` };
}

/** Headers of a request. The token goes nowhere else, not into URLs above all (HEC-02); without acknowledgement it ignores the channel (HEC-10). */
export function headersOf(token: string, channel?: string, isGzip = false): Record<string, string> {
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
  const { uri, ca_cert, proxy, request_timeout: timeoutMs } = params;
  const { origin, path: base } = endpointOf(uri);
  const tls = {
    ...params.tls,
    ...(typeof ca_cert === "string" && { ca: context.resolvePath("ca_cert", ca_cert) }),
    ...(ca_cert === false && { verify: false }),
  };
  const secure = uri.startsWith("https:") ? await loadTls(tls, context) : undefined;
  // Loaded here, for a run without this store need not wait for it.
  const { Agent, buildConnector, Pool, ProxyAgent } = await import("undici");
  const { agent, close } = openAgent<Dispatcher, Connector.Options>(
    { Agent, Pool, ProxyAgent, buildConnector },
    { tls: secure, proxy },
  );

  const keepsCookies = params.cookies && params.ack !== false;
  const cookies = new Map<string, string>();

  async function request({ method, path, body, headers }: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const cookie = [...cookies].flatMap(([name, value]) => (value === "" ? [] : `${name}=${value}`)).join("; ");
    const content = Buffer.isBuffer(body) || !body ? (body ?? null) : JSON.stringify(body);
    const isGzip = Buffer.isBuffer(content) && headers?.["content-encoding"] === "gzip";
    const response = await agent.request({
      origin,
      method,
      path: `${base}${path}`,
      signal,
      headers: { "user-agent": "cloudmarker-splunkhecstore", ...headers, ...(cookie && { cookie }) },
      body: isGzip ? await compress(content) : content,
    });
    for (const line of keepsCookies ? [response.headers["set-cookie"] ?? []].flat() : []) {
      const [, name = "", value = ""] = /^\s*([^=;\s]+)=([^;]*)/u.exec(line) ?? [];
      cookies.set(name, value.trim());
    }
    const { statusCode: status, headers: given } = response;
    return { status, headers: given, body: (await readBody(response.body, MOST_ANSWER_BYTES)).toString() };
  }

  let isKnown = !keepsCookies;
  let first: Promise<void> | undefined;

  /** The cookie of the first answer says where everything else is to go, so until there is one, one request goes at a time (HEC-35). */
  async function exchange(given: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    for (let before = first; before; before = first) await before;
    if (signal.aborted) throw new RetryError("timeout", `There was no time left to send this to ${origin}.`);
    const answer = request(given, signal);
    const settle = async (): Promise<void> => {
      const [{ status }] = await Promise.allSettled([answer]);
      isKnown = status === "fulfilled";
      first = undefined;
    };
    if (!isKnown) first = settle();
    return answer;
  }

  return httpServer({ peer: origin, proxy, clock: context.clock, timeoutMs, exchange, close });
}
