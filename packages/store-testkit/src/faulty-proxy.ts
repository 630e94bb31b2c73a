import { type AddressInfo, type Server, type Socket, connect, createServer } from "node:net";

/**
 * What a {@link FaultyProxy} does with connections.
 * - `pass`: nothing goes wrong.
 * - `down`: nothing listens; open connections are reset.
 * - `cut`: a connection is reset when the client sends something, and nothing of it is passed on.
 * - `lose`: what the client sends is passed on; the connection is reset in place of the answer.
 * - `hang`: what the client sends is taken, nothing is passed on, and no answer comes.
 * - `slow`: each piece waits for {@link FaultyProxyOptions.slowMs} in both directions.
 */
export type ProxyFault = "pass" | "down" | "cut" | "lose" | "hang" | "slow";

/** Options of {@link faultyProxy}. */
export interface FaultyProxyOptions {
  /** Where the server listens on 127.0.0.1; asked for each connection, so that a server may come back elsewhere. */
  readonly port: number | (() => number);
  /** How long each piece waits under `slow`, in milliseconds. @default 20 */
  readonly slowMs?: number;
}

/** A TCP proxy on 127.0.0.1 in front of a server. It knows nothing of the protocol. */
export interface FaultyProxy extends AsyncDisposable {
  /** Where clients connect to, on 127.0.0.1. It stays the same when the proxy was down. */
  readonly port: number;
  /** Connections that clients have open now. */
  readonly open: number;
  /** Connections that clients have opened since the start. */
  readonly accepted: number;
  /** Connections that are open now, of those after the first `accepted`. */
  openAfter(accepted: number): number;
  /** How often the present fault has hit: pieces or connections. Refused connections cannot be counted. */
  readonly hits: number;
  /** What clients have sent since the last {@link FaultyProxy.forget}, up to 4 MiB. */
  readonly sent: Buffer;
  /** Forgets what was sent. */
  forget(): void;
  /** Changes what goes wrong, for open and new connections alike. Resolves when it is so. */
  set(fault: ProxyFault): Promise<void>;
}

const MOST_SENT = 4 * 1024 * 1024;

/** Starts a proxy that passes everything on. */
export async function faultyProxy(options: FaultyProxyOptions): Promise<FaultyProxy> {
  const proxy = new TcpProxy(options);
  await proxy.listen();
  return proxy;
}

class TcpProxy implements FaultyProxy {
  readonly #target: () => number;
  readonly #slowMs: number;
  /** Open connections, with the number of each. */
  readonly #pairs = new Map<readonly [client: Socket, server: Socket], number>();
  #server: Server | undefined;
  #fault: ProxyFault = "pass";
  #sent: Buffer[] = [];
  #sentBytes = 0;
  port = 0;
  accepted = 0;
  hits = 0;

  constructor({ port, slowMs = 20 }: FaultyProxyOptions) {
    this.#target = typeof port === "number" ? () => port : port;
    this.#slowMs = slowMs;
  }

  get open(): number {
    return this.#pairs.size;
  }

  openAfter(accepted: number): number {
    return [...this.#pairs.values()].filter((number) => number > accepted).length;
  }

  get sent(): Buffer {
    return Buffer.concat(this.#sent);
  }

  forget(): void {
    this.#sent = [];
    this.#sentBytes = 0;
  }

  async set(fault: ProxyFault): Promise<void> {
    this.#fault = fault;
    this.hits = 0;
    if (fault === "down") await this.#stop();
    else await this.listen();
  }

  async listen(): Promise<void> {
    if (this.#server) return;
    const server = createServer({ noDelay: true }, (client) => this.#take(client));
    this.#server = server;
    this.port = await new Promise<number>((resolve, reject) => {
      server.once("error", reject);
      server.listen(this.port, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
  }

  async #stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    const closed = server && new Promise<void>((resolve) => void server.close(() => resolve()));
    for (const [client, target] of this.#pairs.keys()) {
      client.resetAndDestroy();
      target.destroy();
    }
    await closed;
  }

  #take(client: Socket): void {
    const number = ++this.accepted;
    const server = connect({ port: this.#target(), host: "127.0.0.1", noDelay: true });
    const pair = [client, server] as const;
    this.#pairs.set(pair, number);
    const end = (): void => {
      this.#pairs.delete(pair);
      client.destroy();
      server.destroy();
    };
    // A connection that breaks off is what this is for.
    for (const socket of pair) socket.on("error", () => undefined).on("close", end);
    client.on("data", (piece) => this.#fromClient(piece, client, server));
    server.on("data", (piece) => this.#fromServer(piece, client));
    client.on("end", () => server.end());
    server.on("end", () => client.end());
  }

  #fromClient(piece: Buffer, client: Socket, server: Socket): void {
    if (this.#sentBytes < MOST_SENT) {
      this.#sent.push(piece);
      this.#sentBytes += piece.length;
    }
    const fault = this.#fault;
    if (fault === "cut" || fault === "hang") this.hits++;
    if (fault === "cut") client.resetAndDestroy();
    else if (fault !== "hang") this.#pass(piece, server);
  }

  #fromServer(piece: Buffer, client: Socket): void {
    if (this.#fault === "lose") {
      this.hits++;
      client.resetAndDestroy();
    } else if (this.#fault !== "hang") this.#pass(piece, client);
  }

  #pass(piece: Buffer, to: Socket): void {
    if (this.#fault !== "slow") return void to.write(piece);
    this.hits++;
    setTimeout(() => {
      if (!to.destroyed) to.write(piece);
    }, this.#slowMs);
  }
}
