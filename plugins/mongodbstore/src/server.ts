import { BlockedError, type StoreContext } from "@cloudmarker/store-api";
import { waitFor } from "@cloudmarker/store-kit/tasks";
import { hostInUrl, loadTls } from "@cloudmarker/store-kit/http";
import type { MongoClient, MongoClientOptions } from "mongodb";
import { type Connections, connectionsOf } from "./connections.ts";
import { toFailure } from "./outcomes.ts";
import type { MongoDBStoreParams } from "./params.ts";

/** Most time that closing a client takes, in milliseconds. */
const CLOSE_MS = 1_000;

/** More than the host sends at a time. */
const MOST_CONNECTIONS = 8;

/**
 * The connection string: `uri`, or one made of `host` and `port`, as the driver of the predecessor reads them (L-63).
 */
function uriOf({ host, port, uri }: Pick<MongoDBStoreParams, "host" | "port" | "uri">): string {
  if (uri !== undefined) return uri;
  if (isUri(host)) return host;
  const hosts = hostsOf(host).map((one) => withPort(one, port));
  return `mongodb://${hosts.join(",")}`;
}

/** The hosts of `host`: the driver of the predecessor takes several in one text as well. */
export function hostsOf(host: MongoDBStoreParams["host"]): readonly string[] {
  return typeof host === "string" ? host.split(",").map((one) => one.trim()) : host;
}

/** Whether `host` is a connection string. */
export function isUri(host: MongoDBStoreParams["host"]): host is string {
  return typeof host === "string" && /^mongodb(?:\+srv)?:\/\//u.test(host);
}

/** `[::1]:27018` and `db:27018` have a port; `::1` has none. */
function withPort(host: string, port: number): string {
  return /^(?:\[.*\]|[^:]*):\d+$/u.test(host) ? host : `${hostInUrl(host)}:${port}`;
}

/** The shortest idle time: 0 would mean no limit. */
const SHORTEST_IDLE_MS = 1;

/** The server as messages name it: without path and options. */
export function peerOf(params: MongoDBStoreParams): string {
  return uriOf(params).replace(/(?<=:\/\/[^/?]*)[/?].*$/su, "");
}

/** The members of the cluster that the params name, each as `host:port`. */
export function membersOf(params: MongoDBStoreParams): readonly string[] {
  const [scheme = "", hosts = ""] = peerOf(params).toLowerCase().split("://");
  const port = scheme === "mongodb" ? ":27017" : "";
  return hosts.split(",").map((host) => (/:\d+$/u.test(host) ? host : host + port));
}

/**
 * Makes the function that makes clients; nothing is sent.
 * @throws BlockedError for a file that cannot be read; the function throws one for an unknown option of the `uri`
 */
export async function clientMaker(params: MongoDBStoreParams, context: StoreContext): Promise<() => MongoClient> {
  const peer = peerOf(params);
  const { username, password, auth_mechanism: mechanism, use_tls, tls } = params;
  const asksForTls = use_tls || !tls.verify || Object.keys(tls).length > 1;
  const usesTls = asksForTls || /^mongodb\+srv:|[?&](?:tls|ssl)=true/u.test(params.uri ?? "");
  // Without TLS the certificates of the environment do not matter.
  const env = usesTls ? context.env : {};
  // The driver leaves out what is undefined, but its types do not say so.
  const options = {
    appName: "cloudmarker",
    maxPoolSize: MOST_CONNECTIONS,
    // The server may close an idle connection just when an insert is sent: the insert never arrives, and the store
    // cannot tell.
    ...(context.guarantee === "at-most-once" && { maxIdleTimeMS: SHORTEST_IDLE_MS }),
    // Without these the driver waits half a minute for a server, and without limit for an answer (MG-12).
    connectTimeoutMS: params.connect_timeout,
    serverSelectionTimeoutMS: params.server_selection_timeout,
    socketTimeoutMS: params.socket_timeout,
    waitQueueTimeoutMS: params.connect_timeout,
    // The interval of the search for a server, while a batch waits for one; the driver's default would make every lost
    // connection take half a second.
    minHeartbeatFrequencyMS: 100,
    // As an option, and not in the URI, a password may have any character, and no message shows it (MG-20).
    auth: typeof username === "string" ? { username, password: password ?? undefined } : undefined,
    authMechanism: mechanism === "DEFAULT" ? undefined : mechanism,
    authSource: params.auth_source,
    // Otherwise the URI decides.
    tls: asksForTls || undefined,
    ...(await loadTls(tls, { ...context, env })),
  } as MongoClientOptions;
  // Loaded here, so that a run without this store does not load it.
  const { MongoClient: Driver } = await import("mongodb");
  const { Connection } = await import("mongodb/lib/cmap/connection.js");

  /** A client that leaves nothing open when it is closed, whatever the server does. */
  class Client extends Driver {
    readonly #connections: Connections;

    constructor() {
      const connections = connectionsOf(Connection);
      super(uriOf(params), { ...options, connectionType: connections.type } as MongoClientOptions);
      this.#connections = connections;
    }

    override async close(): Promise<void> {
      await waitFor(super.close(), context.clock, CLOSE_MS);
      this.#connections.end();
    }
  }
  return () => {
    try {
      return new Client();
    } catch (error) {
      throw new BlockedError("configuration", toFailure(error, peer).message, { cause: error });
    }
  };
}
