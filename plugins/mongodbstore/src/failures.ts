import { BlockedError, RetryError, StoreError, TooLargeError, UnknownOutcomeError } from "@cloudmarker/store-api";
import { networkError } from "@cloudmarker/store-api/kit";
import type { MongoError } from "mongodb";
import { meaningOf } from "./codes.ts";

/** Errors of the driver that say nothing of the server but of how it is used. */
const MISUSE: Readonly<Record<string, string>> = {
  MongoAPIError: "configuration",
  MongoAWSError: "credentials",
  MongoCompatibilityError: "version",
  MongoInvalidArgumentError: "configuration",
  MongoMissingCredentialsError: "credentials",
  MongoMissingDependencyError: "configuration",
  MongoParseError: "configuration",
};

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
  if (error.name.startsWith("BSON"))
    return withoutStatus("unreadable", `A record cannot be written as BSON: ${message}.`, error);
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const code = MISUSE[at.name];
    if (code !== undefined) return new BlockedError(code, `${peer}: ${withoutDot(at.message)}.`, because);
  }
  if (error.name === "MongoNetworkTimeoutError")
    return new UnknownOutcomeError("timeout", `${peer} did not answer within socket_timeout.`, because);
  const failure = networkError(error, peer);
  return failure.status === "unknown" && NOT_SENT.test(error.name)
    ? new RetryError("unreachable", `${peer} cannot be used: ${message}.`, because)
    : failure;
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

function serverFailure(error: MongoError, code: number, peer: string): Failure {
  const message = `${peer}: ${withoutDot(error.message)}`;
  if (error.hasErrorLabel("NoWritesPerformed")) return new RetryError("not_applied", `${message}.`, { cause: error });
  const [status, name, advice = ""] = meaningOf(code);
  const text = `${message} (${code}).${advice}`;
  // What would be the fault of a record may here be that of the command: no record is given up while nothing else gets through.
  if (status === "reject") return withoutStatus(name, text, error);
  // Of a command as a whole nobody knows how much of it was done.
  return new StoreError(status === "retry" ? "unknown" : status, name, text, { cause: error });
}

function withoutStatus(code: string, message: string, cause: unknown): Failure {
  return Object.assign(new Error(message, { cause }), { code });
}

function withoutDot(text: string): string {
  return text.replace(/\.$/u, "");
}
