import { defineStore } from "@cloudmarker/store-api";
import { RejectError, type StorePlugin, type WriteContext, type WriteResult } from "@cloudmarker/store-api";
import { type Group, MASK, sendGroups } from "@cloudmarker/store-api/kit";
import type { W } from "mongodb";
import { check } from "./check.ts";
import { preparer } from "./collections.ts";
import type { RecordDocument } from "./documents.ts";
import { outcomesOf } from "./outcomes.ts";
import { params } from "./params.ts";
import { serverOf } from "./server.ts";
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
  supports: { idempotent: true, ordered: false, durable: true },
  batch: { records: 1000, bytes: 2 << 20 },
  validate,

  batchFor({ buffer_size }) {
    return { records: buffer_size };
  },

  async explain(batch, given, context) {
    const { insertMaker, RecordDocument, storable, toExtendedJson } = await import("./request.ts");
    const { peer } = serverOf(given);
    const { username, auth_mechanism: mechanism } = given;
    const { w, journal: j, timeout: wtimeout } = given.write_concern;
    const headers = {
      ...(typeof username === "string" && { auth: `${mechanism} ${username} ${MASK}` }),
      ordered: "false",
      writeConcern: JSON.stringify({ w, j, wtimeout }),
    };
    const { groups } = insertMaker(given, context)(batch);
    const inserts = groups.flatMap((group) => storable(group, given.keys).groups);
    return inserts.map(({ name, records }) => ({
      method: "insert",
      url: `${peer}/${given.db}.${name}`,
      headers,
      body: records.map((record) => toExtendedJson(new RecordDocument(record, given.keys))).join("\n"),
      records: records.length,
    }));
  },

  async open(given, context) {
    const { clock, logger } = context;
    const { peer } = serverOf(given);
    const { insertMaker, RecordDocument, storable } = await import("./request.ts");
    const { makeClient } = await import("./client.ts");
    const client = await makeClient(given, context);
    if (given.auth_mechanism === "PLAIN" && !client.options.tls)
      logger.warn(`${peer}: PLAIN without TLS sends the password for everyone to read.`);
    const db = client.db(given.db);
    const notes: string[] = [];
    const prepare = preparer(db, given, logger, (note) => {
      logger.warn(note);
      notes.push(note);
    });
    const toGroups = insertMaker(given, context);
    const { w, journal, timeout: wtimeoutMS } = given.write_concern;

    async function insert(group: Group, attempt: WriteContext): Promise<WriteResult> {
      const { name, records } = group;
      const { signal } = attempt;
      // After `close` nobody wants another connection.
      signal.throwIfAborted();
      const collection = db.collection<RecordDocument>(name);
      // The types of the driver know neither custom names of write concerns nor a signal here.
      const options = { ordered: false, writeConcern: { w: w as W, journal, wtimeoutMS }, signal };
      try {
        // After a first connection that failed the driver would not try another one by itself.
        await client.connect();
        await prepare(name, signal);
        const documents = records.map((record) => new RecordDocument(record, given.keys));
        await collection.insertMany(documents, options);
      } catch (error) {
        // Thrown while the driver wrote the documents, before it sent any.
        if (error instanceof RejectError)
          return sendGroups(storable(group, given.keys), (rest) => insert(rest, attempt));
        return outcomesOf(error, { ids: records.map(({ id }) => id), collection, peer, signal });
      }
    }

    return {
      write(batch, attempt) {
        return sendGroups(toGroups(batch), (group) => insert(group, attempt));
      },

      done() {
        return { location: `${peer}/${given.db}.${given.collection}`, notes };
      },

      check() {
        return check(client, given, clock);
      },

      async close() {
        const late = Promise.withResolvers<void>();
        const timer = clock.setTimeout(late.resolve, CLOSE_MS);
        await Promise.race([client.close(), late.promise]).finally(() => clock.clearTimeout(timer));
      },
    };
  },
});

export default mongodbstore;
