import { expect, test } from "vitest";
import type { CollectionSpec } from "../../../src/servers/mongodb/collection.ts";
import { NS, connect, failedInsert, idsIn, items, records, refused, serve } from "./support.ts";

const TIME_SERIES: CollectionSpec = { type: "timeseries", options: { timeseries: { timeField: "time" } } };

test("indexes are recorded once, and a changed one is refused", async () => {
  const server = await serve();
  const collection = records(server);
  await collection.createIndex({ time: 1 }, { expireAfterSeconds: 60 });
  await collection.createIndex({ time: 1 }, { expireAfterSeconds: 60 });
  expect(server.indexes(NS)).toEqual([
    { v: 2, key: { _id: 1 }, name: "_id_" },
    { v: 2, key: { time: 1 }, name: "time_1", expireAfterSeconds: 60 },
  ]);
  expect(await collection.indexes()).toMatchObject(server.indexes(NS));
  await expect(collection.createIndex({ time: 1 })).rejects.toMatchObject({ code: 85 });
  await expect(collection.createIndex({ level: 1 }, { name: "time_1" })).rejects.toMatchObject({ code: 86 });
  await expect(collection.db.collection("others").indexes()).rejects.toMatchObject({ code: 26 });
});

test("listCollections tells what was configured, created or written to, by name (MG-18, MG-19)", async () => {
  const validator = { $jsonSchema: { required: ["level"] } };
  const server = await serve({
    collections: {
      "audit.metrics": TIME_SERIES,
      "audit.ring": { options: { capped: true, size: 4096, max: 2 } },
      "audit.strict": { options: { validator } },
      "audit.view": { type: "view", options: { viewOn: "strict", pipeline: [] } },
      "other.records": {},
    },
  });
  const { db } = records(server);
  await db.collection("written").insertOne({});
  await db.createCollection("made", { timeseries: { timeField: "at" } });
  const found = await db.listCollections().toArray();
  expect(found.map(({ name, type }) => [name, type])).toEqual([
    ["made", "timeseries"],
    ["metrics", "timeseries"],
    ["ring", "collection"],
    ["strict", "collection"],
    ["view", "view"],
    ["written", "collection"],
  ]);
  expect(await db.listCollections({ name: "strict" }).toArray()).toMatchObject([{ options: { validator } }]);
  expect(await db.listCollections({ name: "made" }, { nameOnly: true }).toArray()).toEqual([
    { name: "made", type: "timeseries" },
  ]);
  await expect(db.createCollection("made")).rejects.toMatchObject({ code: 48 });
  await expect(db.listCollections({ type: "view" }).toArray()).rejects.toMatchObject({ code: 2 });
});

test("a time-series collection takes the same document twice, and needs its time (MG-18)", async () => {
  const server = await serve({ collections: { [NS]: TIME_SERIES } });
  const collection = records(server);
  const document = { _id: "a", time: new Date(0) };
  await collection.insertMany([document]);
  await collection.insertMany([document]);
  expect(idsIn(server)).toEqual(["a #1", "a #2"]);
  const error = await failedInsert(collection, "b");
  expect(refused(error)).toEqual([[0, 2]]);
  expect(error.errmsg).toBe("'time' must be present and contain a valid BSON UTC datetime value");
  expect(server.inserted).toBe(2);
});

test("a capped collection forgets its oldest documents without an error (MG-19)", async () => {
  const server = await serve({ collections: { [NS]: { options: { capped: true, size: 4096, max: 2 } } } });
  await records(server).insertMany(items("a", "b", "c"));
  expect(idsIn(server)).toEqual(["b", "c"]);
  expect(server.inserted).toBe(3);
});

test("a view takes no documents and no indexes", async () => {
  const server = await serve({ collections: { [NS]: { type: "view", options: { viewOn: "x", pipeline: [] } } } });
  const collection = connect(server).db("audit").collection<{ _id: string }>("records");
  await expect(collection.insertOne({ _id: "a" })).rejects.toMatchObject({ code: 166 });
  await expect(collection.createIndex({ a: 1 })).rejects.toMatchObject({ code: 166 });
});
