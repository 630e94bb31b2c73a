import { expect, test } from "vitest";
import type { CollectionSpec } from "../../../packages/store-testkit/src/servers/mongodb/collection.ts";
import { attempt, batchOf, idsIn, NS, openStore, serve } from "./support.ts";

const LIST = { on: ({ command }: { command: string }) => command === "listCollections" };

test("a new collection gets its index, once", async () => {
  const server = await serve();
  const store = await openStore(server);
  await Promise.all([store.write(batchOf("a"), attempt()), store.write(batchOf("b"), attempt())]);
  await store.write(batchOf("c"), attempt());
  expect(server.indexes(NS)).toMatchObject([
    { name: "_id_" },
    { name: "cloudmarker", key: { "com.audit_key": 1, "com.audit_version": 1, "com.record_type": 1 } },
  ]);
  expect(server.commands).toEqual(["listCollections", "createIndexes", "insert", "insert", "insert"]);
});

test("a collection that is there keeps the indexes that it has", async () => {
  const server = await serve({ collections: { [NS]: {} } });
  const store = await openStore(server);
  await store.write(batchOf("a"), attempt());
  expect(server.indexes(NS)).toHaveLength(1);
  expect(await store.done({ complete: true })).toMatchObject({ notes: [] });
});

test("indexes: false makes none (MM-4)", async () => {
  const server = await serve();
  await (await openStore(server, { indexes: false })).write(batchOf("a"), attempt());
  expect(server.indexes(NS)).toHaveLength(1);
});

test("who may not make indexes may write all the same", async () => {
  const server = await serve();
  server.faults.always({
    kind: "error",
    code: 13,
    errmsg: "not allowed",
    on: ({ command }) => command === "createIndexes",
  });
  const store = await openStore(server);
  expect(await store.write(batchOf("a"), attempt())).toEqual([]);
  const note = `${NS} has no index on com.audit_key: mongodb://127.0.0.1:${server.port}: not allowed (13). Log in as a user with the role readWrite on the database.`;
  expect(store.warnings).toEqual([note]);
  expect(await store.done({ complete: true })).toMatchObject({ notes: [note] });
});

test("who may not list collections may write all the same", async () => {
  const server = await serve();
  server.faults.always({ kind: "error", code: 13, ...LIST });
  const store = await openStore(server);
  expect(await store.write(batchOf("a"), attempt())).toEqual([]);
  expect(idsIn(server)).toEqual(["a"]);
});

test("a look that failed is repeated with the next batch", async () => {
  const server = await serve();
  server.faults.next({ kind: "close", ...LIST }, 2);
  const store = await openStore(server);
  await expect(store.write(batchOf("a"), attempt())).rejects.toMatchObject({ code: "connection_lost" });
  expect(await store.write(batchOf("a"), attempt())).toEqual([]);
  expect(server.indexes(NS)).toHaveLength(2);
});

test("an aborted attempt ends its look, and the next one looks again (SC-18)", async () => {
  const server = await serve();
  let looks = 0;
  const on = ({ command }: { command: string }): boolean => command === "listCollections" && ++looks > 0;
  server.faults.next({ kind: "hang", on });
  const store = await openStore(server, { socket_timeout: 600_000 });
  const controller = new AbortController();
  const pending = store.write(batchOf("a"), attempt(controller.signal));
  await expect.poll(() => looks).toBe(1);
  controller.abort();
  await expect(pending).rejects.toMatchObject({ status: "retry", code: "timeout" });
  expect(await store.write(batchOf("a"), attempt())).toEqual([]);
});

test("a view blocks the store, since it cannot be written to (MG-19)", async () => {
  const server = await serve({ collections: { [NS]: { type: "view", options: { viewOn: "x" } } } });
  const store = await openStore(server);
  await expect(store.write(batchOf("a"), attempt())).rejects.toMatchObject({ status: "blocked", code: "not_writable" });
  expect(server.insertCommands).toBe(0);
});

test.each<[string, CollectionSpec, string]>([
  [
    "time-series (MG-18)",
    { type: "timeseries", options: { timeseries: { timeField: "at" } } },
    `${NS} is a time-series collection: a record that is sent twice is there twice, and records without a date in "at" are refused.`,
  ],
  [
    "capped (MG-19)",
    { options: { capped: true, size: 4096 } },
    `${NS} is a capped collection: the oldest records vanish when it is full.`,
  ],
  ["validated (MG-03)", { options: { validator: { raw: {} } } }, `${NS} has a validator, which may refuse records.`],
])("the receipt says that a collection is %s", async (_, spec, note) => {
  const server = await serve({ collections: { [NS]: spec } });
  const store = await openStore(server);
  await store.write(batchOf("a"), attempt());
  await store.write(batchOf("b"), attempt());
  expect(await store.done({ complete: true })).toMatchObject({ notes: [note] });
  expect(store.warnings).toEqual([note]);
});
