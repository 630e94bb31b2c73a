import type { MongoFault } from "../../../packages/store-testkit/src/servers/mongodb/faults.ts";
import type { MongoOptions } from "../../../packages/store-testkit/src/servers/mongodb/server.ts";
import { LOGIN, type Params, type State } from "./state.ts";

/** A MongoDB, and how the store is to use it. */
export interface MongoState {
  readonly server?: MongoOptions;
  readonly params?: Params;
  readonly fault?: MongoFault;
}

const NS = "cloudmarker.agree";
const may = (...actions: string[]): MongoOptions => ({
  auth: { ...LOGIN, privileges: [{ resource: { db: "cloudmarker", collection: "" }, actions }] },
});

/** What can be wrong with it. */
export const MONGO: readonly State<MongoState>[] = [
  ["a server", "ok", {}],
  ["a replica set", "ok", { server: { replicaSet: "rs0" } }],
  ["a replica set by its name", "ok", { server: { replicaSet: "rs0" }, params: { uri: "?replicaSet=rs0" } }],
  ["another replica set", "unreachable", { server: { replicaSet: "rs0" }, params: { uri: "?replicaSet=other" } }],
  ["the right password", "ok", { server: { auth: LOGIN }, params: LOGIN }],
  ["a wrong password", "credentials", { server: { auth: LOGIN }, params: { ...LOGIN, password: "wrong-pw" } }],
  ["no password", "no_permission", { server: { auth: LOGIN } }],
  [
    "a mechanism that it does not have",
    "credentials",
    { server: { auth: LOGIN }, params: { ...LOGIN, auth_mechanism: "PLAIN" } },
  ],
  ["lets nobody in", "credentials", { server: { auth: "refuse" }, params: LOGIN }],
  ["may read", "no_permission", { server: may("find", "listCollections"), params: LOGIN }],
  ["may insert, and nothing else", "ok", { server: may("insert"), params: LOGIN }],
  ["a view", "not_writable", { server: { collections: { [NS]: { type: "view" } } } }],
  [
    "a capped collection",
    "ok",
    { server: { collections: { [NS]: { options: { capped: true, size: 4096, max: 10 } } } } },
  ],
  ["too old", "version", { server: { maxWireVersion: 6 } }],
  ["more members are wanted than there are", "write_concern", { params: { write_concern: { w: 2 } } }],
  [
    "more members are wanted than the replica set has",
    "write_concern",
    { server: { replicaSet: "rs0" }, params: { write_concern: { w: 2 } } },
  ],
  ["an unknown option", "configuration", { params: { uri: "?nosuch=1" } }],
  ["shutting down", "shutting_down", { fault: { kind: "error", code: 91, on: () => true } }],
  ["connections are closed", "unreachable", { fault: { kind: "close", on: () => true } }],
];
