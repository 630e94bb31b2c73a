import type { Outcome, WriteResult } from "@cloudmarker/store-api";
import { expect, test } from "vitest";
import { OVERLOADED } from "../../../packages/store-testkit/src/servers/mongodb/faults.ts";
import type { WriteFault } from "../../../packages/store-testkit/src/servers/mongodb/faults.ts";
import type { MongoFaultServer } from "../../../packages/store-testkit/src/servers/mongodb/server.ts";
import mongodbstore from "../src/index.ts";
import type { MongoDBStoreParams } from "../src/index.ts";
import { clientMaker } from "../src/server.ts";
import { attempt, batchOf, contextOf, idsIn, NS, openStore, paramsOf, recordOf, run, serve } from "./support.ts";

/** Writes records with these ids, and gives the outcomes or throws. */
async function write(
  server: MongoFaultServer,
  ids: readonly string[],
  given: Partial<MongoDBStoreParams> = {},
): Promise<readonly Outcome[]> {
  const store = await openStore(server, given);
  const result: WriteResult = await store.write(batchOf(...ids), attempt());
  return result ?? [];
}

/** A server that refuses the document `b`. */
async function refusing(fault: WriteFault): Promise<MongoFaultServer> {
  const server = await serve();
  server.faults.always({ kind: "writeErrors", of: ({ id }) => (id === "b" ? fault : undefined) });
  return server;
}

test("11000 on our own _id is a duplicate (MG-02)", async () => {
  const server = await serve();
  expect(await write(server, ["b"])).toEqual([]);
  expect(await write(server, ["a", "b", "c"])).toEqual([{ index: 1, status: "duplicate" }]);
  expect(idsIn(server)).toEqual(["b", "a", "c"]);
});

test("11000 on another unique index is refused, since the record is not there (MG-02)", async () => {
  const errmsg = `E11000 duplicate key error collection: ${NS} index: serial_1 dup key: { serial: " index: _id_ " }`;
  const server = await refusing({ code: 11000, errmsg });
  expect(await write(server, ["a", "b"])).toEqual([
    { index: 1, status: "reject", code: "duplicate_key", reason: `${errmsg} (11000).` },
  ]);
});

test("11000 that names no index is a duplicate if the record is there, and else refused (MG-02)", async () => {
  const server = await refusing({ code: 11000, errmsg: `E11000 duplicate key error collection: ${NS}` });
  expect(await write(server, ["a", "b"])).toMatchObject([{ index: 1, status: "reject", code: "duplicate_key" }]);
  server.faults.clear();
  await write(server, ["b"]);
  server.faults.always({ kind: "writeErrors", of: () => ({ code: 11000, errmsg: "E11000" }) });
  expect(await write(server, ["b", "c"])).toMatchObject([
    { index: 0, status: "duplicate" },
    { index: 1, status: "reject" },
  ]);
});

test("if the user may not look whether a record is there, it becomes a dead letter (MG-02)", async () => {
  const server = await refusing({ code: 11000, errmsg: "E11000" });
  server.faults.next({ kind: "error", code: 13, on: ({ command }) => command === "find" });
  expect(await write(server, ["b"])).toMatchObject([{ index: 0, status: "reject", code: "duplicate_key" }]);
});

test("11000 with the pattern of the index and no message is a duplicate, also for a user who may only insert (MG-02)", async () => {
  const server = await serve();
  server.faults.always({ kind: "error", code: 13, on: ({ command }) => command === "find" });
  server.faults.next({
    kind: "writeErrors",
    of: ({ id }) => ({ code: 11000, errmsg: "", keyPattern: id === "a" ? { _id: 1 } : { serial: 1, _id: 1 } }),
  });
  expect(await write(server, ["a", "b"])).toMatchObject([
    { index: 0, status: "duplicate" },
    { index: 1, status: "reject", code: "duplicate_key" },
  ]);
});

