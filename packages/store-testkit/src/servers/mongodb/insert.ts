import { EJSON } from "bson";
import { readDocument } from "./document.ts";
import type { SentDocument } from "./document.ts";
import { CommandError, codeName } from "./errors.ts";
import type { MongoFault, MongoRequest, WriteFault } from "./faults.ts";
import { eachDocument } from "./payload.ts";
import type { Payload } from "./payload.ts";
import type { ServerState } from "./state.ts";
import type { Doc } from "./wire.ts";

/** The content of an insert: the documents, or only their number if a test does not need them. */
export type Sent = readonly SentDocument[] | number;

/** Reads the documents and notes their ids, or counts them where they go to the null sink. */
export function readSent(state: ServerState, payload: Payload, fault: MongoFault | undefined): Sent {
  if (state.nullSink && fault?.kind !== "writeErrors") return eachDocument(payload);
  const documents: SentDocument[] = [];
  eachDocument(payload, (bytes) => documents.push(readDocument(bytes, documents.length)));
  for (const { id } of documents) state.counts.received.push(id);
  return documents;
}

/** Inserts, or answers as before where the client repeats a retryable write. */
export function insert(state: ServerState, request: MongoRequest, sent: Sent, fault: MongoFault | undefined): Doc {
  return confirmed(state, request, () => insertUnconfirmed(state, request, sent, fault));
}

/** Removes nothing: for what a client wants to know without changing anything. */
export function removeNothing(state: ServerState, request: MongoRequest): Doc {
  return confirmed(state, request, () => ({ n: 0, ok: 1 }));
}

/**
 * Does what the client wants, unless more members are to have it than there are: then a replica set does it all the
 * same, and says so.
 */
function confirmed({ facts }: ServerState, { body }: MongoRequest, act: () => Doc): Doc {
  const { w } = (body["writeConcern"] ?? {}) as Doc;
  if (typeof w !== "number" || w <= 1) return act();
  if (facts.replicaSet === undefined) throw new CommandError(2, "cannot use 'w' > 1 when a host is not replicated");
  const errmsg = "Not enough data-bearing nodes";
  return { ...act(), writeConcernError: { code: 100, codeName: "UnsatisfiableWriteConcern", errmsg } };
}

function insertUnconfirmed(state: ServerState, request: MongoRequest, sent: Sent, fault: MongoFault | undefined): Doc {
  const { lsid, txnNumber } = request.body;
  if (txnNumber === undefined) return insertNow(state, request, sent, fault);
  if (state.facts.replicaSet === undefined) {
    throw new CommandError(20, "Transaction numbers are only allowed on a replica set member or mongos");
  }
  const session = EJSON.stringify(lsid);
  const number = Number(txnNumber);
  const last = state.doneWrites.get(session);
  if (last?.txnNumber === number) return last.reply;
  if (last && number < last.txnNumber) {
    throw new CommandError(225, `Retryable write ${number} is older than the last of its session, ${last.txnNumber}.`);
  }
  const reply = insertNow(state, request, sent, fault);
  state.doneWrites.set(session, { txnNumber: number, reply });
  return reply;
}

function insertNow(state: ServerState, request: MongoRequest, sent: Sent, fault: MongoFault | undefined): Doc {
  const { counts, facts } = state;
  const count = typeof sent === "number" ? sent : sent.length;
  if (count < 1 || count > facts.maxWriteBatchSize) {
    const message = `Write batch sizes must be between 1 and ${facts.maxWriteBatchSize}. Got ${count} operations.`;
    throw new CommandError(16, message);
  }
  if (typeof sent === "number") {
    counts.inserted += sent;
    return { n: sent, ok: 1 };
  }
  const collection = state.nullSink ? undefined : state.writable(request.ns);
  const writeErrors: (WriteFault & { index: number })[] = [];
  let n = 0;
  for (const document of sent) {
    const scripted = fault?.kind === "writeErrors" ? fault.of(document) : undefined;
    const refusal = scripted ?? collection?.add(document, facts.maxBsonObjectSize);
    if (!refusal) {
      n++;
      continue;
    }
    if (!scripted && refusal.code === 11000) counts.duplicates++;
    writeErrors.push({ index: document.index, errmsg: codeName(refusal.code), ...refusal });
    if (request.body["ordered"] !== false) break;
  }
  counts.inserted += n;
  return { n, ...(writeErrors.length > 0 && { writeErrors }), ok: 1 };
}
