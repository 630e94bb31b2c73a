import { Decimal128, Double, Int32, Long, ObjectId, deserialize } from "bson";
import { MongoError } from "mongodb";
import { expect, test } from "vitest";
import { makeCertificates } from "../../../../../test/servers/tls/certificates.ts";
import { readTyped } from "../../../src/servers/mongodb/document.ts";
import { startMongo } from "../../../src/servers/mongodb/server.ts";
import { NS, connect, failedInsert, idsIn, items, records, refused, serve } from "./support.ts";

test.each([{}, { replicaSet: "rs0" }])("the real driver connects, inserts and reads back (%o)", async (options) => {
  const server = await serve(options);
  const collection = records(server);
  const { insertedCount } = await collection.insertMany([{ _id: "a", level: 1 }, { _id: "b" }]);
  expect(insertedCount).toBe(2);
  expect(await collection.find().toArray()).toEqual([{ _id: "a", level: 1 }, { _id: "b" }]);
  expect(await collection.find({ _id: { $in: ["b", "c"] } }).toArray()).toEqual([{ _id: "b" }]);
  expect(await collection.findOne({ _id: "a" })).toEqual({ _id: "a", level: 1 });
  expect(await collection.estimatedDocumentCount()).toBe(2);
});

test("it counts what it received, took and refused", async () => {
  const server = await serve();
  const collection = records(server);
  await collection.insertMany(items("a", "b"));
  await failedInsert(collection, "b", "c");
  expect(server).toMatchObject({ inserted: 3, duplicates: 1, insertCommands: 2, received: ["a", "b", "b", "c"] });
  expect(server.commands).toEqual(["insert", "insert"]);
  expect(idsIn(server)).toEqual(["a", "b", "c"]);
});

test("documents are kept with their types and the order of their fields", async () => {
  const server = await serve();
  const document = {
    z: new Long(1n),
    _id: "a",
    double: new Double(1),
    int: new Int32(1),
    decimal: Decimal128.fromString("1.10"),
    long: 9007199254740993n,
  };
  await connect(server).db("audit").collection<typeof document>("records").insertOne(document);
  const stored = readTyped(server.documents(NS).get("a") ?? new Uint8Array());
  expect(Object.keys(stored)).toEqual(["z", "_id", "double", "int", "decimal", "long"]);
  expect(stored).toEqual({ ...document, long: Long.fromBigInt(9007199254740993n) });
});

test("an _id is unique in its collection, and 11000 names index and value", async () => {
  const server = await serve();
  const collection = records(server);
  await collection.insertOne({ _id: "a" });
  const errmsg = `E11000 duplicate key error collection: ${NS} index: _id_ dup key: { _id: "a" }`;
  expect(await command(server).insertMany(items("b", "a", "c"))).toEqual({
    n: 2,
    writeErrors: [{ index: 1, code: 11000, errmsg, keyPattern: { _id: 1 }, keyValue: { _id: "a" } }],
    ok: 1,
  });
  await collection.db.collection<{ _id: string }>("others").insertOne({ _id: "a" });
});

test("ordered inserts stop at the first error, others go on", async () => {
  const server = await serve();
  const collection = records(server);
  await collection.insertOne({ _id: "a" });
  await expect(collection.insertMany(items("b", "a", "c"), { ordered: true })).rejects.toMatchObject({ code: 11000 });
  expect(idsIn(server)).toEqual(["a", "b"]);
});

test("ids that are equal numbers are equal, and 1 is not the text 1", async () => {
  const server = await serve();
  const collection = connect(server).db("audit").collection<{ _id: unknown }>("records");
  await collection.insertMany([{ _id: 1 }, { _id: "1" }, { _id: '{"$number":"1"}' }, { _id: { a: 1 } }]);
  const same = [{ _id: new Double(1) }, { _id: new Long(1) }, { _id: { a: 1 } }, { _id: { a: 2 } }];
  await expect(collection.insertMany(same, { ordered: false })).rejects.toMatchObject({ insertedCount: 1 });
  expect(server.duplicates).toBe(3);
});

test("an _id may be no array and no regular expression", async () => {
  const server = await serve();
  const { insertMany } = command(server);
  expect(await insertMany([{ _id: [1] }, { _id: /x/ }, { _id: "[" }])).toMatchObject({
    n: 1,
    writeErrors: [
      { index: 0, code: 53, errmsg: "The '_id' value cannot be of type array" },
      { index: 1, code: 53 },
    ],
  });
});

test("a document without _id gets one, before its other fields", async () => {
  const server = await serve();
  const { insertMany } = command(server);
  await insertMany([{ level: 1 }]);
  const [stored] = [...server.documents(NS).values()].map((bytes) => deserialize(bytes));
  expect(Object.keys(stored ?? {})).toEqual(["_id", "level"]);
  expect(stored?.["_id"]).toBeInstanceOf(ObjectId);
});

