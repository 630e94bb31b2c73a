import mongodbstore from "@cloudmarker/mongodbstore";
import type { StorePlugin } from "@cloudmarker/store-api";
import { deserialize } from "bson";
import { eachDocument, type Payload } from "../../packages/store-testkit/src/servers/mongodb/payload.ts";
import { startMongo } from "../../packages/store-testkit/src/servers/mongodb/server.ts";
import { type TargetKind, tally } from "./target.ts";

const DB = "faults";
const COLLECTION = "records";

function seqIn(document: Uint8Array): number {
  return (deserialize(document)["raw"] as { seq: number }).seq;
}

function seqsIn(documents: Payload): number[] {
  const seqs: number[] = [];
  eachDocument(documents, (document) => seqs.push(seqIn(document)));
  return seqs;
}

/** MongoDBStore and a scripted MongoDB; a time limit of requests and the page of a proxy are not of its protocol. */
export const mongodbTarget: TargetKind = {
  store: "mongodbstore",
  idempotent: true,
  async start({ maxBytes } = {}) {
    const server = await startMongo();
    const { faults } = server;
    if (maxBytes !== undefined) {
      faults.always({
        kind: "writeErrors",
        of: ({ bytes }) =>
          bytes.length > maxBytes ? { code: 10334, errmsg: "object to insert too large" } : undefined,
      });
    }
    const params = { uri: server.uri, db: DB, collection: COLLECTION, server_selection_timeout: 1000 };
    const stored = (): number[] => Array.from(server.documents(`${DB}.${COLLECTION}`).values(), seqIn);
    return {
      plugin: mongodbstore as unknown as StorePlugin,
      params,
      stored: () => tally(stored()),
      activity: () => server.commands.length,
      throttle() {
        const throttled = new Set<number>();
        faults.every(20, { kind: "error", code: 262, errmsg: "operation exceeded time limit" });
        faults.always({
          kind: "writeErrors",
          of: ({ bytes }) => {
            const seq = seqIn(bytes);
            if (seq % 20 !== 7 || throttled.has(seq)) return undefined;
            throttled.add(seq);
            return { code: 112, errmsg: "WriteConflict" };
          },
        });
      },
      breakAt(isBad) {
        faults.always({ kind: "close", on: ({ documents }) => isBad(seqsIn(documents)) });
      },
      turnAway: () => void faults.always({ kind: "error", code: 11600, errmsg: "interrupted at shutdown" }),
      loseAnswer: (how) => void faults.next({ kind: how === "hang" ? "hang" : "close", applied: true }),
      answerNonsense: (times) => void faults.next({ kind: "error", code: 91, errmsg: "shutdown in progress" }, times),
      lock: () => void faults.always({ kind: "error", code: 13, errmsg: "not authorized on faults to execute insert" }),
      repair: () => void faults.clear(),
      stop: () => server.stop(),
      restart: () => server.restart(),
      [Symbol.asyncDispose]: () => server.stop(),
    };
  },
};
