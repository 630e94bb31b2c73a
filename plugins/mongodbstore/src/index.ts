import { defineStore } from "@cloudmarker/store-api";
import type { Outcome, StorePlugin, WriteContext } from "@cloudmarker/store-api";
import { MASK, parseNameTemplate, sendGroups } from "@cloudmarker/store-api/kit";
import type { W, WriteConcernSettings } from "mongodb";
import type { RecordDocument } from "./documents.ts";
import { params } from "./params.ts";
import type { MongoDBStoreParams } from "./params.ts";
import type { Insert } from "./request.ts";
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
    const { insertMaker, toExtendedJson } = await import("./request.ts");
    const { peer } = serverOf(given);
    const { groups } = insertMaker(given, context)(batch);
    return groups.map(({ name, documents }) => ({
      method: "insert",
      url: `${peer}/${given.db}.${name}`,
      headers: headersOf(given),
      body: documents.map(toExtendedJson).join("\n"),
      records: documents.length,
    }));
  },

  async open(given, context) {
    const { clock, logger } = context;
    const { insertMaker } = await import("./request.ts");
    const { check, Collections, connect, findIds, makeClient, outcomesOf } = await import("./driver.ts");
    const server = serverOf(given);
    if (given.auth_mechanism === "PLAIN" && !server.tls)
      logger.warn(`${server.peer}: PLAIN without TLS sends the password for everyone to read.`);
    const client = await makeClient(given, server, context);
    const db = client.db(given.db);
    const collections = new Collections({ db, peer: server.peer, indexes: given.indexes, logger });
    const toInserts = insertMaker(given, context);
    const writeConcern = writeConcernOf(given);

    async function insert(group: Insert, { signal }: WriteContext): Promise<readonly Outcome[] | undefined> {
      // After a first connection that failed the driver would not try another one by itself, and after `close` nobody wants one.
      signal.throwIfAborted();
      await connect(client, server);
      await collections.prepare(group.name, signal);
      const collection = db.collection<RecordDocument>(group.name);
      // The driver takes a signal here as it does elsewhere, but its types do not say so.
      const options = { ordered: false, writeConcern, signal };
      try {
        await collection.insertMany(group.documents, options);
        return undefined;
      } catch (error) {
        return await outcomesOf(error, group, server.peer, (ids) => findIds(collection, ids, server.peer, signal));
      }
    }

    return {
      write(batch, attempt) {
        return sendGroups(toInserts(batch), (group) => insert(group, attempt));
      },

      done() {
        return { location: `${server.peer}/${given.db}.${given.collection}`, notes: collections.notes };
      },

      check() {
        return check({ client, server, db: given.db, collection: parseNameTemplate(given.collection).constant, clock });
      },

      async close() {
        let timer: unknown;
        const late = new Promise<void>((resolve) => {
          timer = clock.setTimeout(resolve, CLOSE_MS);
        });
        await Promise.race([client.close(), late]).finally(() => clock.clearTimeout(timer));
      },
    };
  },
});

export default mongodbstore;

function writeConcernOf({ write_concern: { w, journal, timeout } }: MongoDBStoreParams): WriteConcernSettings {
  // The types of the driver know no custom names.
  return { w: w as W, journal, wtimeoutMS: timeout };
}

/** What goes with the documents. */
function headersOf(given: MongoDBStoreParams): Record<string, string> {
  const { w, journal, wtimeoutMS } = writeConcernOf(given);
  const { username, auth_mechanism: mechanism } = given;
  return {
    ...(username !== undefined && { auth: `${mechanism} ${username} ${MASK}` }),
    ordered: "false",
    writeConcern: JSON.stringify({ w, j: journal, wtimeout: wtimeoutMS }),
  };
}
