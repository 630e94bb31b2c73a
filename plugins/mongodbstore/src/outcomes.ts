import { blocked, duplicate, reject, retry, TooLargeError, unknown } from "@cloudmarker/store-api";
import type { Outcome } from "@cloudmarker/store-api";
import type { MongoBulkWriteError, WriteError } from "mongodb";
import { meaningOf } from "./codes.ts";
import { toFailure } from "./failures.ts";
import type { Insert } from "./request.ts";

const DUPLICATE_KEY = 11000;

/** Tells which of these ids the collection has. */
export type FindIds = (ids: readonly string[]) => Promise<ReadonlySet<string>>;

/**
 * What became of the documents of an insert that failed, by their position in it. Counts and ids in the error are not to be trusted, nor is its
 * own list of write errors: that of its result is (MG-02 to MG-06).
 * @throws StoreError for all of them, where none was refused by itself
 */
export async function outcomesOf(error: unknown, insert: Insert, peer: string, find: FindIds): Promise<Outcome[]> {
  const result = (error as Partial<MongoBulkWriteError>).result;
  const concern = result?.getWriteConcernError();
  const errors = result?.getWriteErrors() ?? [];
  if (errors.length === 0 && !concern) {
    const failure = toFailure(error, peer);
    // Too large for any request: the host need not find out which of one it is.
    if (failure instanceof TooLargeError && insert.records.length === 1)
      return [reject(0, failure.code, failure.message)];
    throw failure;
  }

  const byIndex = new Map(errors.map((one) => [one.index, one]));
  const present = await presentIds(errors, insert, find);
  const rest = concern ? unconfirmed(concern.code, concern.errmsg) : restOf(error as MongoBulkWriteError, peer);
  const outcomes: Outcome[] = [];
  for (const [index, { id }] of insert.records.entries()) {
    const one = byIndex.get(index);
    const own = one && outcomeOf(one, index, isOnId(one, insert.name) || present.has(id));
    // A duplicate, too, is only as durable as the write concern says.
    const isOpen = own === undefined || (concern !== undefined && own.status === "duplicate");
    const outcome = isOpen ? rest?.(index) : own;
    if (outcome) outcomes.push(outcome);
  }
  return outcomes;
}

function outcomeOf({ code, errmsg = "no reason given" }: WriteError, index: number, isPresent: boolean): Outcome {
  if (code === DUPLICATE_KEY)
    return isPresent ? duplicate(index) : reject(index, "duplicate_key", sentence(`${errmsg} (${code})`));
  const meaning = meaningOf(code);
  const reason = sentence(`${errmsg} (${code})`);
  if (meaning.status === "retry") return retry(index, meaning.code, reason);
  if (meaning.status === "blocked") return blocked(index, meaning.code, reason);
  return reject(index, meaning.code, reason);
}

/** Applied, but not where the write concern wants it: sent again, it is a duplicate once that is confirmed (MG-06). */
function unconfirmed(code: number | undefined, errmsg = "no reason given"): (index: number) => Outcome {
  const reason = sentence(`Written, but not acknowledged as write_concern asks: ${errmsg}`);
  // Not enough members, or a name that the replica set does not know: waiting does not help.
  return code !== undefined && meaningOf(code).code === "write_concern"
    ? (index) => blocked(index, "write_concern", reason)
    : (index) => unknown(index, "write_concern", reason);
}

/**
 * What became of the documents that no write error names. They were written, unless the driver cut the insert in spite of our limits: then a later
 * part may have failed whole, which shows by the empty list (MG-05).
 */
function restOf(error: MongoBulkWriteError, peer: string): ((index: number) => Outcome) | undefined {
  if (!Array.isArray(error.writeErrors) || error.writeErrors.length > 0) return undefined;
  const { message } = toFailure(error, peer);
  return (index) => unknown(index, "incomplete", message);
}

/** Whether the message names the index on `_id`; the driver keeps no more of what the server says. */
function isOnId({ code, errmsg = "" }: WriteError, collection: string): boolean {
  if (code !== DUPLICATE_KEY) return false;
  // Behind the collection, whose name might contain the same words.
  const behind = errmsg.slice(errmsg.indexOf(`.${collection} `) + collection.length + 1);
  return /^ index: _id_\s/u.test(behind);
}

/** For a duplicate that does not say of which index: some servers never do, and another unique index means another record. */
async function presentIds(errors: readonly WriteError[], insert: Insert, find: FindIds): Promise<ReadonlySet<string>> {
  const ids = errors
    .filter((one) => one.code === DUPLICATE_KEY && !isOnId(one, insert.name))
    .flatMap(({ index }) => insert.records[index]?.id ?? []);
  return ids.length === 0 ? new Set() : find(ids);
}

/** On one line; what a server quotes of the record in the middle is left out where it is long. */
function sentence(text: string): string {
  const line = text.replaceAll(/\s+/gu, " ").trim();
  const short = line.length <= 300 ? line : `${line.slice(0, 200)} … ${line.slice(-80)}`;
  return short.endsWith(".") ? short : `${short}.`;
}
