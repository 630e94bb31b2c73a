import type { TlsOptions } from "./tls.ts";

/** Without sessions that are resumed, every connection shows its certificate. */
type Connect = TlsOptions | { readonly timeout: number; readonly maxCachedSessions: 0 };

/** Makes the connections to one server; its options have a `connect` of the agent's own. */
type Factory<Agent> = (origin: string | URL, options: object) => Agent;

/** There are no timers but that of connecting: signals do what the others would, and exactly (ES-44, HEC-42). */
interface AgentOptions<Agent> {
  readonly headersTimeout: 0;
  readonly bodyTimeout: 0;
  readonly connect: Connect;
  readonly factory?: Factory<Agent>;
}

interface ProxyOptions<Agent> extends AgentOptions<Agent> {
  readonly uri: string;
  /** Of what `uri` holds, undici takes no user without a password. */
  readonly token?: string;
  readonly requestTls: Connect;
  readonly clientFactory: Factory<Agent>;
}

/** The part of undici that makes connections. The store passes it in, for this package depends on nothing. */
export interface Undici<Agent> {
  readonly Agent: new (options: AgentOptions<Agent>) => Agent;
  readonly Pool: new (origin: string | URL, options: object) => Agent;
  readonly ProxyAgent: new (options: ProxyOptions<Agent>) => Agent;
}

/** How long a connection may take, in milliseconds. */
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Opens the agent through which a store reaches its servers.
 * @param proxy - URL of the proxy that all connections are to go through; may hold credentials
 */
export function openAgent<Agent>(
  { Agent, Pool, ProxyAgent }: Undici<Agent>,
  tls: TlsOptions | undefined,
  proxy: string | undefined,
  factory?: Factory<Agent>,
): Agent {
  const connect = { ...tls, timeout: CONNECT_TIMEOUT_MS, maxCachedSessions: 0 } as const;
  const options = { headersTimeout: 0, bodyTimeout: 0, connect, ...(factory && { factory }) } as const;
  if (proxy === undefined) return new Agent(options);
  const { username, password } = new URL(proxy);
  const token = Buffer.from(decodeURIComponent(`${username}:${password}`)).toString("base64");
  const access = username !== "" && { token: `Basic ${token}` };
  // All records wait for what the proxy answers to the wish for a connection; by itself it has five minutes.
  const clientFactory: Factory<Agent> = (origin, given) =>
    new Pool(origin, { ...given, headersTimeout: CONNECT_TIMEOUT_MS });
  return new ProxyAgent({ ...options, uri: proxy, requestTls: connect, clientFactory, ...access });
}