test.each([
  [2, "reject", "bad_value"],
  [9, "reject", "bad_value"],
  [15, "reject", "nesting"],
  [52, "reject", "dollar_key"],
  [57, "reject", "dotted_key"],
  [121, "reject", "validation"],
  [10334, "reject", "too_large"],
  [17280, "reject", "too_large"],
  [12345, "reject", "mongodb_12345"],
  [91, "retry", "shutting_down"],
  [112, "retry", "write_conflict"],
  [82, "retry", "routing"],
  [133, "retry", "routing"],
  [189, "retry", "stepped_down"],
  [10107, "retry", "not_primary"],
  [11602, "retry", "interrupted"],
  [13435, "retry", "not_primary"],
  [13, "blocked", "no_permission"],
  [14031, "blocked", "disk_full"],
] as const)("code %i of one document: %s as %s (MG-03)", async (code, status, name) => {
  const server = await refusing({ code, errmsg: "why" });
  expect(await write(server, ["a", "b", "c"])).toEqual([{ index: 1, status, code: name, reason: `why (${code}).` }]);
  expect(idsIn(server)).toEqual(["a", "c"]);
});

test("the server's message about a record is on one line and has a limit", async () => {
  const server = await refusing({
    code: 121,
    errmsg: `Refused: {\n  text: "${"x".repeat(5_000)}" }\n\tby the validator`,
  });
  const [outcome] = await write(server, ["b"]);
  expect(outcome?.reason).toMatch(/^Refused: \{ text: "x{182} … x+" \} by the validator \(121\)\.$/u);
  expect(outcome?.reason?.length).toBeLessThan(300);
});

test.each([false, true])("a connection that breaks leaves all unknown (MG-04, applied: %s)", async (applied) => {
  const server = await serve();
  server.faults.next({ kind: "close", applied });
  await expect(write(server, ["a", "b"])).rejects.toMatchObject({ status: "unknown", code: "connection_lost" });
  expect(await write(server, ["a", "b"])).toEqual(
    applied ? [0, 1].map((index) => ({ index, status: "duplicate" })) : [],
  );
});

test("records that the write concern does not confirm are unknown; a refusal beside them is not hidden (MG-06)", async () => {
  const server = await serve();
  await write(server, ["a"]);
  server.faults.next({ kind: "writeConcernError", code: 64, errmsg: "waiting for replication timed out" });
  const reason = "Written, but not acknowledged as write_concern asks: waiting for replication timed out.";
  const outcomes = await write(server, ["a", "b"]);
  // The duplicate, too, may be on one member only.
  expect(outcomes).toEqual([0, 1].map((index) => ({ index, status: "unknown", code: "write_concern", reason })));
  expect(await write(server, ["a", "b"])).toEqual([0, 1].map((index) => ({ index, status: "duplicate" })));
});

test.each([79, 100])("a write concern that cannot be met blocks the store (MG-06, code %i)", async (code) => {
  const server = await serve();
  server.faults.next({ kind: "writeConcernError", code, errmsg: "Not enough data-bearing nodes" });
  expect(await write(server, ["a"])).toMatchObject([{ index: 0, status: "blocked", code: "write_concern" }]);
});

test("one insert is one command: the driver never cuts it (MG-07)", async () => {
  const server = await serve();
  const store = await openStore(server);
  // As BSON, such an array has more than six times the bytes.
  const raw = JSON.stringify(Array.from({ length: 500_000 }, () => 1));
  const batch = ["a", "b", "c", "d"].map((id) => recordOf(`{"raw":${raw},"com":{}}`, id));
  await store.write(batch, attempt());
  expect(idsIn(server)).toEqual(["a", "b", "c", "d"]);
  const requests = await mongodbstore.explain?.(batch, paramsOf(), contextOf());
  expect(requests?.map(({ records }) => records)).toEqual([2, 2]);
  expect(server.insertCommands).toBe(2);
});

