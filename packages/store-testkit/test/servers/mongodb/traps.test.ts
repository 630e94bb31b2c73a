import { Long } from "bson";
import type { Document } from "bson";
import { expect, test } from "vitest";
import { OVERLOADED } from "../../../src/servers/mongodb/faults.ts";
import { connect, failedInsert, idsIn, items, records, refused, serve } from "./support.ts";

// What the real driver makes of a server that fails: stores must not believe all of it.

test("the index of a write error counts in the whole array, over sub-batches too (MG-02)", async () => {
  const server = await serve({ maxWriteBatchSize: 3 });
  const collection = records(server);
  await collection.insertOne({ _id: "d" });
  const error = await failedInsert(collection, "a", "b", "c", "d", "e");
  expect(server.insertCommands).toBe(4);
  expect(refused(error)).toEqual([[3, 11000]]);
});

test("11000 on another unique index differs from a duplicate in the message alone, the driver drops keyPattern (MG-02)", async () => {
  const server = await serve();
  const collection = records(server);
  await collection.insertOne({ _id: "a" });
  const errmsg = "E11000 duplicate key error collection: audit.records index: serial_1 dup key: { serial: 7 }";
  const conflict = { code: 11000, keyPattern: { serial: 1 }, keyValue: { serial: 7 }, errmsg };
  server.faults.next({ kind: "writeErrors", of: ({ id }) => (id === "b" ? conflict : undefined) });
  const error = await failedInsert(collection, "a", "b", "c");
  const told = error.result.getWriteErrors().map(({ err }) => err);
  expect(told).toMatchObject([
    { index: 0, code: 11000, errmsg: expect.stringContaining(" index: _id_ ") },
    { index: 1, code: 11000, errmsg },
  ]);
  for (const one of told) expect(one).not.toHaveProperty("keyPattern");
  expect(server.duplicates).toBe(1);
  expect(idsIn(server)).toEqual(["a", "c"]);
});

test.each([false, true])("after a lost connection all ids look inserted (MG-04, applied: %s)", async (applied) => {
  const server = await serve();
  server.faults.next({ kind: "close", applied });
  const error = await failedInsert(records(server), "a", "b");
  expect(error).toMatchObject({ writeErrors: [], insertedCount: 0, insertedIds: { 0: "a", 1: "b" } });
  expect(error.code).toBeUndefined();
  expect(error.errorResponse).toMatchObject({ name: "MongoNetworkError" });
  expect(idsIn(server)).toEqual(applied ? ["a", "b"] : []);
});

test("a failed second sub-batch hides the write errors of the first (MG-05)", async () => {
  const server = await serve({ maxWriteBatchSize: 3 });
  const collection = records(server);
  await collection.insertOne({ _id: "a" });
  server.faults.every(2, { kind: "close" });
  const error = await failedInsert(collection, "a", "b", "c", "d", "e");
  expect(error).toMatchObject({ writeErrors: [], insertedCount: 1 });
  expect(refused(error)).toEqual([[0, 11000]]);
  expect(Object.values(error.insertedIds)).toEqual(["b", "c", "d", "e"]);
  expect(idsIn(server)).toEqual(["a", "b"]);
});

test("a writeConcernError keeps later sub-batches from being sent, yet their ids look inserted (MG-06)", async () => {
  const server = await serve({ maxWriteBatchSize: 3 });
  server.faults.next({ kind: "writeConcernError", code: 64, errmsg: "waiting for replication timed out" });
  const error = await failedInsert(records(server), "a", "b", "c", "d");
  expect(server.insertCommands).toBe(1);
  expect(error.code).toBe(64);
  expect(Object.values(error.insertedIds)).toEqual(["a", "b", "c", "d"]);
  expect(idsIn(server)).toEqual(["a", "b"]);
});

test("a writeConcernError hides write errors of the same answer (MG-06)", async () => {
  const server = await serve();
  const collection = records(server);
  await collection.insertOne({ _id: "a" });
  server.faults.next({ kind: "writeConcernError", code: 64 });
  const error = await failedInsert(collection, "a", "b");
  expect(error).toMatchObject({ code: 64, writeErrors: [] });
  expect(refused(error)).toEqual([[0, 11000]]);
  expect(idsIn(server)).toEqual(["a", "b"]);
});

test("in a replica set the driver repeats a write with the same number, and it is done once (MG-09)", async () => {
  const server = await serve({ replicaSet: "rs0" });
  server.faults.next({ kind: "close", applied: true });
  await expect(records(server).insertMany(items("a", "b"))).resolves.toMatchObject({ insertedCount: 2 });
  expect(server).toMatchObject({ insertCommands: 2, inserted: 2, duplicates: 0, received: ["a", "b", "a", "b"] });
});

