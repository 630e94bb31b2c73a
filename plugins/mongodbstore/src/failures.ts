import { BlockedError, RetryError, StoreError, TooLargeError, UnknownOutcomeError } from "@cloudmarker/store-api";
import { networkError } from "@cloudmarker/store-api/kit";
import { meaningOf } from "./codes.ts";

/** What the driver and the server say in an error, as far as it matters here. */
export interface DriverError {
  readonly name: string;
  readonly message: string;
  /** The server's, where the server answered. */
  readonly code: number | undefined;
  readonly hasLabel: (label: string) => boolean;
  /** The error without what a bulk write wraps around it (MG-04). */
  readonly origin: unknown;
}

/** Errors of the driver that say nothing of the server but of how it is used. */
const CONFIGURATION: Readonly<Record<string, string>> = {
  MongoAWSError: "credentials",
  MongoAPIError: "configuration",
  MongoCompatibilityError: "version",
  MongoInvalidArgumentError: "configuration",
  MongoMissingCredentialsError: "credentials",
  MongoMissingDependencyError: "configuration",
  MongoParseError: "configuration",
};

/** What to do about what the server says. */
const HINTS: Readonly<Record<string, string>> = {
  credentials: " Check username, password, auth_source and auth_mechanism.",
  no_permission: " Log in as a user with the role readWrite on the database.",
  write_concern: " Check write_concern.",
};

/** Reads an error of the driver. */
export function readError(error: unknown): DriverError {
  const origin = unwrap(error);
  const { name, message, code, hasErrorLabel } = origin as Partial<Record<string, unknown>>;
  return {
    name: String(name),
    message: String(message).replace(/\.$/u, ""),
    code: typeof code === "number" ? code : undefined,
    hasLabel: (label) => typeof hasErrorLabel === "function" && hasErrorLabel.call(origin, label) === true,
    origin,
  };
}

/** A bulk write keeps what really happened where a server's answer would be. */
function unwrap(error: unknown): unknown {
  const { errorResponse } = error as { errorResponse?: unknown };
  return errorResponse instanceof Error ? errorResponse : error;
}

/**
 * What an error means for all records of a command (MG-10). Where that is not clear the error has no status: the host then finds out whether some
 * record is to blame.
 * @param peer - the server as a person knows it
 */
export function toFailure(error: unknown, peer: string): Error {
  if (error instanceof StoreError) return error;
  const { name, message, code, hasLabel, origin } = readError(error);
  const options = { cause: origin };
  if (code !== undefined) {
    if (hasLabel("NoWritesPerformed")) return new RetryError("not_applied", `${peer}: ${message}.`, options);
    return serverFailure(code, message, peer, origin);
  }
  if (isTooLarge(origin)) return new TooLargeError(`${peer} takes no record of this size: ${message}.`, options);
  if (name.startsWith("BSON"))
    return withoutStatus("unreadable", `A record cannot be written as BSON: ${message}.`, origin);
  const misuse = causes(origin).find((cause) => CONFIGURATION[cause.name] !== undefined);
  if (misuse) return new BlockedError(CONFIGURATION[misuse.name] ?? "", `${peer}: ${misuse.message}.`, options);
  return connectionFailure(name, message, peer, origin);
}

/** Over the limit of the server, or over the buffer into which the driver writes a document, of 17 MiB (MG-08). */
function isTooLarge(origin: unknown): boolean {
  if (origin instanceof RangeError) return true;
  return origin instanceof Error && origin.message.startsWith("Document is larger than the maximum size");
}

/** So that the host finds out whether some record is to blame. */
function withoutStatus(code: string, message: string, cause: unknown): Error {
  return Object.assign(new Error(message, { cause }), { code });
}

function serverFailure(code: number, message: string, peer: string, cause: unknown): Error {
  const { status, code: known } = meaningOf(code);
  const text = `${peer}: ${message} (${code}).${HINTS[known] ?? ""}`;
  if (status === "too_large") return new TooLargeError(text, { cause });
  if (status === "blocked") return new BlockedError(known, text, { cause });
  // Of a command as a whole nobody knows how much of it was done.
  if (status === "retry") return new UnknownOutcomeError(known, text, { cause });
  // What would be the fault of a record may here be that of the command: no record is given up while nothing else gets through.
  return withoutStatus(known, text, cause);
}

function connectionFailure(name: string, message: string, peer: string, origin: unknown): StoreError {
  const options = { cause: origin };
  const failure = networkError(origin, peer);
  if (name === "MongoNetworkTimeoutError")
    return new UnknownOutcomeError("timeout", `${peer} did not answer within socket_timeout.`, options);
  // No server to send to, no free connection: nothing left this process.
  const wasNotSent = ["MongoServerSelectionError", "MongoPoolClearedError", "MongoWaitQueueTimeoutError"].includes(
    name,
  );
  if (!wasNotSent || failure.status === "blocked" || failure.status === "retry") return failure;
  return new RetryError("unreachable", `${peer} cannot be used: ${message}.`, options);
}

/** An error and what is underneath, outermost first. */
function causes(error: unknown): Error[] {
  const found: Error[] = [];
  for (let at = error; at instanceof Error && found.length < 6; at = at.cause) found.push(at);
  return found;
}
