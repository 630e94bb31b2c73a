// oxlint-disable-next-line typescript/triple-slash-reference -- what declares a module is none, and cannot be imported
/// <reference path="./mongodb-internals.d.ts" />
import { defineStore, MASK, type StorePlugin } from "@cloudmarker/store-api";
import type { WriteContext, WriteResult } from "@cloudmarker/store-api";
import { failedOutcome, type Group, sendGroups } from "@cloudmarker/store-kit/batches";
import { notSent } from "@cloudmarker/store-kit/tasks";
import { tlsNotes } from "@cloudmarker/store-kit/http";
import type { MongoClient } from "mongodb";
import { check } from "./check.ts";
import { BLAMES } from "./codes.ts";
import { answerIn, foundNoServer, isPassing, outcomesOf, toFailure } from "./outcomes.ts";
import { params } from "./params.ts";
import { preparer } from "./prepare.ts";
import { insertMaker, writeConcernOf } from "./request.ts";
import { clientMaker, membersOf, peerOf } from "./server.ts";
import { validate } from "./validate.ts";

export type { MongoDBStoreParams } from "./params.ts";

/** Writes records as documents with the record's id as `_id`, so that a record that is sent twice is stored once. */
const mongodbstore: StorePlugin<typeof params> = defineStore({
  name: "mongodbstore",
  className: "MongoDBStore",
  apiVersion: 1,
  params,
  supports: { idempotent: true, ordered: false },
  batch: { records: 1000, bytes: 2 << 20, concurrency: 8 },
  validate,
  blames: BLAMES,

  batchFor({ buffer_size }) {
    return { records: Math.max(buffer_size, 1) };
  },

  target(given) {
    const place = `${given.db}.${given.collection}`;
    return {
      name: `${peerOf(given)}/${place}`,
      keys: membersOf(given).map((one) => `${one} ${place}`),
      param: "collection",
    };
  },

  async explain(batch, given, context) {
    const { documentWriter, toExtendedJson } = await import("@cloudmarker/record-bson");
    const { db, keys, username, auth_mechanism: mechanism } = given;
    const headers = {
      ...(typeof username === "string" && { auth: `${mechanism} ${username} ${MASK}` }),
      ordered: "false",
      writeConcern: JSON.stringify(writeConcernOf(given)),
    };
    const toDocuments = documentWriter(keys);
    const { groups } = insertMaker(given, context.startedMs)(batch);
    return groups.flatMap((group) => {
      const { bson, sent } = toDocuments(group);
      if (!sent) return [];
      const url = `${peerOf(given)}/${db}.${sent.name}`;
      return { method: "insert", url, headers, body: toExtendedJson(bson), records: sent.records.length };
    });
  },

  async open(given, context) {
    const { clock, logger } = context;
    const peer = peerOf(given);
    const makeClient = await clientMaker(given, context);
    // Loaded here, like the driver, so that a run without this store does not load them.
    const { documentWriter } = await import("@cloudmarker/record-bson");
    const { DocumentSequence } = await import("mongodb/lib/cmap/commands.js");
    let maxBytes: number | undefined;
    let client = newClient();
    if (given.auth_mechanism === "PLAIN" && !client.options.tls)
      logger.warn(`${peer}: PLAIN without TLS sends the password for everyone to read.`);
    const notes: string[] = [];
    const prepare = preparer(given, logger, notes);
    const toGroups = insertMaker(given, context.startedMs);
    const toDocuments = documentWriter(given.keys);
    const writeConcern = writeConcernOf(given);

    function newClient(): MongoClient {
      return makeClient().on("serverDescriptionChanged", ({ newDescription: { maxBsonObjectSize } }) => {
        maxBytes = maxBsonObjectSize ?? maxBytes;
      });
    }

    /**
     * The driver may stop watching a server when a connection breaks (7.9): a client that finds no server may never
     * find one again.
     */
    function replace(lost: MongoClient): void {
      if (lost !== client) return;
      client = newClient();
      lost.close().catch(() => undefined);
    }

    async function insert(group: Group, { signal }: WriteContext): Promise<WriteResult> {
      const { name } = group;
      // After `close` no other connection is needed.
      signal.throwIfAborted();
      const used = client;
      const db = used.db(given.db);
      let isSent = false;
      try {
        // After a first connection that failed, the driver would not try again by itself.
        await used.connect();
        await prepare(db, name, signal);
        const { bson, sent, rejected, release } = toDocuments(group, maxBytes);
        if (!sent) return rejected;
        const documents = new DocumentSequence("documents");
        documents.push({}, bson);
        const command = { insert: name, documents, ordered: false, writeConcern };
        isSent = true;
        const answer = await db.command(command, { signal }).catch(answerIn);
        release();
        return [...rejected, ...(await outcomesOf(answer, sent, db.collection(name), signal))];
      } catch (error) {
        if (foundNoServer(error)) replace(used);
        const failure = toFailure(error, peer);
        if (isSent && isPassing(error, failure)) return group.records.map((_, index) => failedOutcome(index, failure));
        throw isSent ? failure : notSent(failure);
      }
    }

    return {
      write(batch, attempt) {
        const send = async (group: Group): Promise<WriteResult> => {
          const outcomes = await insert(group, attempt);
          if (!attempt.signal.aborted) toGroups.settle(group.records, outcomes);
          return outcomes;
        };
        return sendGroups(toGroups(batch), send, attempt);
      },
      done: () => ({
        location: `${peer}/${given.db}.${given.collection}`,
        notes: [...tlsNotes(given.tls), ...notes, ...toGroups.notes()],
        remarks: toGroups.remarks(),
      }),
      check: () => check(client, given, clock),
      close: () => client.close(),
    };
  },
});

export default mongodbstore;
