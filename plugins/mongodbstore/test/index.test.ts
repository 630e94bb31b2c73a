import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { BSON } from "mongodb";
import { expect, onTestFinished, test } from "vitest";
import type { MongoRequest } from "../../../packages/store-testkit/src/servers/mongodb/faults.ts";
import mongodbstore from "../src/index.ts";
import {
  attempt,
  batchOf,
  contextOf,
  idsIn,
  namesIn,
  NS,
  openStore,
  paramsOf,
  recordOf,
  run,
  serve,
  stored,
} from "./support.ts";

/** Bytes that the host holds for a store unless told otherwise: what is under way must fit in. */
const QUEUE_BYTES = 16 * 1024 * 1024;

test("the plugin says what it is and what it promises", () => {
  expect(mongodbstore).toMatchObject({ kind: "store", name: "mongodbstore", className: "MongoDBStore", apiVersion: 1 });
  expect(mongodbstore.supports).toEqual({ idempotent: true, ordered: false });
  expect(mongodbstore.batchFor?.(paramsOf({ buffer_size: 7 }))).toEqual({ records: 7 });
  expect(mongodbstore.batchFor?.(paramsOf({ buffer_size: 0 }))).toEqual({ records: 1 });
});

test("batches are sized for servers far away, within the bytes of the queue (L-83)", () => {
  const { bytes = 0, concurrency = 0 } = mongodbstore.batch;
  expect([mongodbstore.batchFor?.(paramsOf({})).records, concurrency]).toEqual([1000, 8]);
  expect(bytes * concurrency).toBeLessThanOrEqual(QUEUE_BYTES);
});

test("records arrive as documents under their own ids (MG-01, MM-3)", async () => {
  const server = await serve();
  const receipt = await run(server, [{ raw: { n: 1 }, ext: { x: "é" }, com: { record_id: "a" } }, { n: 2 }]);
  expect(receipt).toMatchObject({ ok: true, received: 2, stores: [{ accepted: 2, written: 2, duplicate: 0 }] });
  expect(receipt.stores[0]?.location).toBe(`mongodb://127.0.0.1:${server.port}/${NS}`);
  const [first, second] = Object.values(stored(server));
  expect(Object.keys(first ?? {})).toEqual(["_id", "raw", "ext", "com"]);
  const id: unknown = expect.stringMatching(/^[0-9a-f]{32}$/u);
  expect(first).toMatchObject({ _id: id, ext: { x: "é" }, com: { record_id: "a", target_class: "MongoDBStore" } });
  expect(second).toMatchObject({ _id: id, ext: {} });
});

test("a driver that no longer looks for its server is replaced (MG-10)", async () => {
  const server = await serve({ replicaSet: "rs0" });
  const store = await openStore(server, { uri: server.uri, server_selection_timeout: 300 });
  const write = (...ids: string[]): Promise<unknown> =>
    Promise.resolve(store.write(batchOf(...ids), attempt())).catch((error: unknown) => error);
  await write("a");
  // Three inserts are under way when their connections break, and the driver's watch ends with them.
  for (let n = 0; n < 3; n++) server.faults.next({ kind: "hang" });
  const hanging = ["b", "c", "d"].map((id) => write(id));
  while (server.faults.injected < 3) await new Promise((resolve) => setImmediate(resolve));
  // The driver looks for its server at most every 100 ms, by its own clock; sooner, it would have noticed that its
  // connection is gone.
  await new Promise((resolve) => setTimeout(resolve, 150));
  await server.restart();
  await Promise.all(hanging);
  for (let n = 0; n < 3; n++) await write("b");
  expect(idsIn(server)).toContain("b");
});

test("one record that a server refuses is the only one to become a dead letter (MG-03)", async () => {
  const server = await serve();
  server.faults.always({
    kind: "writeErrors",
    of: ({ bytes }) =>
      BSON.deserialize(bytes)["raw"].id === "b"
        ? { code: 57, errmsg: "The dotted field 'a.b' is not valid for storage." }
        : undefined,
  });
  const records = ["a", "b", "c"].map((id) => ({ raw: { id }, com: { record_id: id } }));
  const receipt = await run(server, records);
  expect(receipt.stores[0]).toMatchObject({
    written: 2,
    deadLettered: 1,
    reasons: [{ code: "dotted_key", count: 1, reason: "The dotted field 'a.b' is not valid for storage. (57)." }],
  });
  expect(namesIn(server)).toEqual(["a", "c"]);
});

function dated(id: string, kind: string, at?: string): object {
  return { raw: { at }, com: { record_id: id, ...(kind !== "" && { record_type: kind }) } };
}

test("a record that nests too deep to be read is refused by itself, at once (MG-19)", async () => {
  const server = await serve();
  const store = await openStore(server);
  const deep = recordOf(`{"raw":${"[".repeat(180)}${"]".repeat(180)},"com":{}}`, "deep");
  Object.defineProperty(deep, "value", {
    get() {
      throw new RangeError("Maximum call stack size exceeded");
    },
  });
  const [before, after] = batchOf("a", "b");
  const batch = [before, deep, after].filter((record) => record !== undefined);
  expect(await store.write(batch, attempt())).toMatchObject([{ index: 1, status: "reject", code: "nesting" }]);
  expect(idsIn(server)).toEqual(["a", "b"]);
});

