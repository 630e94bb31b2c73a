import type { SentDocument } from "./document.ts";
import { codeName, errorReply, ownLabels } from "./errors.ts";
import { FaultScript } from "../fault-script.ts";
import type { Payload } from "./payload.ts";
import type { Doc } from "./wire.ts";

/** A command as a fault sees it. */
export interface MongoRequest {
  /** Such as `insert`. */
  readonly command: string;
  readonly db: string;
  /** `<database>.<collection>`, or the database alone where the command names no collection. */
  readonly ns: string;
  /** The command without its documents. */
  readonly body: Doc;
  /** For an insert; see `eachDocument`. */
  readonly documents: Payload;
}

/** Why one document of an insert is refused. */
export interface WriteFault {
  readonly code: number;
  /** @default the name of the code */
  readonly errmsg?: string;
  /** Name and pattern of the index, for code 11000. MongoDB gives both, some compatible servers neither. */
  readonly keyPattern?: Doc;
  readonly keyValue?: Doc;
  readonly errInfo?: Doc;
}

interface AnyFault {
  /** Which commands it may hit. @default every insert */
  readonly on?: (request: MongoRequest) => boolean;
}

interface ErrorFault {
  readonly code: number;
  /** @default MongoDB's name of the code */
  readonly codeName?: string;
  /** @default the name of the code */
  readonly errmsg?: string;
  /** @default `RetryableWriteError` where a replica set would say so, else none */
  readonly errorLabels?: readonly string[];
}

interface MaybeApplied {
  /** Whether the server does what the command asks before it fails to say so. @default false */
  readonly applied?: boolean;
}

/**
 * A fault of one command.
 * - `error`: the whole command fails.
 * - `writeErrors`: the documents for which `of` says why are refused, the others are inserted as `ordered` says.
 * - `writeConcernError`: the command is done, yet the answer says that it may not last.
 * - `close`: no answer, the connection is closed.
 * - `hang`: no answer, the connection stays open.
 */
export type MongoFault = AnyFault &
  (
    | ({ readonly kind: "error" } & ErrorFault & MaybeApplied)
    | { readonly kind: "writeErrors"; readonly of: (document: SentDocument) => WriteFault | undefined }
    | ({ readonly kind: "writeConcernError"; readonly errInfo?: Doc } & ErrorFault)
    | ({ readonly kind: "close" | "hang" } & MaybeApplied)
  );

/** The faults of one server. */
export type MongoFaults = FaultScript<MongoFault, MongoRequest>;

/** The answer of a server that sheds load; the driver sends the command again by itself. */
export const OVERLOADED: MongoFault = {
  kind: "error",
  code: 462,
  errmsg: "Rate limit exceeded",
  errorLabels: ["SystemOverloadedError", "RetryableError"],
};

/** A script in which a fault that does not say otherwise hits inserts only. */
export function mongoFaults(): MongoFaults {
  return new FaultScript((fault, request) => fault.on?.(request) ?? request.command === "insert");
}

/** Closes the connection. */
export const CLOSE: unique symbol = Symbol("close");
/** Leaves the client waiting. */
export const HANG: unique symbol = Symbol("hang");
/** What becomes of a command: an answer, or none. */
export type Outcome = Doc | typeof CLOSE | typeof HANG;

/** Lets the server `act` as far as `fault` allows, and returns what the client receives. */
export function answer(fault: MongoFault | undefined, isRetryableWrite: boolean, act: () => Doc): Outcome {
  if (!fault || fault.kind === "writeErrors") return act();
  if (fault.kind === "writeConcernError") return unconfirmed(fault, act(), isRetryableWrite);
  if (fault.applied) act();
  switch (fault.kind) {
    case "error": {
      const { code, errmsg = codeName(code), errorLabels = ownLabels(code, isRetryableWrite) } = fault;
      return errorReply(code, errmsg, errorLabels, fault.codeName);
    }
    case "close":
      return CLOSE;
    case "hang":
      return HANG;
  }
}

function unconfirmed(fault: ErrorFault & { readonly errInfo?: Doc }, reply: Doc, isRetryableWrite: boolean): Doc {
  // A command that failed as a whole has nothing to confirm.
  if (reply["ok"] !== 1) return reply;
  const { code, codeName: name = codeName(code), errmsg = name, errInfo } = fault;
  const errorLabels = fault.errorLabels ?? ownLabels(code, isRetryableWrite);
  const writeConcernError = { code, codeName: name, errmsg, ...(errInfo && { errInfo }) };
  return { ...reply, writeConcernError, ...(errorLabels.length > 0 && { errorLabels }) };
}
