import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { MongoRequest } from "../../../packages/store-testkit/src/servers/mongodb/faults.ts";
import { makeCertificates } from "../../../test/servers/tls/certificates.ts";
import { attempt, batchOf, idsIn, NS, openStore, serve } from "./support.ts";

const user = { username: "writer", password: "p@:/%w" };

/** PEM text as a file. */
function pem(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "mongodbstore-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "x.pem"), text);
  return join(folder, "x.pem");
}

test("check says what is there, and changes nothing", async () => {
  const server = await serve({ version: "8.0.1" });
  const store = await openStore(server);
  expect(await store.check()).toEqual({
    ok: true,
    code: "ok",
    message: `MongoDB 8.0.1 at mongodb://127.0.0.1:${server.port}, ${NS}.`,
  });
  expect(idsIn(server)).toEqual([]);
  expect(server.indexes(NS)).toEqual([]);
});

test("check says where a server is not a member of the replica set that the uri names", async () => {
  const server = await serve({ replicaSet: "rs0" });
  const uri = `mongodb://127.0.0.1:${server.port}/?replicaSet=other`;
  const store = await openStore(server, { uri, server_selection_timeout: 100 });
  expect(await store.check()).toMatchObject({
    ok: false,
    code: "unreachable",
    message: expect.stringMatching(/; no host is a member of the replica set other\.$/u),
  });
});

test("check says who is logged in; a password may have any character (MG-20)", async () => {
  const server = await serve({ auth: user });
  const store = await openStore(server, user);
  expect(await store.check()).toMatchObject({ ok: true, message: expect.stringMatching(/, as writer\.$/u) });
  expect(await store.write(batchOf("a"), attempt())).toEqual([]);
});

test("auth_source is the database that is asked for the user (MG-20)", async () => {
  const server = await serve({ auth: user });
  const asked: string[] = [];
  const on = ({ command, db }: MongoRequest): boolean => {
    if (command === "saslStart") asked.push(db);
    return false;
  };
  server.faults.always({ kind: "close", on });
  await (await openStore(server, user)).check();
  await (await openStore(server, { ...user, auth_source: "people" })).check();
  expect([...new Set(asked)]).toEqual(["admin", "people"]);
});

test("a wrong password blocks the store and shows nowhere (MG-10, MG-20)", async () => {
  const server = await serve({ auth: user });
  const store = await openStore(server, { ...user, password: "hunter2" });
  const message = `mongodb://127.0.0.1:${server.port}: Authentication failed (18). Check username, password, auth_source and auth_mechanism.`;
  expect(await store.check()).toEqual({ ok: false, code: "credentials", message });
  await expect(store.write(batchOf("a"), attempt())).rejects.toMatchObject({ status: "blocked", message });
});

test("a server that requires a user is distinguished from one that does not (MG-10)", async () => {
  const server = await serve({ auth: user });
  const store = await openStore(server);
  expect(await store.check()).toMatchObject({ ok: false, code: "no_permission" });
  await expect(store.write(batchOf("a"), attempt())).rejects.toMatchObject({
    status: "blocked",
    code: "no_permission",
  });
});

test("a user who may not insert is found by check (MG-10)", async () => {
  const privileges = [{ resource: { db: "cloudmarker", collection: "" }, actions: ["find", "listCollections"] }];
  const server = await serve({ auth: { ...user, privileges } });
  const store = await openStore(server, user);
  expect(await store.check()).toEqual({
    ok: false,
    code: "no_permission",
    message: `mongodb://127.0.0.1:${server.port}: writer may not insert into ${NS}; grant the role readWrite on cloudmarker.`,
  });
});

test("a user who may only insert is enough (MG-10)", async () => {
  const privileges = [{ resource: { db: "cloudmarker", collection: "cloudmarker" }, actions: ["insert"] }];
  const server = await serve({ auth: { ...user, privileges } });
  const store = await openStore(server, user);
  expect(await store.check()).toMatchObject({ ok: true });
  expect(await store.write(batchOf("a"), attempt())).toEqual([]);
  expect(store.warnings).toEqual([]);
});

test("a view is found by check (MG-19)", async () => {
  const server = await serve({ collections: { [NS]: { type: "view" } } });
  expect(await (await openStore(server)).check()).toMatchObject({ ok: false, code: "not_writable" });
});

test("a server that is not there is found by check", async () => {
  const server = await serve();
  await server.stop();
  const store = await openStore(server, { server_selection_timeout: 100 });
  expect(await store.check()).toMatchObject({ ok: false, code: "refused" });
  await server.restart();
  expect(await store.check()).toMatchObject({ ok: true });
  const nowhere = await openStore(server, { host: "nowhere.invalid", server_selection_timeout: 100 });
  expect(await nowhere.check()).toMatchObject({ ok: false, code: "unknown_host" });
});