test("a batch that goes to several collections is written to each, by the records' own time", async () => {
  const server = await serve();
  const records = [
    dated("0", "aws", "2025-12-31T23:59:59Z"),
    dated("1", "gcp", "2026-01-01T00:00:00Z"),
    dated("2", "aws", "2025-01-01T00:00:00Z"),
    dated("3", ""),
    dated("4", "a$b", "2025-01-01T00:00:00Z"),
    dated("5", "x".repeat(300), "2025-01-01T00:00:00Z"),
  ];
  const receipt = await run(server, records, { collection: "{com.record_type}.%Y", time: [{ from: "/raw/at" }] });
  expect(namesIn(server, "cloudmarker.aws.2025")).toEqual(["0", "2"]);
  expect(namesIn(server, "cloudmarker.gcp.2026")).toEqual(["1"]);
  // No collection has a $ in its name (L-42).
  expect(namesIn(server, "cloudmarker.a_b.2025")).toEqual(["4"]);
  expect(receipt.stores[0]).toMatchObject({ written: 4, deadLettered: 2 });
  expect(receipt.stores[0]?.notes).toEqual([expect.stringContaining('"a$b", written as "a_b"')]);
  expect(receipt.stores[0]?.reasons.map(({ code }) => code)).toEqual(["unresolved_name", "invalid_name"]);
});

test("the server is asked for the write concern that is configured (MG-13)", async () => {
  const server = await serve();
  const asked: unknown[] = [];
  const on = ({ command, body }: MongoRequest): boolean => {
    if (command === "insert") asked.push(body["writeConcern"]);
    return false;
  };
  server.faults.always({ kind: "close", on });
  await (await openStore(server)).write(batchOf("a"), attempt());
  const write_concern = { w: "two_sites", journal: false, timeout: 7 };
  await (await openStore(server, { write_concern })).write(batchOf("b"), attempt());
  const two = await openStore(server, { write_concern: { ...write_concern, w: "2" } });
  // One server is no two, which its answer says with the code of a bad value.
  await expect(two.write(batchOf("c"), attempt())).rejects.toMatchObject({ status: "blocked", code: "write_concern" });
  expect(asked).toEqual([
    { w: "majority", j: true, wtimeout: 30_000 },
    { w: "two_sites", j: false, wtimeout: 7 },
    { w: 2, j: false, wtimeout: 7 },
  ]);
});

test.each(["as the first one", "after others"])(
  "close ends a connection whose first message has no answer, made %s (SC-32)",
  async (when) => {
    const server = await serve();
    const sockets = new Set<Socket>();
    let isMute = when === "as the first one";
    const relay = createServer((socket) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket)).on("error", () => socket.destroy());
      const onward = connect(server.port, "127.0.0.1").on("error", () => socket.destroy());
      socket.on("data", (bytes) => isMute || onward.write(bytes));
      onward.pipe(socket);
      socket.on("close", () => onward.destroy());
    });
    await new Promise<void>((resolve) => void relay.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      relay.close();
    });
    const limits = { connect_timeout: 600_000, server_selection_timeout: 600_000, socket_timeout: 600_000 };
    const store = await openStore(relay.address() as AddressInfo, limits);
    if (!isMute) await store.write(batchOf("a"), attempt());
    isMute = true;
    const controller = new AbortController();
    const before = sockets.size;
    const pending = ["b", "c"].map((id) => store.write(batchOf(id), attempt(controller.signal)));
    const settled = Promise.allSettled(pending);
    await expect.poll(() => sockets.size).toBeGreaterThan(before);
    controller.abort(new Error("too late"));
    await store.close();
    await expect.poll(() => sockets.size).toBe(0);
    await settled;
  },
);

test("open and close send nothing, nor does a second close (MG-21)", async () => {
  const server = await serve();
  const store = await openStore(server);
  await store.close();
  await store.close();
  expect(server.commands).toEqual([]);
});

test("an empty run writes nothing and is fine (MG-21)", async () => {
  const server = await serve();
  expect(await run(server, [])).toMatchObject({ ok: true, stores: [{ accepted: 0 }] });
  expect(server.insertCommands).toBe(0);
});

test("an aborted attempt ends its command (SC-18)", async () => {
  const server = await serve();
  server.faults.always({ kind: "hang" });
  const store = await openStore(server, { socket_timeout: 600_000 });
  const controller = new AbortController();
  const pending = store.write(batchOf("a"), attempt(controller.signal));
  await expect.poll(() => server.insertCommands).toBe(1);
  controller.abort();
  await expect(pending).rejects.toMatchObject({ status: "unknown" });
});

test("explain shows the documents as Extended JSON, and no secret", async () => {
  const batch = [
    recordOf('{"raw":{"n":5000000000},"com":{}}', "a"),
    recordOf('{"raw":{"d":1.50000000000000000000001},"com":{}}', "b"),
  ];
  const params = paramsOf({ host: "::1", username: "writer", password: "s3cret" });
  const requests = await mongodbstore.explain?.(batch, params, contextOf());
  expect(requests).toEqual([
    {
      method: "insert",
      url: "mongodb://[::1]:27017/cloudmarker.cloudmarker",
      headers: {
        auth: "DEFAULT writer ********",
        ordered: "false",
        writeConcern: '{"w":"majority","j":true,"wtimeout":30000}',
      },
      body: '{"_id":"a","raw":{"n":{"$numberLong":"5000000000"}},"com":{}}\n{"_id":"b","raw":{"d":{"$numberDecimal":"1.50000000000000000000001"}},"com":{}}',
      records: 2,
    },
  ]);
});
