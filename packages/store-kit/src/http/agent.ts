import type { Socket } from "node:net";
// Imported as a whole, as in the files beside it: so TLS is loaded only where it is used.
import nodeTls from "node:tls";
import type { Guarantee } from "@cloudmarker/store-api";
import { CLOSED_BY_PROXY } from "./closed-by-proxy.ts";
import { whileConnecting } from "./network-error.ts";
import type { TlsOptions } from "./tls.ts";

/** How a connection is opened. No session is resumed, so every connection shows its certificate. */
type Connect = Partial<TlsOptions> & { readonly timeout: number; readonly maxCachedSessions?: number };

/** Opens a connection. It returns the socket at once, although undici's types say otherwise. */
type Connector<To> = (to: To, done: (...end: [null, Socket] | [Error, null]) => void) => unknown;

/** Makes the connections to one server; its options have the agent's own `connect`. */
type Factory<Agent> = (origin: string | URL, options: object) => Agent;

/** Only the connect timer is used: signals do the work of the other timers, and exactly. */
interface BaseOptions {
  readonly headersTimeout: 0;
  readonly bodyTimeout: 0;
  /** 0: each request has a connection of its own. */
  readonly pipelining: 0 | 1;
}

interface DirectOptions<To> extends BaseOptions {
  readonly connect: Connector<To>;
}

interface ProxyOptions<Agent> extends BaseOptions {
  readonly uri: string;
  /** undici takes no user without a password from `uri`. */
  readonly token?: string;
  readonly requestTls: Connect;
  readonly clientFactory: Factory<Agent>;
  readonly factory: Factory<Agent>;
}

/** The part of undici that makes connections. The store passes it in, since this package has no dependencies. */
export interface Undici<Dispatcher extends { destroy(): Promise<void> }, To> {
  readonly Agent: new (options: DirectOptions<To>) => Dispatcher;
  readonly Pool: new (origin: string | URL, options: object) => Dispatcher;
  readonly ProxyAgent: new (options: ProxyOptions<Dispatcher>) => Dispatcher;
  readonly buildConnector: (options: Connect) => Connector<To>;
}

/** Options of {@link openAgent}. */
export interface AgentOptions {
  readonly tls?: TlsOptions | undefined;
  /** URL of the proxy for all connections; may hold credentials. */
  readonly proxy?: string | undefined;
  /**
   * SHA-256 of the certificate at the top of the server's chain, in hex. A server with another one gets no request,
   * even if it is trusted.
   */
  readonly fingerprint?: string | undefined;
  /**
   * `at-most-once`: each request has a connection of its own. The server may close an idle connection just when a
   * request is sent; the request then never arrives, and the store cannot tell. If a connection breaks, undici itself
   * sends what was not written on another connection.
   * @default at-least-once
   */
  readonly guarantee?: Guarantee | undefined;
}

/** An agent, and all connections that it opened. */
export interface OpenAgent<Agent> {
  readonly agent: Agent;
  /**
   * Aborts the requests under way. It also ends connections that are still being made, which undici would keep until
   * their time is over.
   */
  close(): Promise<void>;
}

/** How long a connection may take, in milliseconds. */
const CONNECT_TIMEOUT_MS = 10_000;

/** Opens the agent through which a store reaches its servers. */
export function openAgent<Agent extends { destroy(): Promise<void> }, To>(
  { Agent, Pool, ProxyAgent, buildConnector }: Undici<Agent, To>,
  { tls, proxy, fingerprint, guarantee }: AgentOptions,
): OpenAgent<Agent> {
  const sockets = new Set<Socket>();
  const kept = (open: Connector<To>): Connector<To> => {
    return (to, done) => {
      const socket = open(to, (...[error, made]) =>
        error ? done(whileConnecting(error), null) : done(null, made),
      ) as Socket;
      sockets.add(socket);
      return socket.once("close", () => sockets.delete(socket));
    };
  };
  const isPinned = fingerprint !== undefined;
  const seen = (open: Connector<To>): Connector<To> => (isPinned ? pinned(open, fingerprint) : open);
  const connect = { ...tls, timeout: CONNECT_TIMEOUT_MS, ...(isPinned && { maxCachedSessions: 0 }) };
  const base = { headersTimeout: 0, bodyTimeout: 0, pipelining: guarantee === "at-most-once" ? 0 : 1 } as const;
  // All records wait for the answer of a proxy to CONNECT; without this limit it would have five minutes.
  const clientFactory: Factory<Agent> = (origin, given) =>
    new Pool(origin, { ...given, connect: kept(connectOf<To>(given)), headersTimeout: CONNECT_TIMEOUT_MS });
  const factory: Factory<Agent> = (origin, given) =>
    new Pool(origin, { ...given, connect: seen(throughProxy(connectOf<To>(given))) });
  const agent =
    proxy === undefined
      ? new Agent({ ...base, connect: seen(kept(buildConnector(connect))) })
      : new ProxyAgent({ ...base, ...accessOf(proxy), uri: proxy, requestTls: connect, clientFactory, factory });
  return {
    agent,
    close() {
      const destroyed = agent.destroy();
      for (const socket of sockets) socket.destroy();
      return destroyed;
    },
  };
}

/** Credentials in the URL of a proxy. */
function accessOf(proxy: string): { readonly token?: string } {
  const { username, password } = new URL(proxy);
  const token = Buffer.from(decodeURIComponent(`${username}:${password}`)).toString("base64");
  return username === "" ? {} : { token: `Basic ${token}` };
}

/** The connections that an agent makes for the pools of a factory. */
function connectOf<To>(options: object): Connector<To> {
  return (options as { readonly connect: Connector<To> }).connect;
}

/**
 * undici takes a proxy that closes the connection for a server that closes an idle one, and connects again without end.
 */
function throughProxy<To>(open: Connector<To>): Connector<To> {
  return (to, done) =>
    open(to, (...[error, socket]) => {
      if (!error) return done(null, socket);
      const isClosed = "code" in error && error.code === "UND_ERR_SOCKET";
      return done(isClosed ? Object.assign(new Error(error.message), { code: CLOSED_BY_PROXY }) : error, null);
    });
}

/** Allows connections only if the top of the server's certificates has this fingerprint. */
function pinned<To>(open: Connector<To>, fingerprint: string): Connector<To> {
  const wanted = fingerprint.replaceAll(":", "").toUpperCase();
  return (to, done) =>
    open(to, (...[error, socket]) => {
      if (error) return done(error, null);
      let top = socket instanceof nodeTls.TLSSocket ? socket.getPeerCertificate(true) : undefined;
      while (top?.issuerCertificate && top.issuerCertificate !== top) top = top.issuerCertificate;
      if (String(top?.fingerprint256).replaceAll(":", "") === wanted) return done(null, socket);
      socket.destroy();
      return done(Object.assign(new Error("other fingerprint"), { code: "CERT_FINGERPRINT" }), null);
    });
}

/**
 * Reads the body of an answer. If it is longer than `mostBytes`, the rest is not read, and its connection is closed.
 */
export async function readBody(body: AsyncIterable<Uint8Array>, mostBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    bytes += chunk.length;
    // Leaving the loop closes the connection.
    if (bytes > mostBytes) break;
  }
  return Buffer.concat(chunks);
}
