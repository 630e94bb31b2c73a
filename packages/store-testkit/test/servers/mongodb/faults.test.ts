import { expect, test } from "vitest";
import { CLOSE, HANG, answer, mongoFaults } from "../../../src/servers/mongodb/faults.ts";
import type { MongoFault, MongoRequest, Outcome } from "../../../src/servers/mongodb/faults.ts";
import { NO_PAYLOAD } from "../../../src/servers/mongodb/payload.ts";
import { connect, failedInsert, idsIn, items, records, refused, serve } from "./support.ts";

const INSERT: MongoRequest = { command: "insert", db: "audit", ns: "audit.records", body: {}, documents: NO_PAYLOAD };
const FIND: MongoRequest = { ...INSERT, command: "find" };

function outcome(fault: MongoFault): { readonly result: Outcome; readonly acted: boolean } {
  let acted = false;
  const result = answer(fault, true, () => {
    acted = true;
    return { n: 1, ok: 1 };
  });
  return { result, acted };
}

test("a script queues faults, repeats them, and stops when told", () => {
  const [first, nth, other]: MongoFault[] = [{ kind: "hang" }, { kind: "close" }, { kind: "error", code: 1 }];
  const script = mongoFaults();
  const take = (n: number): unknown[] => Array.from({ length: n }, () => script.take(INSERT));
  if (!first || !nth || !other) throw new Error("There are three.");
  script.next(first, 2).every(2, nth).always(other);
  expect(take(5)).toEqual([first, first, other, nth, other]);
  expect(script.injected).toBe(5);
  script.clear();
  expect(take(2)).toEqual([undefined, undefined]);
});

test("a fault hits inserts, or the commands that it names", () => {
  const script = mongoFaults().next({ kind: "hang" });
  const onFind: MongoFault = { kind: "close", on: ({ command }) => command === "find" };
  expect(script.take(FIND)).toBeUndefined();
  script.next(onFind);
  expect(script.take(FIND)).toBe(onFind);
  expect(script.take(INSERT)).toEqual({ kind: "hang" });
  script.every(2, onFind);
  expect([INSERT, FIND, INSERT, FIND].map((request) => script.take(request))).toEqual([
    undefined,
    undefined,
    undefined,
    onFind,
  ]);
});

test.each([
  ["error", { kind: "error", code: 112 }],
  ["close", { kind: "close" }],
  ["hang", { kind: "hang" }],
] as const)("%s is done before it fails, or is not", (_, fault) => {
  expect(outcome(fault).acted).toBe(false);
  expect(outcome({ ...fault, applied: true }).acted).toBe(true);
});

test("answers carry code, name, text and labels, those of the server by default", () => {
  expect(outcome({ kind: "close" }).result).toBe(CLOSE);
  expect(outcome({ kind: "hang" }).result).toBe(HANG);
  expect(outcome({ kind: "error", code: 17280 }).result).toEqual({
    ok: 0,
    code: 17280,
    codeName: "Location17280",
    errmsg: "Location17280",
  });
  expect(outcome({ kind: "error", code: 189, errmsg: "gone" }).result).toMatchObject({
    codeName: "PrimarySteppedDown",
    errmsg: "gone",
    errorLabels: ["RetryableWriteError"],
  });
  expect(outcome({ kind: "error", code: 189, errorLabels: [] }).result).not.toHaveProperty("errorLabels");
  expect(outcome({ kind: "writeConcernError", code: 91 })).toMatchObject({
    acted: true,
    result: { n: 1, ok: 1, writeConcernError: { code: 91, codeName: "ShutdownInProgress" } },
  });
});

test.each([10107, 11600, 11602, 189, 91, 13, 112, 262])(
  "code %i reaches the client as the code of the error",
  async (code) => {
    const server = await serve();
    server.faults.next({ kind: "error", code });
    expect(await failedInsert(records(server), "a")).toMatchObject({ code });
    expect(idsIn(server)).toEqual([]);
  },
);

test("single documents are refused as the callback says, and the others are inserted (MG-03)", async () => {
  const server = await serve();
  const codes = new Map([121, 2, 17280, 112].map((code) => [`code ${code}`, code]));
  server.faults.always({
    kind: "writeErrors",
    of: ({ id }) => {
      const code = codes.get(id);
      return code === undefined ? undefined : { code, errInfo: { failingDocumentId: id } };
    },
  });
  const error = await failedInsert(records(server), "a", ...codes.keys(), "b");
  expect(refused(error)).toEqual([...codes.values()].map((code, i) => [i + 1, code]));
  expect(error.result.getWriteErrorAt(0)?.err).toMatchObject({
    errmsg: "DocumentValidationFailure",
    errInfo: { failingDocumentId: "code 121" },
  });
  expect(idsIn(server)).toEqual(["a", "b"]);
});

test("a writeConcernError says nothing of an insert that failed as a whole", () => {
  const failed = { ok: 0, code: 166 };
  expect(answer({ kind: "writeConcernError", code: 64 }, false, () => failed)).toEqual(failed);
});

test("other commands than inserts fail if the fault names them", async () => {
  const server = await serve();
  const { db } = records(server);
  const onList: MongoFault = { kind: "error", code: 13, on: ({ command }) => command === "listCollections" };
  server.faults.always(onList);
  await expect(db.listCollections().toArray()).rejects.toMatchObject({ code: 13 });
  await db.command({ ping: 1 });
  await db.collection<{ _id: string }>("records").insertMany(items("a"));
});

test("a server whose hello hangs is not found", async () => {
  const server = await serve();
  server.faults.always({ kind: "hang", on: ({ command }) => command === "hello" });
  const client = connect(server, { serverSelectionTimeoutMS: 200 });
  await expect(client.connect()).rejects.toMatchObject({ name: "MongoServerSelectionError" });
});
