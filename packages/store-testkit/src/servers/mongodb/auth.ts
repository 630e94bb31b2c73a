import { Binary } from "bson";
import type { Connection } from "./connection.ts";
import { CommandError } from "./errors.ts";
import { EVERYTHING } from "./privileges.ts";
import type { Privilege } from "./privileges.ts";
import { startScram } from "./scram.ts";
import type { Doc } from "./wire.ts";

/** The one user that a server knows. */
export interface MongoUser {
  /** For X.509, the subject of the certificate, such as `CN=cloudmarker`. */
  readonly username: string;
  /** For SCRAM-SHA-256 in the database `admin`. Without it, the user is known by a certificate (X.509). */
  readonly password?: string;
  /** @default everything */
  readonly privileges?: readonly Privilege[];
}

/** The user that a server accepts: one, or none. */
export type MongoAuth = MongoUser | "refuse";

const SCRAM = "SCRAM-SHA-256";
const X509 = "MONGODB-X509";
/** What clients may ask before they say who they are. */
const OPEN = new Set(["authenticate", "buildInfo", "connectionStatus", "hello", "ping", "saslContinue", "saslStart"]);

/** @throws CommandError 13 where the client has yet to say who it is */
export function requireUser(auth: MongoAuth | undefined, connection: Connection, command: string): void {
  if (!auth || connection.user || OPEN.has(command)) return;
  throw new CommandError(13, `Command ${command} requires authentication`);
}

/** What the client of a connection may do. */
export function privilegesOf(auth: MongoAuth | undefined): readonly Privilege[] {
  return (typeof auth === "object" && auth.privileges) || EVERYTHING;
}

/** The mechanisms by which the server knows a user, where `hello` asks for them. */
export function mechanismsOf(auth: MongoAuth | undefined): string[] {
  return typeof auth === "object" && auth.password === undefined ? [X509] : [SCRAM];
}

/** The first step of SCRAM. */
export function saslStart(auth: MongoAuth | undefined, connection: Connection, body: Doc): Doc {
  if (typeof auth !== "object" || auth.password === undefined || body["mechanism"] !== SCRAM) throw refusal();
  connection.scram = startScram(payloadOf(body), auth.username, auth.password);
  return step(connection.scram.challenge, false);
}

/** The last step of SCRAM. */
export function saslContinue(auth: MongoAuth | undefined, connection: Connection, body: Doc): Doc {
  const answer = connection.scram?.finish(payloadOf(body));
  connection.scram = undefined;
  if (answer === undefined || typeof auth !== "object") throw refusal();
  connection.user = { user: auth.username, db: String(body["$db"]) };
  return step(answer, true);
}

/** X.509: the TLS handshake has proved who the client is. */
export function authenticate(auth: MongoAuth | undefined, connection: Connection, body: Doc): Doc {
  const { subject } = connection;
  const { mechanism, user = subject } = body;
  const isKnown = typeof auth === "object" && auth.password === undefined && auth.username === subject;
  if (!isKnown || mechanism !== X509 || user !== subject) throw refusal();
  connection.user = { user: subject, db: "$external" };
  return { dbname: "$external", user: subject, ok: 1 };
}

/** Who the client is, and what it may do. */
export function connectionStatus(auth: MongoAuth | undefined, connection: Connection, body: Doc): Doc {
  const { user } = connection;
  const authenticatedUserPrivileges = user ? privilegesOf(auth) : [];
  return {
    authInfo: {
      authenticatedUsers: user ? [user] : [],
      authenticatedUserRoles: [],
      ...(body["showPrivileges"] === true && { authenticatedUserPrivileges }),
    },
    ok: 1,
  };
}

/** The one user, where it is the one that was asked for. */
export function usersInfo(auth: MongoAuth | undefined, body: Doc): Doc {
  const asked = body["usersInfo"];
  const name = typeof asked === "object" && asked !== null && "user" in asked ? asked.user : asked;
  if (typeof auth !== "object" || (name !== auth.username && name !== 1)) return { users: [], ok: 1 };
  const { username: user } = auth;
  const db = auth.password === undefined ? "$external" : "admin";
  const privileges = body["showPrivileges"] === true && { inheritedPrivileges: privilegesOf(auth) };
  return { users: [{ _id: `${db}.${user}`, user, db, roles: [], ...privileges }], ok: 1 };
}

/** MongoDB never says what was wrong. */
function refusal(): CommandError {
  return new CommandError(18, "Authentication failed.");
}

function payloadOf(body: Doc): string {
  const { payload } = body;
  return payload instanceof Binary ? Buffer.from(payload.value()).toString("utf8") : "";
}

function step(text: string, done: boolean): Doc {
  return { conversationId: 1, done, payload: new Binary(Buffer.from(text)), ok: 1 };
}