test("a server that takes fewer documents at a time gets them from the host (MG-07)", async () => {
  const server = await serve({ maxWriteBatchSize: 3 });
  const records = ["a", "b", "c", "d", "e"].map((id) => ({ raw: { id }, com: { record_id: id } }));
  expect(await run(server, records)).toMatchObject({ ok: true, stores: [{ written: 5, deadLettered: 0 }] });
});

test("a record over the server's limit is refused by itself, before anything is sent (MG-08)", async () => {
  const server = await serve({ maxBsonObjectSize: 3_000_000 });
  const store = await openStore(server);
  const large = recordOf(`{"raw":"${"x".repeat(3_000_000)}","com":{}}`, "large");
  expect(await store.write([...batchOf("a"), large], attempt())).toEqual([
    {
      index: 1,
      status: "reject",
      code: "too_large",
      reason: "The record is too large for MongoDB: a document must be smaller than 3000000 bytes.",
    },
  ]);
  expect(idsIn(server)).toEqual(["a"]);
});

test("so is one over the driver's own buffer of 17 MiB (MG-08)", async () => {
  const server = await serve();
  const store = await openStore(server);
  const large = recordOf(`{"raw":"${"x".repeat(18 << 20)}","com":{}}`, "large");
  expect(await store.write([large], attempt())).toMatchObject([{ index: 0, status: "reject", code: "too_large" }]);
});

test("records that MongoDB cannot hold cost the others nothing, and are in no explanation (MG-08)", async () => {
  const server = await serve();
  const store = await openStore(server);
  await store.write(batchOf("a"), attempt());
  const nul = recordOf('{"raw":{"a\\u0000":1},"com":{}}', "nul");
  const deep = recordOf(`{"raw":${"[".repeat(180)}${"]".repeat(180)},"com":{}}`, "deep");
  const batch = [nul, ...batchOf("a", "b"), deep, ...batchOf("c")];
  expect(await store.write(batch, attempt())).toMatchObject([
    { index: 0, status: "reject", code: "nul_in_key" },
    { index: 3, status: "reject", code: "nesting" },
    { index: 1, status: "duplicate" },
  ]);
  expect(idsIn(server)).toEqual(["a", "b", "c"]);
  expect(await mongodbstore.explain?.([nul, deep], paramsOf(), contextOf())).toEqual([]);
  const [request] = (await mongodbstore.explain?.(batch, paramsOf(), contextOf())) ?? [];
  expect(request?.body.split("\n").map((line) => JSON.parse(line)["_id"])).toEqual(["a", "b", "c"]);
});

test("in a replica set, too, a lost answer is for the host, and nothing is there twice (MG-09)", async () => {
  const server = await serve({ replicaSet: "rs0" });
  server.faults.next({ kind: "close", applied: true });
  await expect(write(server, ["a", "b"])).rejects.toMatchObject({ status: "unknown", code: "connection_lost" });
  expect(await write(server, ["a", "b"])).toEqual([0, 1].map((index) => ({ index, status: "duplicate" })));
  expect(server).toMatchObject({ insertCommands: 2, inserted: 2 });
});

test.each([
  [13, "blocked", "no_permission"],
  [18, "blocked", "credentials"],
  [166, "blocked", "not_writable"],
  [59, "blocked", "wrong_server"],
  [10334, "too_large", "too_large"],
  [79, "blocked", "write_concern"],
  // Such as a journal that the server does not have: no reason to give records up.
  [2, undefined, "bad_value"],
  [12345, undefined, "mongodb_12345"],
] as const)("code %i of the whole command: %s as %s (MG-10)", async (code, status, name) => {
  const server = await serve();
  server.faults.next({ kind: "error", code, errmsg: "why" });
  const error: unknown = await write(server, ["a", "b"]).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: name, message: expect.stringContaining(`:${server.port}: why (${code}).`) });
  expect((error as { status?: string }).status).toBe(status);
});

