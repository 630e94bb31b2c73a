import { MongoBulkWriteError, MongoClient } from "mongodb";
import type { Collection, MongoClientOptions } from "mongodb";
import { onTestFinished } from "vitest";
import { startMongo } from "../../../src/servers/mongodb/server.ts";
import type { MongoFaultServer, MongoOptions } from "../../../src/servers/mongodb/server.ts";

/** A document with an `_id` of its own. */
export interface Item {
  readonly _id: string;
  readonly [field: string]: unknown;
}

export const NS = "audit.records";

/** A server that stops with the test. */
export async function serve(options?: MongoOptions): Promise<MongoFaultServer> {
  const server = await startMongo(options);
  onTestFinished(() => server.stop());
  return server;
}

/** A real client that closes with the test. */
export function connect(server: MongoFaultServer, options: MongoClientOptions = {}): MongoClient {
  const client = new MongoClient(server.uri, { serverSelectionTimeoutMS: 5000, ...options });
  onTestFinished(() => client.close());
  return client;
}

/** The collection {@link NS}. */
export function records(server: MongoFaultServer, options?: MongoClientOptions): Collection<Item> {
  return connect(server, options).db("audit").collection<Item>("records");
}

export function items(...ids: string[]): Item[] {
  return ids.map((_id) => ({ _id }));
}

/** The error with which an insert of these ids ends. */
export async function failedInsert(collection: Collection<Item>, ...ids: string[]): Promise<MongoBulkWriteError> {
  const error: unknown = await collection.insertMany(items(...ids), { ordered: false }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof MongoBulkWriteError) return error;
  throw new Error("The insert did not fail as a bulk write does.", { cause: error });
}

/** What the error says of single documents, as the driver keeps it in its result. */
export function refused(error: MongoBulkWriteError): (readonly [index: number, code: number])[] {
  return error.result.getWriteErrors().map(({ index, code }) => [index, Number(code)] as const);
}

export function idsIn(server: MongoFaultServer, ns = NS): string[] {
  return [...server.documents(ns).keys()];
}
