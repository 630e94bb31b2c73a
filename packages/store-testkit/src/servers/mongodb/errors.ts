import type { Doc } from "./wire.ts";

/** Codes, with the names that MongoDB gives them. */
const NAMES: Readonly<Record<number, string>> = {
  1: "InternalError",
  2: "BadValue",
  6: "HostUnreachable",
  7: "HostNotFound",
  9: "FailedToParse",
  13: "Unauthorized",
  16: "InvalidLength",
  17: "ProtocolError",
  18: "AuthenticationFailed",
  20: "IllegalOperation",
  26: "NamespaceNotFound",
  48: "NamespaceExists",
  53: "InvalidIdField",
  59: "CommandNotFound",
  64: "WriteConcernTimeout",
  73: "InvalidNamespace",
  79: "UnknownReplWriteConcern",
  85: "IndexOptionsConflict",
  86: "IndexKeySpecsConflict",
  89: "NetworkTimeout",
  91: "ShutdownInProgress",
  112: "WriteConflict",
  121: "DocumentValidationFailure",
  166: "CommandNotSupportedOnView",
  189: "PrimarySteppedDown",
  225: "TransactionTooOld",
  262: "ExceededTimeLimit",
  462: "IngressRequestRateLimitExceeded",
  9001: "SocketException",
  10107: "NotWritablePrimary",
  10334: "BSONObjectTooLarge",
  11000: "DuplicateKey",
  11600: "InterruptedAtShutdown",
  11602: "InterruptedDueToReplStateChange",
  13435: "NotPrimaryNoSecondaryOk",
  13436: "NotPrimaryOrSecondary",
};

/** With these a member of a replica set labels the answer to a retryable write. */
const RETRYABLE = new Set([6, 7, 89, 91, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436]);

/** The name of a code, or the one that MongoDB gives to codes without a name. */
export function codeName(code: number): string {
  return NAMES[code] ?? `Location${code}`;
}

/** The labels that a server gives by itself. */
export function ownLabels(code: number, isRetryableWrite: boolean): string[] {
  return isRetryableWrite && RETRYABLE.has(code) ? ["RetryableWriteError"] : [];
}

/** A command that fails as a whole. */
export class CommandError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** The answer to a command that failed. */
export function errorReply(code: number, errmsg: string, errorLabels: readonly string[] = [], name?: string): Doc {
  const labels = errorLabels.length > 0 ? { errorLabels } : {};
  return { ok: 0, errmsg, code, codeName: name ?? codeName(code), ...labels };
}
