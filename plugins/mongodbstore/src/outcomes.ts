import {
  BlockedError,
  RetryError,
  StoreError,
  UnknownOutcomeError,
  isError,
  isStoreError,
} from "@cloudmarker/store-api";
import { duplicate, type Outcome } from "@cloudmarker/store-api";
import type { BareOutcome, Group } from "@cloudmarker/store-kit/batches";
import { networkError } from "@cloudmarker/store-kit/http";
import type { Collection, MongoError, MongoServerSelectionError, MongoWriteConcernError } from "mongodb";
import { DUPLICATE_KEY, meaningOf, UNAUTHORIZED } from "./codes.ts";

/** The answer of a server to an insert, with the parts that report failures. */
export interface InsertAnswer {
  readonly writeErrors?: readonly WriteError[];
  readonly writeConcernError?: Omit<WriteError, "index">;
}

interface WriteError {
  /** Position of the document in the insert. */
  readonly index: number;
  readonly code: number;
  readonly errmsg?: string;
  /** Key pattern of the unique index that refused a duplicate. */
  readonly keyPattern?: object;
}

/** The answer that the driver throws if the write concern is not met, whatever else is in it (MG-06). */
export function answerIn(error: unknown): InsertAnswer {
  const { name, result } = error as MongoWriteConcernError;
  if (name !== "MongoWriteConcernError") throw error;
  return result;
}

/** The outcomes of an insert. A record that no error names was written (MG-02). */
export async function outcomesOf(
  { writeErrors = [], writeConcernError: concern }: InsertAnswer,
  insert: Group,
  collection: Collection<{ _id: string }>,
  signal: AbortSignal,
): Promise<Outcome[]> {
  if (writeErrors.length === 0 && !concern) return [];
  const { records, indexes } = insert;
  const refusals = new Map(writeErrors.map((error) => [error.index, error]));
  const clashes = writeErrors.filter(({ code }) => code === DUPLICATE_KEY);
  const present = await presentIds(clashes, insert, collection, signal);
  return records.flatMap(({ id }, position) => {
    const index = indexes[position] ?? -1;
    const refusal = refusals.get(position);
    const isDuplicate = refusal?.code === DUPLICATE_KEY && present.has(id);
    if (refusal && !isDuplicate) return { ...refused(refusal), index };
    // A duplicate, too, is only as durable as the write concern says.
    if (concern) return { ...unconfirmed(concern), index };
    return isDuplicate ? duplicate(index) : [];
  });
}

function refused({ code, errmsg = "no reason given" }: WriteError): BareOutcome {
  const [status, name] = meaningOf(code);
  const reason = sentence(`${errmsg} (${code})`);
  return { status: status === "too_large" ? "reject" : status, code: name, reason };
}

/** Applied, but not as the write concern asks. When it is sent again and confirmed, it is a duplicate (MG-06). */
function unconfirmed({ code, errmsg = "no reason given" }: Omit<WriteError, "index">): BareOutcome {
  const reason = sentence(`Written, but not acknowledged as write_concern asks: ${errmsg}`);
  // Not enough members, or a name that the replica set does not know: waiting does not help.
  const status = meaningOf(code)[1] === "write_concern" ? "blocked" : "unknown";
  return { status, code: "write_concern", reason };
}

/**
 * Ids of the duplicates that exist in the collection; a duplicate of another unique index is another record. The answer
 * names the index. If it does not, the collection is queried; a user who may not query gets an empty list, to be safe.
 */
async function presentIds(
  clashes: readonly WriteError[],
  { records }: Group,
  collection: Collection<{ _id: string }>,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const onId = `E11000 duplicate key error collection: ${collection.namespace} index: _id_ `;
  const idOf = ({ index }: WriteError): string => records[index]?.id ?? "";
  // In an answer with more than a megabyte of messages the later ones are empty.
  const isOnId = ({ errmsg = "", keyPattern = {} }: WriteError): boolean =>
    errmsg.startsWith(onId) || Object.keys(keyPattern).join() === "_id";
  const sure = clashes.filter(isOnId).map(idOf);
  if (sure.length === clashes.length) return new Set(sure);
  const asked = collection.find({ _id: { $in: clashes.map(idOf) } }, { projection: { _id: 1 }, signal });
  const found = await askFor(asked.map(({ _id }) => _id).toArray(), UNAUTHORIZED, []);
  return new Set([...sure, ...found]);
}

function sentence(text: string): string {
  return `${brief(text)}.`;
}

/** On one line, without a full stop. If it is long, what the server quotes of the record in the middle is left out. */
function brief(text: string): string {
  const line = text.replaceAll(/\s+/gu, " ").trim().replace(/\.$/u, "");
  return line.length <= 300 ? line : `${line.slice(0, 200)} … ${line.slice(-80)}`;
}

/** Errors of the driver about how it is used, not about the server. */
const MISUSE: readonly (readonly [name: RegExp, code: string])[] = [
  [/^Mongo(?:API|InvalidArgument|MissingDependency|Parse)Error$/u, "configuration"],
  [/^Mongo(?:AWS|MissingCredentials)Error$/u, "credentials"],
  [/^MongoCompatibilityError$/u, "version"],
];

