import type { CheckReport, Clock } from "@cloudmarker/store-api";
import { describeCertificate, describeServer } from "@cloudmarker/store-api/kit";
import type { Db, Document, MongoClient } from "mongodb";
import { connect } from "./client.ts";
import { readError, toFailure } from "./failures.ts";
import type { Address, Server } from "./server.ts";

const HTTP_TIMEOUT_MS = 2_000;
const COMMAND_NOT_FOUND = 59;

/** What a check looks at. */
export interface CheckTarget {
  readonly client: MongoClient;
  readonly server: Server;
  readonly db: string;
  /** Undefined where the name depends on the record. */
  readonly collection: string | undefined;
  readonly clock: Clock;
}

/** Tries the server with the real credentials, and changes nothing. */
export async function check(target: CheckTarget): Promise<CheckReport> {
  const { client, server } = target;
  try {
    await connect(client, server);
    return await inspect(target, client.db(target.db));
  } catch (error) {
    const failure = toFailure(error, server.peer);
    const { message } = failure;
    const code = "code" in failure ? String(failure.code) : "failed";
    return { ok: false, code, message, ...(await explore(target, code, message)) };
  }
}

async function inspect({ server, collection }: CheckTarget, db: Db): Promise<CheckReport> {
  await db.command({ ping: 1 });
  const { authInfo } = await ask(db, { connectionStatus: 1, showPrivileges: true });
  const build = await ask(db, { buildInfo: 1 });
  const { authenticatedUsers: users, authenticatedUserPrivileges: privileges } = (authInfo ?? {}) as AuthInfo;
  const [user] = users ?? [];
  const target = collection === undefined ? db.databaseName : `${db.databaseName}.${collection}`;
  if (user && privileges && !privileges.some((one) => allowsInsert(one, db.databaseName, collection))) {
    const message = `${server.peer}: ${user.user} may not insert into ${target}; grant the role readWrite on ${db.databaseName}.`;
    return { ok: false, code: "no_permission", message };
  }
  const isView = await lookAt(db, collection, user !== undefined);
  if (isView) return { ok: false, code: "not_writable", message: `${target} is a view, which cannot be written to.` };
  const as = user ? `, as ${user.user}` : "";
  return { ok: true, code: "ok", message: `${product(build)} at ${server.peer}, ${target}${as}.` };
}

/** What a server answers, or nothing where it does not know the command: not all that speak the protocol know all of it. */
async function ask(db: Db, command: Document): Promise<Document> {
  try {
    return await db.command(command);
  } catch (error) {
    if (readError(error).code === COMMAND_NOT_FOUND) return {};
    throw error;
  }
}

interface AuthInfo {
  readonly authenticatedUsers?: readonly { readonly user: string }[];
  readonly authenticatedUserPrivileges?: readonly Privilege[];
}

interface Privilege {
  readonly resource: { readonly db?: string; readonly collection?: string; readonly anyResource?: boolean };
  readonly actions: readonly string[];
}

function allowsInsert({ resource, actions }: Privilege, db: string, collection: string | undefined): boolean {
  if (!actions.includes("insert") && !actions.includes("anyAction")) return false;
  if (resource.anyResource === true) return true;
  return fits(resource.db, db) && (collection === undefined || fits(resource.collection, collection));
}

/** An empty name stands for any. */
function fits(pattern: string | undefined, name: string): boolean {
  return pattern === "" || pattern === name;
}

/** Whether the collection is a view. Without a user this shows, too, whether the server wants one. */
async function lookAt(db: Db, collection: string | undefined, isKnown: boolean): Promise<boolean> {
  const filter = collection === undefined ? {} : { name: collection };
  try {
    const [info] = await db.listCollections(filter, { nameOnly: true }).toArray();
    return collection !== undefined && info?.type === "view";
  } catch (error) {
    // Who may insert need not be allowed to list.
    if (isKnown) return false;
    throw error;
  }
}

/** FerretDB says so, not always with its version. */
function product({ version = "of unknown version", ferretdb, ferretdbVersion = ferretdb }: Document): string {
  return ferretdbVersion === undefined ? `MongoDB ${String(version)}` : `FerretDB (as MongoDB ${String(version)})`;
}

/** More on why the server does not answer as a MongoDB would. */
async function explore({ server, clock }: CheckTarget, code: string, message: string): Promise<Partial<CheckReport>> {
  const { first, peer, tls } = server;
  if (!first) return {};
  if (code === "tls") {
    const certificate = await describeCertificate(first.host, first.port);
    return certificate === undefined ? {} : { message: `${message} It shows a ${certificate}.` };
  }
  if (!["connection_lost", "timeout", "unreachable"].includes(code)) return {};
  const found = await askHttp(first, tls, clock);
  return found === undefined ? {} : { code: "wrong_server", message: `${peer} is no MongoDB but ${found}.` };
}

/** What answers there to HTTP, if something does. */
async function askHttp({ host, port }: Address, tls: boolean, clock: Clock): Promise<string | undefined> {
  const url = `${tls ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${port}/`;
  const controller = new AbortController();
  const timer = clock.setTimeout(() => controller.abort(), HTTP_TIMEOUT_MS);
  try {
    const answer = await fetch(url, { redirect: "manual", signal: controller.signal });
    const headers = Object.fromEntries(answer.headers);
    const found = describeServer({ status: answer.status, headers, body: await answer.text() });
    return found === "MongoDB" ? undefined : found;
  } catch {
    return undefined;
  } finally {
    clock.clearTimeout(timer);
  }
}
