import { defineStore, RejectError, type StorePlugin } from "@cloudmarker/store-api";
import type { WriteContext, WriteResult } from "@cloudmarker/store-api";
import { type Group, MASK, sendGroups, waitFor } from "@cloudmarker/store-api/kit";
import type { MongoClient, W } from "mongodb";
import { check } from "./check.ts";
import type { RecordDocument } from "./documents.ts";
import { foundNoServer, outcomesOf } from "./outcomes.ts";
import { params } from "./params.ts";
import { preparer } from "./prepare.ts";
import { clientMaker, peerOf } from "./server.ts";
import { validate } from "./validate.ts";

export type { MongoDBStoreParams } from "./params.ts";

/** Most time that `close` takes, in milliseconds. */
const CLOSE_MS = 1_000;

/** Writes records as documents with the record's id as `_id`: what is sent twice is there once. */
const mongodbstore: StorePlugin<typeof params> = defineStore({
  name: "mongodbstore",
  className: "MongoDBStore",
  apiVersion: 1,
  params,
  supports: { idempotent: true, ordered: false },
  batch: { records: 1000, bytes: 2 << 20 },
  validate,

  batchFor({ buffer_size }) {
    return { records: buffer_size };
  },

  async explain(batch, given, context) {
    const { documentOf, insertMaker, storable, toExtendedJson } = await import("./request.ts");
    const { db, keys, username, auth_mechanism: mechanism } = given;
    const { w, journal: j, timeout: wtimeout } = given.write_concern;
    const headers = {
      ...(typeof username === "string" && { auth: `${mechanism} ${username} ${MASK}` }),
      ordered: "false",
      writeConcern: JSON.stringify({ w, j, wtimeout }),
    };
    const { groups } = insertMaker(given, context.startedMs)(batch);
    return groups
      .flatMap((group) => storable(group, keys).groups)
      .map(({ name, records }) => ({
        method: "insert",
        url: `${peerOf(given)}/${db}.${name}`,
        headers,
        body: records.map((record) => toExtendedJson(documentOf(record, keys))).join("\n"),
        records: records.length,
      }));
  },

  async open(given, context) {
    const { clock, logger } = context;
    const peer = peerOf(given);
    const { documentOf, insertMaker, storable } = await import("./request.ts");
    const newClient = await clientMaker(given, context);
    let client = newClient();
    if (given.auth_mechanism === "PLAIN" && !client.options.tls)
      logger.warn(`${peer}: PLAIN without TLS sends the password for everyone to read.`);
    const notes: string[] = [];
    const prepare = preparer(given, logger, notes);
    const toGroups = insertMaker(given, context.startedMs);
    const { w, journal, timeout: wtimeoutMS } = given.write_concern;
    // The types of the driver do not know custom names.
    const writeConcern = { w: w as W, journal, wtimeoutMS };

    /** The driver's watch over a server can end when a connection breaks (7.9): a client that finds no server may never find one again. */
    function replace(lost: MongoClient): void {
      if (lost !== client) return;
      client = newClient();
      lost.close().catch(() => undefined);
    }

    async function insert(group: Group, attempt: WriteContext): Promise<WriteResult> {
      const { name, records } = group;
      const { signal } = attempt;
      // After `close` nobody wants another connection.
      signal.throwIfAborted();
      const used = client;
      const db = used.db(given.db);
      const collection = db.collection<RecordDocument>(name);
      const documents = records.map((record) => documentOf(record, given.keys));
      // Nor do they know a signal here.
      const options = { ordered: false, writeConcern, signal };
      try {
        // After a first connection that failed the driver would not try another one by itself.
        await used.connect();
        await prepare(db, name, signal);
        await collection.insertMany(documents, options);
      } catch (error) {
        // Thrown while the driver wrote the documents, before it sent any.
        if (error instanceof RejectError)
          return sendGroups(storable(group, given.keys), (rest) => insert(rest, attempt));
        if (foundNoServer(error)) replace(used);
        return outcomesOf(error, { ids: documents.map(({ _id }) => _id), collection, peer, signal });
      }
    }

    return {
      write: (batch, attempt) => sendGroups(toGroups(batch), (group) => insert(group, attempt)),
      done: () => ({ location: `${peer}/${given.db}.${given.collection}`, notes }),
      check: () => check(client, given, clock),
      async close() {
        await waitFor(client.close(), clock, CLOSE_MS);
      },
    };
  },
});

export default mongodbstore;
