import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { HttpAnswer } from "./http-answer.ts";
import type { TlsOptions } from "./tls.ts";

/** How a connection is opened; without sessions that are resumed, every one shows its certificate. */
type Connect = Partial<TlsOptions> & { readonly timeout: number; readonly maxCachedSessions?: number };

/** Opens a connection. */
type Connector = (to: never, done: (...end: [null, Socket] | [Error, null]) => void) => void;

/** Makes the connections to one server; its options have a `connect` of the agent's own. */
type Factory<Agent> = (origin: string | URL, options: object) => Agent;

/** There are no timers but that of connecting: signals do what the others would, and exactly (ES-44, HEC-42). */
interface BaseOptions<Agent> {
  readonly headersTimeout: 0;
  readonly bodyTimeout: 0;
  readonly connect: Connect;
  readonly factory?: Factory<Agent>;
}

interface ProxyOptions<Agent> extends BaseOptions<Agent> {
  readonly uri: string;
  /** Of what `uri` holds, undici takes no user without a password. */
  readonly token?: string;
  readonly requestTls: Connect;
  readonly clientFactory: Factory<Agent>;
}

/** The part of undici that makes connections. The store passes it in, for this package depends on nothing. */
export interface Undici<Agent> {
  readonly Agent: new (options: BaseOptions<Agent>) => Agent;
  readonly Pool: new (origin: string | URL, options: object) => Agent;
  readonly ProxyAgent: new (options: ProxyOptions<Agent>) => Agent;
  readonly buildConnector: (options: object) => Connector;
}

/** How {@link openAgent} reaches a server. */
export interface AgentOptions {
  readonly tls?: TlsOptions | undefined;
  /** URL of the proxy that all connections are to go through; may hold credentials. */
  readonly proxy?: string | undefined;
  /** SHA-256 of the certificate at the top of the server's chain, in hex: a server with another one gets no request, trusted or not. */
  readonly fingerprint?: string | undefined;
}

/** How long a connection may take, in milliseconds. */
const CONNECT_TIMEOUT_MS = 10_000;

/** Opens the agent through which a store reaches its servers. */
export function openAgent<Agent>(undici: Undici<Agent>, { tls, proxy, fingerprint }: AgentOptions): Agent {
  const { Agent, Pool, ProxyAgent } = undici;
  const isPinned = fingerprint !== undefined;
  const connect = { ...tls, timeout: CONNECT_TIMEOUT_MS, ...(isPinned && { maxCachedSessions: 0 }) };
  const pinned = isPinned && { factory: pinnedPools(undici, fingerprint) };
  const options = { headersTimeout: 0, bodyTimeout: 0, connect, ...pinned } as const;
  if (proxy === undefined) return new Agent(options);
  const { username, password } = new URL(proxy);
  const token = Buffer.from(decodeURIComponent(`${username}:${password}`)).toString("base64");
  const access = username !== "" && { token: `Basic ${token}` };
  // All records wait for what the proxy answers to the wish for a connection; by itself it has five minutes.
  const clientFactory: Factory<Agent> = (origin, given) =>
    new Pool(origin, { ...given, headersTimeout: CONNECT_TIMEOUT_MS });
  return new ProxyAgent({ ...options, uri: proxy, requestTls: connect, clientFactory, ...access });
}

function pinnedPools<Agent>({ Pool, buildConnector }: Undici<Agent>, fingerprint: string): Factory<Agent> {
  const wanted = fingerprint.replaceAll(":", "").toUpperCase();
  return (origin, options) => {
    const { connect } = options as { readonly connect: Connector | object };
    const open = typeof connect === "function" ? (connect as Connector) : buildConnector(connect);
    const pinned: Connector = (to, done) =>
      open(to, (...[error, socket]) => {
        if (error) return done(error, null);
        let top = socket instanceof TLSSocket ? socket.getPeerCertificate(true) : undefined;
        while (top?.issuerCertificate && top.issuerCertificate !== top) top = top.issuerCertificate;
        if (String(top?.fingerprint256).replaceAll(":", "") === wanted) return done(null, socket);
        socket.destroy();
        return done(Object.assign(new Error("other fingerprint"), { code: "CERT_FINGERPRINT" }), null);
      });
    return new Pool(origin, { ...options, connect: pinned });
  };
}

/** What undici answers. */
export interface AgentAnswer {
  readonly statusCode: number;
  readonly headers: HttpAnswer["headers"];
  readonly body: AsyncIterable<Uint8Array>;
}

/** Reads an answer. Of one that is longer than `mostBytes` the rest is not read, and its connection is closed. */
export async function readAnswer(
  { statusCode: status, headers, body }: AgentAnswer,
  mostBytes: number,
): Promise<HttpAnswer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    bytes += chunk.length;
    // Leaving the loop closes the connection.
    if (bytes > mostBytes) break;
  }
  return { status, headers, body: Buffer.concat(chunks).toString() };
}