/** There is no server to send to, or no free connection. */
const NO_CONNECTION = /^Mongo(?:ServerSelection|PoolClosed|PoolCleared|WaitQueueTimeout)Error$/u;

/**
 * Names of the driver's errors from before a connection was ready. A server also uses the second one, for a command
 * that did arrive.
 */
const UNREADY = ["HandshakeError", "SystemOverloadedError"] as const;

/** Whether nothing of the command left this process, since it never had a connection. */
function isUnsent(error: MongoError): boolean {
  if (NO_CONNECTION.test(error.name)) return true;
  const labels = "hasErrorLabel" in error ? UNREADY.filter((label) => error.hasErrorLabel(label)) : [];
  return labels.includes("HandshakeError") || (labels.length > 0 && error.name.startsWith("MongoNetwork"));
}

/** An error that holds for all records of a command. */
export type Failure = Error & { readonly code: string; readonly status?: StoreError["status"] };

/**
 * The meaning of an error for all records of a command (MG-10). It is a StoreError, or an error without a status if the
 * reason is unclear; the host then finds out whether a record is the reason.
 * @param peer - the server as a person knows it
 */
export function toFailure(thrown: unknown, peer: string): Failure {
  if (isStoreError(thrown)) return thrown;
  const error = thrown as MongoError;
  const because = { cause: error };
  if (isAnswer(error)) return serverFailure(error, error.code, peer);
  for (let at: unknown = error; isError(at); at = at.cause) {
    const { name, message: why } = at;
    const [, code] = MISUSE.find(([pattern]) => pattern.test(name)) ?? [];
    if (code !== undefined) return new BlockedError(code, `${peer}: ${sentence(why)}`, because);
  }
  const isUnready = isUnsent(error);
  if (error.name === "MongoNetworkTimeoutError" && !isUnready)
    return new UnknownOutcomeError("timeout", `${peer} did not answer within socket_timeout.`, because);
  const failure = networkError(error, peer);
  return failure.status === "unknown" && isUnready
    ? new RetryError("unreachable", `${peer} ${howUnready(error.message)}${whyNoServer(error)}.`, because)
    : failure;
}

/** Why a server cannot be used, in words. */
function howUnready(message: string): string {
  const [code = ""] = /\b(?:ECONNRESET|EPIPE)\b/u.exec(message) ?? [];
  if (code !== "" || message.endsWith(" closed"))
    return `closes the connection before it can be used${code && ` (${code})`}`;
  const [, ms] = /^Server selection timed out after (\d+) ms$/u.exec(message) ?? [];
  return ms === undefined ? `cannot be used: ${brief(message)}` : `does not answer: no server was found in ${ms} ms`;
}

/** What the driver saw of the servers while it looked for one; its message says only how long it looked. */
function whyNoServer({ reason }: Partial<MongoServerSelectionError>): string {
  if (reason?.type !== "ReplicaSetNoPrimary") return "";
  if (reason.servers.size === 0) return `; no host is a member of the replica set ${reason.setName}`;
  const hasSecondary = [...reason.servers.values()].some(({ type }) => type === "RSSecondary");
  return hasSecondary ? `; the replica set ${reason.setName} has no primary` : "";
}

/** Whether the server itself reports that a command failed. An AbortError has a number, too. */
function isAnswer(error: MongoError): error is MongoError & { readonly code: number } {
  return typeof error.code === "number" && "hasErrorLabel" in error;
}

/** Whether the server said why it could not do a command now: then no record is the reason. */
export function isPassing(thrown: unknown, { status }: Failure): boolean {
  return status === "unknown" && isAnswer(thrown as MongoError);
}

function serverFailure(error: MongoError, code: number, peer: string): Failure {
  const message = `${peer}: ${brief(error.message)}`;
  if (error.hasErrorLabel("NoWritesPerformed")) return new RetryError("not_applied", `${message}.`, { cause: error });
  const [status, name, advice = ""] = meaningOf(code, error.message);
  const text = `${message} (${code}).${advice}`;
  // The reason may be a record or the command as a whole: no record is given up while the store writes nothing else.
  if (status === "reject") return Object.assign(new Error(text, { cause: error }), { code: name });
  // It is not known how much of a command was done.
  return new StoreError(status === "retry" && !isUnsent(error) ? "unknown" : status, name, text, { cause: error });
}

/** Whether an error of the driver says that it found no server. */
export function foundNoServer(error: unknown): boolean {
  return (error as Error).name === "MongoServerSelectionError";
}

/** The answer to a question that is not essential: `otherwise` if the server refuses it with `code`. */
export function askFor<T, U>(answer: Promise<T>, code: number, otherwise: U): Promise<T | U> {
  return answer.catch((error: unknown) => {
    if ((error as MongoError).code !== code) throw error;
    return otherwise;
  });
}