test("the driver repeats once; after that only the _id tells that the records are there (MG-09)", async () => {
  const server = await serve({ replicaSet: "rs0" });
  const collection = records(server);
  server.faults.next({ kind: "close", applied: true }, 2);
  const error = await failedInsert(collection, "a", "b");
  expect(error.code).toBeUndefined();
  expect(server.insertCommands).toBe(2);
  expect(refused(await failedInsert(collection, "a", "b"))).toEqual([
    [0, 11000],
    [1, 11000],
  ]);
  expect(server.inserted).toBe(2);
});

test("a standalone server gets no second try from the driver, and takes no numbered writes (MG-09)", async () => {
  const server = await serve();
  const collection = records(server);
  server.faults.next({ kind: "error", code: 10107 });
  const error = await failedInsert(collection, "a");
  expect(error.hasErrorLabel("RetryableWriteError")).toBe(false);
  expect(server.insertCommands).toBe(1);
  const numbered = collection.db.command({ insert: "records", documents: [{}], txnNumber: new Long(1n) });
  await expect(numbered).rejects.toMatchObject({ code: 20, codeName: "IllegalOperation" });
});

test("a session's numbers only grow (MG-09)", async () => {
  const server = await serve({ replicaSet: "rs0" });
  const client = connect(server);
  const insert = (_id: string, txnNumber: bigint): Promise<Document> =>
    client.db("audit").command({ insert: "records", documents: [{ _id }], txnNumber }, { session });
  const session = client.startSession();
  await insert("a", 7n);
  expect(await insert("not looked at", 7n)).toMatchObject({ n: 1 });
  await expect(insert("b", 6n)).rejects.toMatchObject({ code: 225, codeName: "TransactionTooOld" });
  await session.endSession();
  expect(idsIn(server)).toEqual(["a"]);
});

test("a member of a replica set labels what may be repeated, and the driver repeats it (MG-09)", async () => {
  const server = await serve({ replicaSet: "rs0" });
  const collection = records(server);
  server.faults.next({ kind: "error", code: 91 });
  await collection.insertMany(items("a"));
  expect(server.insertCommands).toBe(2);
  server.faults.next({ kind: "writeConcernError", code: 91 });
  await collection.insertMany(items("b"));
  expect(server).toMatchObject({ insertCommands: 4, inserted: 2, duplicates: 0 });
});

test("a write that the server surely did not do says NoWritesPerformed (MG-10)", async () => {
  const server = await serve({ replicaSet: "rs0" });
  const errorLabels = ["RetryableWriteError", "NoWritesPerformed"];
  server.faults.always({ kind: "error", code: 91, errorLabels });
  const error = await failedInsert(records(server), "a");
  expect(errorLabels.filter((label) => error.hasErrorLabel(label))).toEqual(errorLabels);
  expect(server.insertCommands).toBe(2);
});

test("an unauthorized insert, too, looks as if all ids were inserted (MG-10)", async () => {
  const server = await serve();
  server.faults.next({ kind: "error", code: 13, errmsg: "not authorized" });
  const error = await failedInsert(records(server), "a", "b");
  expect(error).toMatchObject({ code: 13, errmsg: "not authorized", insertedIds: { 0: "a", 1: "b" } });
  expect(idsIn(server)).toEqual([]);
});

test("the driver repeats twice what an overloaded server turns away (MG-11)", async () => {
  const server = await serve();
  server.faults.next(OVERLOADED, 2);
  await records(server).insertMany(items("a"));
  expect(server.insertCommands).toBe(3);
  server.faults.always(OVERLOADED);
  const error = await failedInsert(records(server), "b");
  expect(error.hasErrorLabel("SystemOverloadedError")).toBe(true);
  expect(server.insertCommands).toBe(6);
});

test.each([
  ["a standalone", {}, 1],
  ["a replica set", { replicaSet: "rs0" }, 2],
] as const)(
  "only socketTimeoutMS ends the wait for %s that hangs, timeoutMS does not (MG-12)",
  async (_, options, n) => {
    const server = await serve(options);
    server.faults.always({ kind: "hang", applied: true });
    const error = await failedInsert(records(server, { socketTimeoutMS: 150, timeoutMS: 20 }), "a");
    expect(error.errorResponse).toMatchObject({ name: "MongoNetworkTimeoutError" });
    expect(server.insertCommands).toBe(n);
    expect(server.inserted).toBe(1);
  },
);
