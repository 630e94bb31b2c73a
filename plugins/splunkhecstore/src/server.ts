import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { BlockedError, RetryError, type StoreContext, StoreError } from "@cloudmarker/store-api";
import { type HttpAnswer, loadTls, MASK, networkError } from "@cloudmarker/store-api/kit";
import type { Dispatcher } from "undici";
import { endpointOf } from "./endpoint.ts";
import type { SplunkHecStoreParams } from "./params.ts";

/** A request to the collector. */
export interface ServerRequest {
  readonly method: "GET" | "POST";
  /** Below `/services/collector`, with the query. */
  readonly path: string;
  readonly body?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A collector. */
export interface Server {
  /** For messages. */
  readonly peer: string;
  /**
   * Sends one request once.
   * @param signal - that of the attempt; without one, the request has the time that the params give to small ones
   * @throws StoreError where no whole answer came; `retry` only where nothing was sent
   */
  send(request: ServerRequest, signal?: AbortSignal): Promise<HttpAnswer>;
  /** Breaks off what is under way and closes the connections. */
  close(): Promise<void>;
}

const compress = promisify<Uint8Array, Buffer>(gzip);
/** Answers of a collector have some hundred bytes; those of anything else are read so far as to tell what it is. */
const MOST_ANSWER_BYTES = 65_536;
const CONNECT_TIMEOUT_MS = 10_000;

/** Headers of a request with records. The channel is named always: a token without acknowledgement ignores it (HEC-10). */
export function eventHeaders(
  { token, gzip: compressed }: Pick<SplunkHecStoreParams, "token" | "gzip">,
  channel: string | undefined,
): Record<string, string> {
  return {
    ...authorization(token),
    "content-type": "application/json",
    ...(compressed && { "content-encoding": "gzip" }),
    ...(channel !== undefined && { "x-splunk-request-channel": channel }),
  };
}

/** The same, to be shown. */
export function shownHeaders(params: SplunkHecStoreParams): Record<string, string> {
  return eventHeaders({ ...params, token: MASK }, params.channel ?? "(a random GUID)");
}

/** The token goes nowhere else, not into URLs above all (HEC-02). */
export function authorization(token: string): Record<string, string> {
  return { authorization: `Splunk ${token}` };
}

/**
 * Makes the client; nothing is sent.
 * @throws BlockedError `tls_file`
 */
export async function connect(params: SplunkHecStoreParams, context: StoreContext): Promise<Server> {
  const { origin, path: base } = endpointOf(params.uri);
  const tls = origin.startsWith("https:") ? await loadTls(tlsParams(params, context), context) : undefined;
  const dispatcher = await openDispatcher(params.proxy, { ...tls, timeout: CONNECT_TIMEOUT_MS });
  const cookies = params.cookies && params.ack !== false ? new Map<string, string>() : undefined;
  const { clock } = context;
  let turn: Promise<void> | undefined = cookies && Promise.resolve();

  const exchange = async ({ method, path, body, headers }: ServerRequest, signal: AbortSignal): Promise<HttpAnswer> => {
    const cookie = cookies && [...cookies].map((pair) => pair.join("=")).join("; ");
    try {
      const response = await dispatcher.request({
        origin,
        method,
        path: `${base}${path}`,
        signal,
        headers: { "user-agent": "cloudmarker-splunkhecstore", ...headers, ...(cookie && { cookie }) },
        body: body && headers?.["content-encoding"] === "gzip" ? await compress(body) : (body ?? null),
      });
      if (cookies) keepCookies(cookies, response.headers["set-cookie"]);
      // In here, since an answer may break off after its status (HEC-41).
      return { status: response.statusCode, headers: response.headers, body: await readText(response.body) };
    } catch (error) {
      throw failureOf(error, origin);
    }
  };

  /** The cookie of the first answer says where everything else is to go, so until there is one, one request goes at a time (HEC-35). */
  const inTurn = async (request: ServerRequest, signal: AbortSignal): Promise<HttpAnswer> => {
    const before = turn;
    if (!before) return exchange(request, signal);
    const { promise, resolve } = Promise.withResolvers<void>();
    turn = promise;
    await before;
    try {
      if (signal.aborted) throw new RetryError("timeout", `${origin} did not answer an earlier request in time.`);
      const answer = await exchange(request, signal);
      turn = undefined;
      return answer;
    } finally {
      resolve();
    }
  };

  return {
    peer: origin,
    async send(request, signal) {
      // A signal of its own for every request.
      if (signal) return inTurn(request, AbortSignal.any([signal]));
      const own = new AbortController();
      const timer = clock.setTimeout(() => own.abort(), params.request_timeout);
      try {
        return await inTurn(request, own.signal);
      } finally {
        clock.clearTimeout(timer);
      }
    },
    close: () => dispatcher.destroy(),
  };
}

type ConnectOptions = { readonly timeout: number } & Partial<Awaited<ReturnType<typeof loadTls>>>;

/** Loaded here, for a run without this store need not wait for it. Signals do what its timers would, and exactly (HEC-42). */
async function openDispatcher(proxy: string | undefined, connectOptions: ConnectOptions): Promise<Dispatcher> {
  const { Agent, ProxyAgent } = await import("undici");
  const limits = { headersTimeout: 0, bodyTimeout: 0 };
  return proxy === undefined
    ? new Agent({ ...limits, connect: connectOptions })
    : new ProxyAgent({ ...limits, uri: proxy, requestTls: connectOptions });
}

/** `ca_cert` is short for a part of `tls`. */
function tlsParams({ tls, ca_cert }: SplunkHecStoreParams, context: StoreContext): SplunkHecStoreParams["tls"] {
  if (typeof ca_cert === "string") return { ...tls, ca: context.resolvePath("ca_cert", ca_cert) };
  return ca_cert === false ? { ...tls, verify: false } : tls;
}

function failureOf(error: unknown, peer: string): StoreError {
  const message = error instanceof Error ? error.message : "";
  const status = /^Proxy response \((\d+)\)/u.exec(message)?.[1];
  if (status === undefined) return networkError(error, peer);
  const text = `The proxy answers ${status} to the wish for a connection to ${peer}; see the param proxy.`;
  return status === "407" || status === "403" ? new BlockedError("proxy", text) : new RetryError("proxy", text);
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
  for (const line of typeof header === "string" ? [header] : (header ?? [])) {
    const [, name, value] = /^\s*([^=;\s]+)=([^;]*)/u.exec(line) ?? [];
    if (name === undefined) continue;
    if (value === undefined || value === "") cookies.delete(name);
    else cookies.set(name, value.trim());
  }
}