test("limits of size and number are those in hello (MG-07, MG-08)", async () => {
  const server = await serve({ maxBsonObjectSize: 1000, maxWriteBatchSize: 3, maxMessageSizeBytes: 10_000 });
  const { insertMany } = command(server);
  expect(await insertMany([{ _id: "a", text: "x".repeat(1000) }, { _id: "b" }])).toMatchObject({
    n: 1,
    writeErrors: [{ index: 0, code: 2, errmsg: "object to insert too large. size in bytes: 1027, max size: 1000" }],
  });
  await expect(insertMany(items("c", "d", "e", "f"))).rejects.toMatchObject({ code: 16, codeName: "InvalidLength" });
  await expect(insertMany([])).rejects.toMatchObject({ code: 16 });
  await expect(insertMany([{ text: "x".repeat(10_000) }])).rejects.toMatchObject({ name: "MongoNetworkError" });
  expect(idsIn(server)).toEqual(["b"]);
});

test("w: 0 gets no answer, so nothing is acknowledged (MG-13)", async () => {
  const server = await serve();
  const collection = records(server);
  const result = await collection.insertMany(items("a", "b"), { writeConcern: { w: 0 } });
  expect(result).toEqual({ acknowledged: false, insertedCount: 0, insertedIds: { 0: "a", 1: "b" } });
  await collection.db.command({ ping: 1 });
  await expect.poll(() => idsIn(server)).toEqual(["a", "b"]);
});

test("a stopped server does not answer; restarted at the same port it still has its documents", async () => {
  const server = await serve();
  const collection = records(server);
  await collection.insertMany(items("a"));
  await server.stop();
  await expect(collection.insertMany(items("b"))).rejects.toBeInstanceOf(MongoError);
  const stranger = records(server, { serverSelectionTimeoutMS: 300 }).insertMany(items("b"));
  await expect(stranger).rejects.toMatchObject({ name: "MongoServerSelectionError" });
  await server.restart();
  expect(refused(await failedInsert(collection, "a", "b"))).toEqual([[0, 11000]]);
  expect(idsIn(server)).toEqual(["a", "b"]);
});

test("a null sink counts documents and keeps none, with faults all the same", async () => {
  const server = await serve({ nullSink: true });
  const collection = records(server);
  expect(await collection.insertMany(items("a", "b"))).toMatchObject({ insertedCount: 2 });
  expect(await command(server).insertMany(items("a", "b", "c"))).toEqual({ n: 3, ok: 1 });
  expect(server).toMatchObject({ inserted: 5, insertCommands: 2, received: [] });
  expect(idsIn(server)).toEqual([]);
  server.faults.next({ kind: "writeErrors", of: ({ id }) => (id === "d" ? { code: 121 } : undefined) });
  expect(refused(await failedInsert(collection, "c", "d"))).toEqual([[1, 121]]);
  expect(server.inserted).toBe(6);
});

test("buildInfo and hello tell the version that was asked for", async () => {
  const server = await serve({ version: "8.0.4", maxWireVersion: 25, replicaSet: "rs0" });
  const db = connect(server).db("audit");
  expect(await db.command({ buildInfo: 1 })).toMatchObject({ version: "8.0.4", versionArray: [8, 0, 4, 0] });
  const host = `127.0.0.1:${server.port}`;
  expect(await db.command({ hello: 1 })).toMatchObject({
    maxWireVersion: 25,
    setName: "rs0",
    me: host,
    hosts: [host],
    logicalSessionTimeoutMinutes: 30,
  });
  await expect(db.command({ frobnicate: 1 })).rejects.toMatchObject({ code: 59, codeName: "CommandNotFound" });
});

test("over TLS the client checks the server, and the server the client where it asks for certificates", async () => {
  const own = await makeCertificates();
  const server = await serve({ tls: own.server });
  await records(server, { ca: own.ca }).insertOne({ _id: "a" });
  const distrustful = records(server, { serverSelectionTimeoutMS: 300 }).insertOne({ _id: "b" });
  await expect(distrustful).rejects.toMatchObject({ name: "MongoServerSelectionError" });

  const strict = await serve({ tls: { ...own.server, ca: own.ca, requestCert: true } });
  await records(strict, { ca: own.ca, ...own.client }).insertOne({ _id: "a" });
  const anonymous = records(strict, { ca: own.ca, serverSelectionTimeoutMS: 300 }).insertOne({ _id: "b" });
  await expect(anonymous).rejects.toMatchObject({ name: "MongoServerSelectionError" });
  expect(idsIn(strict)).toEqual(["a"]);
});

test("its port may be chosen, and it is gone at the end of its scope", async () => {
  const { port, stop } = await serve();
  await stop();
  {
    await using server = await startMongo({ port });
    expect(server.uri).toBe(`mongodb://127.0.0.1:${port}/`);
  }
  await serve({ port });
});

/** The command itself, as an array in the command and without what the driver adds to documents. */
function command(server: Awaited<ReturnType<typeof serve>>): {
  insertMany(documents: readonly object[]): Promise<object>;
} {
  const db = connect(server).db("audit");
  return { insertMany: (documents) => db.command({ insert: "records", documents, ordered: false }) };
}
