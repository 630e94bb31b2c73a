import { BlockedError, RetryError, StoreError, TooLargeError, UnknownOutcomeError } from "@cloudmarker/store-api";
import { duplicate, type Outcome, reject } from "@cloudmarker/store-api";
import { type BareOutcome, networkError } from "@cloudmarker/store-api/kit";
import type { Collection, MongoBulkWriteError, MongoError, WriteConcernError, WriteError } from "mongodb";
import { DUPLICATE_KEY, meaningOf, UNAUTHORIZED } from "./codes.ts";
import type { RecordDocument } from "./documents.ts";

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
  const { ids, peer } = insert;
  const { result, writeErrors } = thrown as Partial<MongoBulkWriteError>;
  const concern = result?.getWriteConcernError();
  const errors = result?.getWriteErrors() ?? [];
  if (errors.length === 0 && !concern) {
    const failure = toFailure(thrown, peer);
    // Too large for any request: the host need not find out which of one it is.
    if (failure instanceof TooLargeError && ids.length === 1) return [reject(0, failure.code, failure.message)];
    throw failure;
  }
  const present = await presentIds(errors, insert);
  const refusals = new Map(errors.map((error) => [error.index, error]));
  // What no write error names was written, unless the driver cut the insert in spite of our limits: then a later part may have failed whole, which
  // shows by the empty list (MG-05).
  const isCutShort = Array.isArray(writeErrors) && writeErrors.length === 0;
  const incomplete = { status: "unknown", code: "incomplete", reason: toFailure(thrown, peer).message } as const;
  const rest = concern ? unconfirmed(concern) : isCutShort ? incomplete : undefined;
  return ids.flatMap((id, index) => {
    const refusal = refusals.get(index);
    const isDuplicate = refusal?.code === DUPLICATE_KEY && present.has(id);
    if (refusal && !isDuplicate) return refused(refusal);
    // A duplicate, too, is only as durable as the write concern says.
    if (isDuplicate && !concern) return duplicate(index);
    return rest ? { index, ...rest } : [];
  });
}

function refused({ index, code, errmsg = "no reason given" }: WriteError): Outcome {
  const [status, name] = meaningOf(code);
  const reason = sentence(`${errmsg} (${code})`);
  return { index, status: status === "too_large" ? "reject" : status, code: name, reason };
}

/** Applied, but not where the write concern wants it: sent again, it is a duplicate once that is confirmed (MG-06). */
function unconfirmed({ code = 0, errmsg = "no reason given" }: WriteConcernError): BareOutcome {
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

/** Errors of the driver that say nothing of the server but of how it is used. */
const MISUSE: readonly (readonly [name: RegExp, code: string])[] = [
  [/^Mongo(?:API|InvalidArgument|MissingDependency|Parse)Error$/u, "configuration"],
  [/^Mongo(?:AWS|MissingCredentials)Error$/u, "credentials"],
  [/^MongoCompatibilityError$/u, "version"],
];

/** No server to send to, no free connection: nothing left this process. */
const NOT_SENT = /^Mongo(?:ServerSelection|PoolCleared|WaitQueueTimeout)Error$/u;

/** An error that stands for all records of a command. */
export type Failure = Error & { readonly code: string };

/**
 * What an error means for all records of a command (MG-10): a StoreError, or one without a status where that is not clear: the host then finds
 * out whether some record is to blame.
 * @param peer - the server as a person knows it
 */
export function toFailure(thrown: unknown, peer: string): Failure {
  if (thrown instanceof StoreError) return thrown;
  const error = originOf(thrown);
  const because = { cause: error };
  const message = withoutDot(error.message);
  // An AbortError has a number, too.
  if (typeof error.code === "number" && "hasErrorLabel" in error) return serverFailure(error, error.code, peer);
  // Over the limit of the server, or over the buffer into which the driver writes a document, of 17 MiB (MG-08).
  if (error instanceof RangeError || message.startsWith("Document is larger than the maximum size"))
    return new TooLargeError(`${peer} takes no record of this size: ${message}.`, because);
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const { name, message: why } = at;
    const [, code] = MISUSE.find(([pattern]) => pattern.test(name)) ?? [];
    if (code !== undefined) return new BlockedError(code, `${peer}: ${withoutDot(why)}.`, because);
  }
  if (error.name === "MongoNetworkTimeoutError")
    return new UnknownOutcomeError("timeout", `${peer} did not answer within socket_timeout.`, because);
  const failure = networkError(error, peer);
  return failure.status === "unknown" && NOT_SENT.test(error.name)
    ? new RetryError("unreachable", `${peer} cannot be used: ${message}.`, because)
    : failure;
}

function serverFailure(error: MongoError, code: number, peer: string): Failure {
  const message = `${peer}: ${withoutDot(error.message)}`;
  if (error.hasErrorLabel("NoWritesPerformed")) return new RetryError("not_applied", `${message}.`, { cause: error });
  const [status, name, advice = ""] = meaningOf(code);
  const text = `${message} (${code}).${advice}`;
  // What would be the fault of a record may here be that of the command: no record is given up while nothing else gets through.
  if (status === "reject") return Object.assign(new Error(text, { cause: error }), { code: name });
  // Of a command as a whole nobody knows how much of it was done.
  return new StoreError(status === "retry" ? "unknown" : status, name, text, { cause: error });
}

/** Whether an error of the driver says that it has looked for a server in vain. */
export function foundNoServer(error: unknown): boolean {
  return originOf(error).name === "MongoServerSelectionError";
}

/** The answer to a question that is not vital: `otherwise` where the server refuses it with `code`. */
export function askFor<T, U>(answer: Promise<T>, code: number, otherwise: U): Promise<T | U> {
  return answer.catch((error: unknown) => {
    if (originOf(error).code !== code) throw error;
    return otherwise;
  });
}

/** An error of the driver; a bulk write keeps what really happened where a server's answer would be (MG-04). */
function originOf(error: unknown): MongoError {
  const { errorResponse } = error as { errorResponse?: unknown };
  return (errorResponse instanceof Error ? errorResponse : error) as MongoError;
}

function withoutDot(text: string): string {
  return text.replace(/\.$/u, "");
}
