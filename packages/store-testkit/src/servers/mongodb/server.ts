import { createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { TlsOptions } from "../http/server.ts";
import { listen } from "../listener.ts";
import type { Listener } from "../listener.ts";
import type { MongoAuth } from "./auth.ts";
import type { CollectionSpec, IndexSpec } from "./collection.ts";
import { run } from "./commands.ts";
import { newConnection } from "./connection.ts";
import { CLOSE, HANG, mongoFaults } from "./faults.ts";
import type { MongoFaults } from "./faults.ts";
import { Framer } from "./framer.ts";
import { serverFacts } from "./hello.ts";
import type { HelloOptions } from "./hello.ts";
import { ServerState } from "./state.ts";
import type { Counts } from "./state.ts";
import { readMessage, writeReply } from "./wire.ts";

/** What {@link startMongo} takes. */
export interface MongoOptions extends HelloOptions {
  /** @default everybody may do everything */
  readonly auth?: MongoAuth | undefined;
  /** Collections that are there from the start, by `<database>.<collection>`. */
  readonly collections?: Readonly<Record<string, CollectionSpec>>;
  /** Count the documents of inserts, and forget them: for benchmarks. Their ids are not looked at. @default false */
  readonly nullSink?: boolean;
  readonly tls?: TlsOptions | undefined;
  /** @default 0, which means any free port */
  readonly port?: number | undefined;
}

/** A server that speaks as much of MongoDB's protocol as stores need, and fails on request. */
export interface MongoFaultServer extends Readonly<Counts>, Listener, AsyncDisposable {
  /** For clients, without user and TLS files. */
  readonly uri: string;
  readonly faults: MongoFaults;
  /** The documents of `<database>.<collection>` as BSON, by the text of their `_id` (see `idText`). */
  documents(ns: string): ReadonlyMap<string, Uint8Array>;
  /** The indexes of `<database>.<collection>`, the one on `_id` included. */
  indexes(ns: string): readonly IndexSpec[];
}

/** Starts a MongoDB on 127.0.0.1 that keeps documents in memory, over a `stop` and `restart` too. */
export async function startMongo(options: MongoOptions = {}): Promise<MongoFaultServer> {
  const state = new ServerState(serverFacts(options), options.auth, options.nullSink ?? false);
  for (const [ns, spec] of Object.entries(options.collections ?? {})) state.create(ns, spec);
  const faults = mongoFaults();
  let connections = 0;
  const { port, stop, restart } = await listen(options.port ?? 0, () =>
    create(options.tls, (socket) => serve(socket, state, faults, ++connections)),
  );
  const { counts } = state;
  return {
    port,
    uri: `mongodb://127.0.0.1:${port}/${query(options)}`,
    faults,
    get inserted() {
      return counts.inserted;
    },
    get duplicates() {
      return counts.duplicates;
    },
    get insertCommands() {
      return counts.insertCommands;
    },
    received: counts.received,
    commands: counts.commands,
    documents: (ns) => state.collections.get(ns)?.documents ?? new Map(),
    indexes: (ns) => state.collections.get(ns)?.indexes ?? [],
    stop,
    restart,
    [Symbol.asyncDispose]: stop,
  };
}

/** @param onSocket called for each connection, once its TLS handshake is done where there is one */
function create(tls: TlsOptions | undefined, onSocket: (socket: Socket) => void): Server {
  return tls
    ? createTlsServer({ rejectUnauthorized: tls.requestCert === true, ...tls }, onSocket)
    : createServer({ noDelay: true }, onSocket);
}

function serve(socket: Socket, state: ServerState, faults: MongoFaults, id: number): void {
  const connection = newConnection(id, socket);
  const framer = new Framer(state.facts.maxMessageSizeBytes);
  const address = `127.0.0.1:${socket.localPort}`;
  const answer = (bytes: Buffer): void => {
    const message = readMessage(bytes);
    const outcome = run(state, faults, connection, address, message);
    if (outcome === CLOSE) socket.destroy();
    else if (outcome !== HANG && !message.isSilent) socket.write(writeReply(message, outcome));
  };
  socket.on("data", (chunk: Buffer) => {
    try {
      for (const bytes of framer.push(chunk)) answer(bytes);
    } catch {
      // MongoDB, too, drops a client that sends what it cannot read.
      socket.destroy();
    }
  });
  // A client that breaks off is not a failure of the server.
  socket.on("error", () => socket.destroy());
}

function query({ replicaSet, tls }: MongoOptions): string {
  const parameters = new URLSearchParams({ ...(replicaSet && { replicaSet }), ...(tls && { tls: "true" }) });
  return parameters.size > 0 ? `?${parameters}` : "";
}
