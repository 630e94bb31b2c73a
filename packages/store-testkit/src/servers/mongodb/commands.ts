import {
  authenticate,
  connectionStatus,
  mechanismsOf,
  privilegesOf,
  requireUser,
  saslContinue,
  saslStart,
  usersInfo,
} from "./auth.ts";
import { create, createIndexes, listCollections, listIndexes } from "./catalog.ts";
import type { Connection } from "./connection.ts";
import { CommandError, errorReply } from "./errors.ts";
import { answer } from "./faults.ts";
import type { MongoFault, MongoFaults, MongoRequest, Outcome } from "./faults.ts";
import { count, find } from "./find.ts";
import { buildInfo, hello } from "./hello.ts";
import { insert, readSent, removeNothing } from "./insert.ts";
import type { Sent } from "./insert.ts";
import { requirePrivilege } from "./privileges.ts";
import type { ServerState } from "./state.ts";
import type { Doc, Message } from "./wire.ts";

interface Call {
  readonly state: ServerState;
  readonly connection: Connection;
  readonly request: MongoRequest;
  /** Host and port of the server. */
  readonly address: string;
  readonly sent: Sent;
  readonly fault: MongoFault | undefined;
}

const OK = (): Doc => ({ ok: 1 });

/** What the server can do. */
const COMMANDS: Readonly<Record<string, (call: Call) => Doc>> = {
  authenticate: ({ state, connection, request }) => authenticate(state.auth, connection, request.body),
  buildInfo: ({ state }) => buildInfo(state.facts),
  connectionStatus: ({ state, connection, request }) => connectionStatus(state.auth, connection, request.body),
  count: ({ state, request }) => count(state, request),
  create: ({ state, request }) => create(state, request),
  createIndexes: ({ state, request }) => createIndexes(state, request),
  delete: ({ state, request }) => removeNothing(state, request),
  endSessions: OK,
  find: ({ state, request }) => find(state, request),
  hello: ({ state, connection, request, address }) => {
    const saslSupportedMechs = "saslSupportedMechs" in request.body && {
      saslSupportedMechs: mechanismsOf(state.auth),
    };
    return { ...hello(state.facts, address, connection.id), ...saslSupportedMechs };
  },
  insert: ({ state, request, sent, fault }) => insert(state, request, sent, fault),
  killCursors: OK,
  listCollections: ({ state, request }) => listCollections(state, request),
  listIndexes: ({ state, request }) => listIndexes(state, request),
  ping: OK,
  saslContinue: ({ state, connection, request }) => saslContinue(state.auth, connection, request.body),
  saslStart: ({ state, connection, request }) => saslStart(state.auth, connection, request.body),
  usersInfo: ({ state, request }) => usersInfo(state.auth, request.body),
};

const OLD_NAMES: Readonly<Record<string, string>> = { buildinfo: "buildInfo", isMaster: "hello", ismaster: "hello" };

/** Does what a message asks, faults included. */
export function run(
  state: ServerState,
  faults: MongoFaults,
  connection: Connection,
  address: string,
  message: Message,
): Outcome {
  const request = readRequest(message);
  const isInsert = request.command === "insert";
  const isRetryableWrite = state.facts.replicaSet !== undefined && request.body["txnNumber"] !== undefined;
  if (request.command !== "hello") state.counts.commands.push(request.command);
  if (isInsert) state.counts.insertCommands++;
  const fault = faults.take(request);
  const sent = isInsert ? readSent(state, message.documents, fault) : 0;
  return answer(fault, isRetryableWrite, () => execute({ state, connection, request, address, sent, fault }));
}

function execute(call: Call): Doc {
  const { state, connection, request } = call;
  const { command, db, ns } = request;
  try {
    const act = COMMANDS[command];
    if (!act) throw new CommandError(59, `no such command: '${command}'`);
    requireUser(state.auth, connection, command);
    requirePrivilege(privilegesOf(state.auth), command, db, ns.slice(db.length + 1));
    return act(call);
  } catch (error) {
    return error instanceof CommandError ? errorReply(error.code, error.message) : errorReply(1, String(error));
  }
}

function readRequest({ body, documents }: Message): MongoRequest {
  const [name = ""] = Object.keys(body);
  const target = body[name];
  const db = String(body["$db"]);
  const ns = typeof target === "string" ? `${db}.${target}` : db;
  return { command: OLD_NAMES[name] ?? name, db, ns, body, documents };
}
