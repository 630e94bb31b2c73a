import { type Outcome, TooLargeError } from "@cloudmarker/store-api";
import type { Collection, MongoBulkWriteError, WriteConcernError, WriteError } from "mongodb";
import { DUPLICATE_KEY, meaningOf, UNAUTHORIZED } from "./codes.ts";
import type { RecordDocument } from "./documents.ts";
import { askFor, toFailure } from "./failures.ts";

/** An insert that failed. */
export interface FailedInsert {
  /** Of its documents, in their order. */
  readonly ids: readonly string[];
  readonly collection: Collection<RecordDocument>;
  /** The server as a person knows it. */
  readonly peer: string;
  readonly signal: AbortSignal;
}

/**
 * What became of the documents of an insert that failed, by their position in it. Counts and ids in the error are not to be trusted, nor is its
 * own list of write errors: that of its result is (MG-02 to MG-06).
 * @throws StoreError for all of them, where none was refused by itself
 */
export async function outcomesOf(thrown: unknown, insert: FailedInsert): Promise<Outcome[]> {
  const { result, writeErrors } = thrown as Partial<MongoBulkWriteError>;
  const concern = result?.getWriteConcernError();
  const errors = result?.getWriteErrors() ?? [];
  if (errors.length === 0 && !concern) {
    const failure = toFailure(thrown, insert.peer);
    // Too large for any request: the host need not find out which of one it is.
    if (failure instanceof TooLargeError && insert.ids.length === 1)
      return [{ index: 0, status: "reject", code: failure.code, reason: failure.message }];
    throw failure;
  }

  const present = await presentIds(errors, insert);
  const outcomes = errors.map((one) => outcomeOf(one, present.has(insert.ids[one.index] ?? "")));
  if (concern) {
    // A duplicate, too, is only as durable as the write concern says.
    const settled = outcomes.filter(({ status }) => status !== "duplicate");
    return withRest(settled, insert, unconfirmed(concern));
  }
  // What no write error names was written, unless the driver cut the insert in spite of our limits: then a later part may have failed whole, which
  // shows by the empty list (MG-05).
  if (!Array.isArray(writeErrors) || writeErrors.length > 0) return outcomes;
  const reason = toFailure(thrown, insert.peer).message;
  return withRest(outcomes, insert, { status: "unknown", code: "incomplete", reason });
}

type Unsettled = Omit<Outcome, "index">;

function withRest(settled: readonly Outcome[], { ids }: FailedInsert, rest: Unsettled): Outcome[] {
  const known = new Set(settled.map(({ index }) => index));
  const others = [...ids.keys()].filter((index) => !known.has(index));
  return [...settled, ...others.map((index) => ({ index, ...rest }))];
}

function outcomeOf({ index, code, errmsg }: WriteError, isPresent: boolean): Outcome {
  if (code === DUPLICATE_KEY && isPresent) return { index, status: "duplicate" };
  const [status, name] = meaningOf(code);
  const reason = sentence(`${errmsg ?? "no reason given"} (${code})`);
  return { index, status: status === "too_large" ? "reject" : status, code: name, reason };
}

/** Applied, but not where the write concern wants it: sent again, it is a duplicate once that is confirmed (MG-06). */
function unconfirmed({ code = 0, errmsg = "no reason given" }: WriteConcernError): Unsettled {
  const reason = sentence(`Written, but not acknowledged as write_concern asks: ${errmsg}`);
  // Not enough members, or a name that the replica set does not know: waiting does not help.
  const status = meaningOf(code)[1] === "write_concern" ? "blocked" : "unknown";
  return { status, code: "write_concern", reason };
}

/**
 * Ids of the duplicates that are there: another unique index means another record. The message names the index, the driver keeps no more of what
 * the server says. Where it does not, the collection is asked; who may not ask gets none of them, to be on the safe side.
 */
async function presentIds(errors: readonly WriteError[], insert: FailedInsert): Promise<ReadonlySet<string>> {
  const { ids, collection, peer, signal } = insert;
  const onId = `E11000 duplicate key error collection: ${collection.namespace} index: _id_ `;
  const idOf = ({ index }: WriteError): string => ids[index] ?? "";
  const clashes = errors.filter(({ code }) => code === DUPLICATE_KEY);
  const sure = clashes.filter(({ errmsg = "" }) => errmsg.startsWith(onId)).map(idOf);
  if (sure.length === clashes.length) return new Set(sure);
  const asked = collection.find({ _id: { $in: clashes.map(idOf) } }, { projection: { _id: 1 }, signal });
  const found = askFor(asked.map(({ _id }) => _id).toArray(), UNAUTHORIZED, []).catch((error: unknown) => {
    throw toFailure(error, peer);
  });
  return new Set([...sure, ...(await found)]);
}

/** On one line; what a server quotes of the record in the middle is left out where it is long. */
function sentence(text: string): string {
  const line = text.replaceAll(/\s+/gu, " ").trim();
  const short = line.length <= 300 ? line : `${line.slice(0, 200)} … ${line.slice(-80)}`;
  return short.endsWith(".") ? short : `${short}.`;
}
