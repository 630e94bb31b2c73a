import { randomUUID } from "node:crypto";
import { BlockedError, type CheckReport, type Clock } from "@cloudmarker/store-api";
import { certificateAt, describeHttp, reportCheck } from "@cloudmarker/store-kit/http";
import { parseNameTemplate } from "@cloudmarker/store-kit/names";
import type { Db, Document, MongoClient } from "mongodb";
import { COMMAND_NOT_FOUND, UNAUTHORIZED } from "./codes.ts";
import { askFor, toFailure } from "./outcomes.ts";
import type { MongoDBStoreParams } from "./params.ts";
import { lookAt } from "./prepare.ts";
import { writeConcernOf } from "./request.ts";
import { peerOf } from "./server.ts";

/** How long to wait for the other members of a replica set, in milliseconds. */
const CONCERN_MS = 1_000;

/** Tries the server with the real credentials, and changes nothing. */
export function check(client: MongoClient, params: MongoDBStoreParams, clock: Clock): Promise<CheckReport> {
  const peer = peerOf(params);
  const { hosts, tls } = client.options;
  const [first] = hosts;
  // Undefined if only the name service knows the hosts.
  const url = first?.host === undefined ? undefined : `${tls ? "https" : "http"}://${first.toString()}/`;

  async function look(): Promise<string> {
    try {
      await client.connect();
      return await inspect(client.db(params.db), params, peer);
    } catch (error) {
      const { code, message } = toFailure(error, peer);
      const isMute = ["connection_lost", "timeout", "unreachable"].includes(code);
      const found = isMute && url !== undefined ? await describeHttp(url, clock) : undefined;
      const isSecured = isMute && !tls && url !== undefined && found === undefined;
      if (isSecured && (await certificateAt(url, params.tls)) !== undefined)
        throw new BlockedError(code, `${message} But it speaks TLS on this port: write use_tls: true.`);
      if (found === undefined || found === "MongoDB") throw new BlockedError(code, message);
      throw new BlockedError("wrong_server", `${peer} is not MongoDB but ${found}.`);
    }
  }

  return reportCheck(look, async () => url && certificateAt(url, params.tls));
}

/**
 * What was found, in one sentence.
 * @throws BlockedError if records could not be written
 */
async function inspect(db: Db, params: MongoDBStoreParams, peer: string): Promise<string> {
  const collection = parseNameTemplate(params.collection).constant;
  await db.command({ ping: 1 });
  const { authInfo = {} } = await ask(db, { connectionStatus: 1, showPrivileges: true });
  const build = await ask(db, { buildInfo: 1 });
  const { authenticatedUsers: [user] = [], authenticatedUserPrivileges: privileges } = authInfo as AuthInfo;
  const ns = collection === undefined ? db.databaseName : `${db.databaseName}.${collection}`;
  if (user && privileges && !privileges.some((one) => allowsInsert(one, db.databaseName, collection))) {
    const message = `${peer}: ${user.user} may not insert into ${ns}; grant the role readWrite on ${db.databaseName}.`;
    throw new BlockedError("no_permission", message);
  }
  // Without a user this also shows whether the server requires one. A user who may insert need not be allowed to list.
  const seen = lookAt(db, collection ?? "");
  await (user ? askFor(seen, UNAUTHORIZED, undefined) : seen);
  if (collection !== undefined) await tryWriteConcern(db, collection, params);
  return `${product(build)} at ${peer}, ${ns}${user ? `, as ${user.user}` : ""}.`;
}

/**
 * Tries the write concern, since one that the server cannot do would block every record (L-40). It removes a document
 * that does not exist, which changes nothing. A user who may not remove gets no result.
 * @throws BlockedError
 */
async function tryWriteConcern(db: Db, name: string, params: MongoDBStoreParams): Promise<void> {
  const { w } = writeConcernOf(params);
  if (w === "majority" || w === 1) return;
  const deletes = [{ q: { _id: randomUUID() }, limit: 1 }];
  const command = { delete: name, deletes, writeConcern: { w, wtimeout: CONCERN_MS } };
  try {
    await db.command(command);
  } catch (error) {
    if (toFailure(error, peerOf(params)).code === "write_concern") throw error;
  }
}

/** Some servers with this protocol do not know every command. */
function ask(db: Db, command: Document): Promise<Document> {
  return askFor(db.command(command), COMMAND_NOT_FOUND, {});
}

interface AuthInfo {
  readonly authenticatedUsers?: readonly { readonly user: string }[];
  readonly authenticatedUserPrivileges?: readonly Privilege[];
}

interface Privilege {
  readonly resource: { readonly db?: string; readonly collection?: string; readonly anyResource?: boolean };
  readonly actions: readonly string[];
}

/** An empty name stands for any name. */
function allowsInsert({ resource, actions }: Privilege, db: string, collection: string | undefined): boolean {
  if (!actions.includes("insert") && !actions.includes("anyAction")) return false;
  if (resource.anyResource === true) return true;
  if (resource.db !== "" && resource.db !== db) return false;
  return collection === undefined || resource.collection === "" || resource.collection === collection;
}

/** FerretDB names itself, but not always its version. */
function product({ version = "of unknown version", ferretdb, ferretdbVersion = ferretdb }: Document): string {
  return ferretdbVersion === undefined ? `MongoDB ${String(version)}` : `FerretDB (as MongoDB ${String(version)})`;
}