test("a server that is too old is found by check", async () => {
  const server = await serve({ maxWireVersion: 6 });
  const store = await openStore(server, { server_selection_timeout: 100 });
  expect(await store.check()).toMatchObject({ ok: false, code: "version" });
  await expect(store.write(batchOf("a"), attempt())).rejects.toMatchObject({ status: "blocked", code: "version" });
});

test("a web server is found by check, by its own name", async () => {
  const web = createServer((_, response) => response.setHeader("x-elastic-product", "Elasticsearch").end("{}"));
  await new Promise<void>((resolve) => {
    web.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(() => void web.close());
  const { port } = web.address() as AddressInfo;
  const store = await openStore({ port }, { server_selection_timeout: 500, connect_timeout: 500 });
  expect(await store.check()).toEqual({
    ok: false,
    code: "wrong_server",
    message: `mongodb://127.0.0.1:${port} is not MongoDB but Elasticsearch.`,
  });
});

test("an option of the uri that the driver does not know blocks the store (MG-20)", async () => {
  const opening = openStore({ port: 1 }, { uri: "mongodb://127.0.0.1/?nosuch=1" });
  await expect(opening).rejects.toMatchObject({ status: "blocked", code: "configuration" });
});

test("TLS: a server whose authority is known is written to", async () => {
  const { ca, server: certificate } = await makeCertificates();
  const server = await serve({ tls: certificate });
  const store = await openStore(server, { tls: { verify: true, ca: pem(ca) } });
  expect(await store.check()).toMatchObject({ ok: true });
  expect(await store.write(batchOf("a"), attempt())).toEqual([]);
});

test("TLS: the authorities that the environment names are trusted, and are nothing to a connection without TLS (L-48)", async () => {
  const { ca, server: certificate } = await makeCertificates();
  const server = await serve({ tls: certificate });
  const store = await openStore(server, { use_tls: true }, { SSL_CERT_FILE: pem(ca) });
  expect(await store.check()).toMatchObject({ ok: true });
  const plain = await openStore(await serve({}), {}, { SSL_CERT_FILE: "/nowhere" });
  expect(await plain.check()).toMatchObject({ ok: true });
});

test("TLS: an unknown authority blocks the store, and check shows the certificate", async () => {
  const { server: certificate } = await makeCertificates();
  const server = await serve({ tls: certificate });
  const store = await openStore(server, { use_tls: true, server_selection_timeout: 300 });
  const report = await store.check();
  expect(report).toMatchObject({ ok: false, code: "tls" });
  expect(report.message).toMatch(/not trusted.* It shows a certificate of localhost, issued by Test authority/u);
  await expect(store.write(batchOf("a"), attempt())).rejects.toMatchObject({ status: "blocked", code: "tls" });
});

test("TLS: verify: false takes any certificate", async () => {
  const { otherName } = await makeCertificates();
  const server = await serve({ tls: otherName });
  expect(await (await openStore(server, { tls: { verify: false } })).check()).toMatchObject({ ok: true });
});

test("TLS: server_name stands in for the name in the address", async () => {
  const { ca, otherName } = await makeCertificates();
  const server = await serve({ tls: otherName });
  const tls = { verify: true, ca: pem(ca) };
  const store = await openStore(server, { tls, server_selection_timeout: 300 });
  expect(await store.check()).toMatchObject({ ok: false, code: "tls" });
  const named = await openStore(server, { tls: { ...tls, server_name: "other.invalid" } });
  expect(await named.check()).toMatchObject({ ok: true });
});

test("TLS: a file that is not there blocks the store", async () => {
  const opening = openStore({ port: 1 }, { tls: { verify: true, ca: "/nowhere/ca.pem" } });
  await expect(opening).rejects.toMatchObject({ status: "blocked", code: "tls_file" });
});

test("PLAIN without TLS is warned of", async () => {
  const store = await openStore({ port: 1 }, { ...user, auth_mechanism: "PLAIN" });
  expect(store.warnings).toEqual(["mongodb://127.0.0.1:1: PLAIN without TLS sends the password for everyone to read."]);
  const safe = await openStore({ port: 1 }, { ...user, auth_mechanism: "PLAIN", use_tls: true });
  expect(safe.warnings).toEqual([]);
});

test("a client certificate says who we are (MG-20)", async () => {
  const { ca, server: certificate, client } = await makeCertificates();
  const server = await serve({ tls: { ...certificate, ca, requestCert: true }, auth: { username: "CN=cloudmarker" } });
  const tls = { verify: true, ca: pem(ca), cert: pem(client.cert), key: pem(client.key) };
  const store = await openStore(server, { tls, auth_mechanism: "MONGODB-X509" });
  expect(await store.check()).toMatchObject({ ok: true, message: expect.stringContaining("as CN=cloudmarker") });
  expect(await store.write(batchOf("a"), attempt())).toEqual([]);
});