test.each([
  [6, "host_unreachable"],
  [91, "shutting_down"],
  [189, "stepped_down"],
  [262, "time_limit"],
  [10107, "not_primary"],
  [11600, "interrupted"],
] as const)("code %i of the whole command is %s, and no record is suspected (MG-10, SC-15)", async (code, name) => {
  const server = await serve();
  server.faults.next({ kind: "error", code, errmsg: "why\n\tnot now." });
  const reason = `mongodb://127.0.0.1:${server.port}: why not now (${code}).`;
  expect(await write(server, ["a", "b"])).toEqual(
    [0, 1].map((index) => ({ index, status: "unknown", code: name, reason })),
  );
});

test("a server that has no primary most of the time costs no record (MG-10)", async () => {
  const server = await serve();
  let inserts = 0;
  server.faults.always({
    kind: "error",
    code: 10107,
    on: ({ command }) => command === "insert" && ++inserts % 4 !== 0,
  });
  const records = Array.from({ length: 200 }, (_, n) => ({ raw: { n }, com: { record_id: `r${n}` } }));
  expect(await run(server, records, { buffer_size: 10 })).toMatchObject({ ok: true, stores: [{ written: 200 }] });
});

test.each([
  ["a connection that breaks", { kind: "close" }, "retry"],
  ["a server without a primary", { kind: "error", code: 13436 }, "retry"],
  ["a code that nobody knows", { kind: "error", code: 12345 }, "blocked"],
] as const)("%s before the insert leaves nobody in doubt (MG-10)", async (_, fault, status) => {
  const server = await serve();
  server.faults.always({ ...fault, on: ({ command }) => command === "listCollections" });
  await expect(write(server, ["a"])).rejects.toMatchObject({ status });
  expect(server.insertCommands).toBe(0);
});

test("records that were certainly not written may be sent again (MG-10)", async () => {
  const server = await serve();
  server.faults.next({ kind: "error", code: 91, errorLabels: ["NoWritesPerformed"] });
  await expect(write(server, ["a"])).rejects.toMatchObject({ status: "retry", code: "not_applied" });
});

test("an overloaded server is asked again, by the driver and then by the host (MG-11)", async () => {
  const server = await serve();
  server.faults.always(OVERLOADED);
  expect(await write(server, ["a"])).toMatchObject([{ index: 0, status: "unknown", code: "overloaded" }]);
  expect(server.insertCommands).toBe(3);
});

test("a server that hangs is given up after socket_timeout (MG-12)", async () => {
  const server = await serve();
  server.faults.always({ kind: "hang", applied: true });
  await expect(write(server, ["a"], { socket_timeout: 200 })).rejects.toMatchObject({
    status: "unknown",
    code: "timeout",
    message: `mongodb://127.0.0.1:${server.port} did not answer within socket_timeout.`,
  });
});

test("a server that starts late is written to; as long as nothing listens, nothing was sent (MG-10)", async () => {
  const server = await serve();
  await server.stop();
  const store = await openStore(server, { server_selection_timeout: 100 });
  const message = `mongodb://127.0.0.1:${server.port} refuses the connection: nothing listens there (ECONNREFUSED).`;
  for (const batch of [batchOf("a"), batchOf("b")])
    await expect(store.write(batch, attempt())).rejects.toMatchObject({ status: "retry", code: "refused", message });
  await server.restart();
  expect(await store.write(batchOf("a"), attempt())).toEqual([]);
});

test("while a batch waits, a lost server is looked for ten times a second (MG-12)", async () => {
  const client = (await clientMaker(paramsOf(), contextOf()))();
  expect(client.options.minHeartbeatFrequencyMS).toBe(100);
  await client.close();
});

test("a server that restarts is written to again", async () => {
  const server = await serve();
  const store = await openStore(server, { server_selection_timeout: 2_000 });
  await store.write(batchOf("a"), attempt());
  await server.restart();
  await Promise.resolve(store.write(batchOf("b"), attempt())).catch(() => undefined);
  await store.write(batchOf("b"), attempt());
  expect(idsIn(server)).toEqual(["a", "b"]);
});
