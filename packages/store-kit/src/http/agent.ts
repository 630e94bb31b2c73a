import type { Socket } from "node:net";
// As a whole, as in the files beside it: TLS is then loaded where it is used.
import nodeTls from "node:tls";
import type { Guarantee } from "@cloudmarker/store-api";
import { whileConnecting } from "./network-error.ts";
import type { TlsOptions } from "./tls.ts";

/** How a connection is opened; without sessions that are resumed, every one shows its certificate. */
type Connect = Partial<TlsOptions> & { readonly timeout: number; readonly maxCachedSessions?: number };

/** Opens a connection, and returns its socket at once, whatever undici's types say. */
type Connector<To> = (to: To, done: (...end: [null, Socket] | [Error, null]) => void) => unknown;

/** Makes the connections to one server; its options have a `connect` of the agent's own. */
type Factory<Agent> = (origin: string | URL, options: object) => Agent;

/** There are no timers but that of connecting: signals do what the others would, and exactly (ES-44, HEC-42). */
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
  /** Of what `uri` holds, undici takes no user without a password. */
  readonly token?: string;
  readonly requestTls: Connect;
  readonly clientFactory: Factory<Agent>;
  readonly factory: Factory<Agent>;
}

/** The part of undici that makes connections. The store passes it in, for this package depends on nothing. */
export interface Undici<Dispatcher extends { destroy(): Promise<void> }, To> {
  readonly Agent: new (options: DirectOptions<To>) => Dispatcher;
  readonly Pool: new (origin: string | URL, options: object) => Dispatcher;
  readonly ProxyAgent: new (options: ProxyOptions<Dispatcher>) => Dispatcher;
  readonly buildConnector: (options: Connect) => Connector<To>;
}

/** How {@link openAgent} reaches a server. */
export interface AgentOptions {
  readonly tls?: TlsOptions | undefined;
  /** URL of the proxy that all connections are to go through; may hold credentials. */
  readonly proxy?: string | undefined;
  /** SHA-256 of the certificate at the top of the server's chain, in hex: a server with another one gets no request, trusted or not. */
  readonly fingerprint?: string | undefined;
  /**
   * `at-most-once`: each request has a connection of its own. On one that was idle it may cross with the server's word that it has closed it: then it
   * never arrives, and nobody can tell. What was not written when a connection breaks, undici sends on another one by itself.
   * @default at-least-once
   */
  readonly guarantee?: Guarantee | undefined;
}

/** An agent, and all connections that it opened. */
export interface OpenAgent<Agent> {
  readonly agent: Agent;
  /** Breaks off what is under way. Connections that are still being made go, too, which undici would keep until their time is up. */
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
  // All records wait for what a proxy answers to the wish for a connection; by itself it has five minutes.
  const clientFactory: Factory<Agent> = (origin, given) =>
    new Pool(origin, { ...given, connect: kept(connectOf<To>(given)), headersTimeout: CONNECT_TIMEOUT_MS });
  const factory: Factory<Agent> = (origin, given) =>
    new Pool(origin, { ...given, connect: seen(connectOf<To>(given)) });
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

/** What an agent makes for the pools of a factory. */
function connectOf<To>(options: object): Connector<To> {
  return (options as { readonly connect: Connector<To> }).connect;
}

/** Connections go on only where the top of the server's certificates has this fingerprint. */
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

/** Reads the body of an answer. Of one that is longer than `mostBytes` the rest is not read, and its connection is closed. */
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
