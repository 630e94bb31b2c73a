import { BlockedError } from "@cloudmarker/store-api";
import type { StoreContext } from "@cloudmarker/store-api";
import { loadTls } from "@cloudmarker/store-api/kit";
import { MongoClient } from "mongodb";
import type { MongoClientOptions } from "mongodb";
import { toFailure } from "./failures.ts";
import type { MongoDBStoreParams } from "./params.ts";
import type { Server } from "./server.ts";

/** More than the host sends at a time. */
const MOST_CONNECTIONS = 8;

/**
 * Makes a client, which connects with its first command.
 * @throws BlockedError for a file that cannot be read, or an option of the `uri` that the driver does not know
 */
export async function makeClient(
  params: MongoDBStoreParams,
  { uri, peer, tls }: Server,
  context: StoreContext,
): Promise<MongoClient> {
  const tlsOptions = tls ? { tls, ...(await loadTls(params.tls, context)) } : {};
  const options = { ...limits(params), ...credentials(params), ...tlsOptions } as MongoClientOptions;
  try {
    return new MongoClient(uri, options);
  } catch (error) {
    const failure = toFailure(error, peer);
    throw new BlockedError("configuration", failure.message, { cause: error });
  }
}

/**
 * Connects, where that is not done yet.
 * @throws StoreError
 */
export async function connect(client: MongoClient, { peer }: Server): Promise<void> {
  try {
    await client.connect();
  } catch (error) {
    throw toFailure(error, peer);
  }
}

/** Without these the driver waits half a minute for a server, and for an answer for ever (MG-12). */
function limits(params: MongoDBStoreParams): MongoClientOptions {
  return {
    appName: "cloudmarker",
    maxPoolSize: MOST_CONNECTIONS,
    connectTimeoutMS: params.connect_timeout,
    serverSelectionTimeoutMS: params.server_selection_timeout,
    socketTimeoutMS: params.socket_timeout,
    waitQueueTimeoutMS: params.connect_timeout,
  };
}

/** As an option, and not in the URI, a password may have any character, and shows in no message (MG-20). */
function credentials({ username, password, auth_mechanism, auth_source }: MongoDBStoreParams): MongoClientOptions {
  return {
    ...(username !== undefined && { auth: { username, ...(password !== undefined && { password }) } }),
    ...(auth_mechanism !== "DEFAULT" && { authMechanism: auth_mechanism }),
    ...(auth_source !== undefined && { authSource: auth_source }),
  };
}
