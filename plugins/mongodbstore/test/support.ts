import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createHost } from "@cloudmarker/core";
import type { HostOptions, Receipt } from "@cloudmarker/core";
import type { Store, StoreContext, StoreRecord } from "@cloudmarker/store-api";
import { BSON } from "mongodb";
import { onTestFinished } from "vitest";
import type { MongoFaultServer, MongoOptions } from "../../../packages/store-testkit/src/servers/mongodb/server.ts";
import { startMongo } from "../../../packages/store-testkit/src/servers/mongodb/server.ts";
import { recordOf } from "../../../test/support/record-of-text.ts";
import { storeContext } from "../../../test/support/store-context.ts";
import mongodbstore from "../src/index.ts";
import type { MongoDBStoreParams } from "../src/index.ts";

export { recordOf } from "../../../test/support/record-of-text.ts";
export { attempt } from "../../../test/support/store-context.ts";

/** Where the default params write to. */
export const NS = "cloudmarker.cloudmarker";

/** The params with their defaults. */
export function paramsOf(given: Partial<MongoDBStoreParams> = {}): MongoDBStoreParams {
  return {
    host: "127.0.0.1",
    port: 27017,
    db: "cloudmarker",
    collection: "cloudmarker",
    time: [],
    auth_mechanism: "DEFAULT",
    use_tls: false,
    tls: { verify: true },
    keys: "keep",
    indexes: true,
    write_concern: { w: "majority", journal: true, timeout: 30_000 },
    buffer_size: 1000,
    connect_timeout: 5_000,
    server_selection_timeout: 5_000,
    socket_timeout: 5_000,
    ...given,
  };
}

/** Records with the ids that are given, in this order. */
export function batchOf(...ids: string[]): StoreRecord[] {
  return ids.map((id) => recordOf(JSON.stringify({ raw: { id }, ext: {}, com: { record_id: id } }), id));
}

/** A server that stops with the test. */
export async function serve(options?: MongoOptions): Promise<MongoFaultServer> {
  const server = await startMongo(options);
  onTestFinished(() => server.stop());
  return server;
}

/** What is in a collection, by id. */
export function stored(server: MongoFaultServer, ns = NS): Record<string, Record<string, unknown>> {
  const documents = [...server.documents(ns).values()].map((bytes) =>
    BSON.deserialize(bytes, { promoteValues: false }),
  );
  return Object.fromEntries(documents.map((document) => [String(document["_id"]), document]));
}

/** The ids in a collection. */
export function idsIn(server: MongoFaultServer, ns = NS): string[] {
  return Object.keys(stored(server, ns));
}

/** The same as the producer named them, of records that came through a host. */
export function namesIn(server: MongoFaultServer, ns = NS): string[] {
  return Object.values(stored(server, ns)).map(({ com }) => String((com as Record<string, unknown>)["record_id"]));
}

/** An open store, and what it has said. */
export interface Opened extends Required<Pick<Store, "write" | "done" | "check" | "close">> {
  readonly warnings: string[];
}

/** The world of a store. */
export function contextOf(warnings: string[] = []): StoreContext {
  const startedMs = Date.UTC(2026, 10, 23, 14, 53);
  return storeContext({ key: "mongo", startedMs, resolvePath: (_param, path) => resolve(path) }, warnings);
}

/** An open store that closes with the test. */
export async function openStore(
  server: Pick<MongoFaultServer, "port">,
  given: Partial<MongoDBStoreParams> = {},
  env: StoreContext["env"] = {},
): Promise<Opened> {
  const warnings: string[] = [];
  const context = { ...contextOf(warnings), env };
  const store = (await mongodbstore.open(paramsOf({ port: server.port, ...given }), context)) as Opened;
  onTestFinished(async () => store.close());
  return { ...store, warnings };
}

/** A whole run through the host. */
export async function run(
  server: Pick<MongoFaultServer, "port">,
  records: readonly object[],
  given: Readonly<Record<string, unknown>> = {},
  options: Pick<HostOptions, "run"> = {},
): Promise<Receipt> {
  const stateDir = mkdtempSync(join(tmpdir(), "mongodbstore-test-"));
  onTestFinished(() => rmSync(stateDir, { recursive: true, force: true }));
  const params = { host: "127.0.0.1", port: server.port, ...given };
  const retry = { min: "1ms", max: "20ms" };
  const host = await createHost({
    stores: { mongo: { plugin: mongodbstore, params, delivery: { retry } } },
    stateDir,
    ...options,
  });
  for (const record of records) await host.write(record);
  return host.done();
}
