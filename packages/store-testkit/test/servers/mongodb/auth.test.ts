import type { MongoClientOptions } from "mongodb";
import { expect, test } from "vitest";
import { makeCertificates } from "../../../../../test/servers/tls/certificates.ts";
import type { Privilege } from "../../../src/servers/mongodb/privileges.ts";
import { connect, failedInsert, idsIn, items, records, serve } from "./support.ts";

const USER = { username: "ann=,:@/%", password: "p@ss:/%wörd" };

test("a user with the right password gets in, by any mechanism that the server offers (MG-20)", async () => {
  const server = await serve({ auth: USER });
  const { username, password } = USER;
  for (const more of [{}, { authMechanism: "SCRAM-SHA-256" }] satisfies MongoClientOptions[]) {
    const client = connect(server, { auth: { username, password }, ...more });
    expect(await client.db("audit").command({ connectionStatus: 1 })).toMatchObject({
      authInfo: { authenticatedUsers: [{ user: username, db: "admin" }] },
    });
  }
});

test("wrong name, wrong password, a mechanism that the server does not offer: always code 18", async () => {
  const server = await serve({ auth: USER });
  const { username, password } = USER;
  const attempts: MongoClientOptions[] = [
    { auth: { username: "bob", password } },
    { auth: { username, password: "wrong" } },
    { auth: { username, password }, authMechanism: "SCRAM-SHA-1" },
    { auth: { username, password }, authMechanism: "PLAIN" },
  ];
  for (const options of attempts) {
    const ping = connect(server, options).db("audit").command({ ping: 1 });
    await expect(ping).rejects.toMatchObject({ code: 18, codeName: "AuthenticationFailed" });
  }
});

test("a server that refuses all users accepts none", async () => {
  const server = await serve({ auth: "refuse" });
  const ping = connect(server, { auth: USER }).db("audit").command({ ping: 1 });
  await expect(ping).rejects.toMatchObject({ code: 18 });
  expect(await failedInsert(records(server), "a")).toMatchObject({
    code: 13,
    errmsg: "Command insert requires authentication",
  });
  expect(idsIn(server)).toEqual([]);
});

test("a certificate proves who the client is (X.509)", async () => {
  const { ca, server: own, client } = await makeCertificates();
  const tls = { ...own, ca, requestCert: true };
  const options: MongoClientOptions = { ca, ...client, authMechanism: "MONGODB-X509" };
  const server = await serve({ tls, auth: { username: "CN=cloudmarker" } });
  const { db } = records(server, options);
  expect(await db.command({ connectionStatus: 1 })).toMatchObject({
    authInfo: { authenticatedUsers: [{ user: "CN=cloudmarker", db: "$external" }] },
  });
  const other = await serve({ tls, auth: { username: "CN=other" } });
  await expect(records(other, options).insertMany(items("a"))).rejects.toMatchObject({ code: 18 });
});

test("a user may do what its privileges allow, and connectionStatus and usersInfo list them", async () => {
  const privileges: Privilege[] = [
    { resource: { db: "audit", collection: "records" }, actions: ["insert"] },
    { resource: { db: "audit", collection: "" }, actions: ["listCollections"] },
    { resource: { cluster: true }, actions: ["serverStatus"] },
  ];
  const server = await serve({ auth: { ...USER, privileges } });
  const { db } = records(server, { auth: USER });
  await db.collection<{ _id: string }>("records").insertMany(items("a"));
  await db.listCollections().toArray();
  await expect(db.collection<{ _id: string }>("others").insertOne({ _id: "a" })).rejects.toMatchObject({
    code: 13,
    errmsg: 'not authorized on audit to execute command { insert: "others" }',
  });
  await expect(db.collection("records").createIndex({ a: 1 })).rejects.toMatchObject({ code: 13 });
  await expect(db.collection("records").findOne({})).rejects.toMatchObject({ code: 13 });
  const { authInfo } = await db.command({ connectionStatus: 1, showPrivileges: true });
  expect(authInfo.authenticatedUserPrivileges).toEqual(privileges);
  expect(await db.command({ usersInfo: USER.username, showPrivileges: true })).toMatchObject({
    users: [{ user: USER.username, db: "admin", inheritedPrivileges: privileges }],
  });
  expect(await db.command({ usersInfo: "bob" })).toEqual({ users: [], ok: 1 });
});

test("empty names in a privilege mean all databases and collections", async () => {
  const privileges: Privilege[] = [{ resource: { db: "", collection: "" }, actions: ["anyAction"] }];
  const server = await serve({ auth: { ...USER, privileges } });
  await records(server, { auth: USER }).insertMany(items("a"));
  expect(idsIn(server)).toEqual(["a"]);
});

test("without users every client may do everything, and has no user name", async () => {
  const server = await serve();
  const { db } = records(server);
  expect(await db.command({ connectionStatus: 1, showPrivileges: true })).toEqual({
    authInfo: { authenticatedUsers: [], authenticatedUserRoles: [], authenticatedUserPrivileges: [] },
    ok: 1,
  });
});
