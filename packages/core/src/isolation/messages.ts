import type { Logger, RunEnd, StoreContext } from "@cloudmarker/store-api";
import { fieldsOf } from "../border/read.ts";
import { asksToReopen, readError, type Thrown } from "../delivery/answer.ts";
import type { PackedBatch } from "./packed-batch.ts";

const REPLY_FIELDS = [
  "kind",
  "id",
  "result",
  "error",
  "level",
  "message",
  "code",
  "done",
  "total",
  "outcomes",
] as const;

/** What a thread is started with. */
export interface ThreadStart {
  /** File URL of the plugin. */
  readonly plugin: string;
  /** Valid, and complete with defaults. */
  readonly params: Record<string, unknown>;
  readonly context: ThreadContext;
  readonly identity: { readonly run: string; readonly pointers: readonly string[] };
}

/** The part of a `StoreContext` that is data. */
export interface ThreadContext extends Omit<StoreContext, "resolvePath" | "logger" | "clock"> {
  readonly home: string;
  /** The folder of relative paths, by the name of the param. An empty name stands for all other params. */
  readonly folders: Readonly<Record<string, string>>;
}

/** The optional methods of a store. The answer to `open` lists which of them the store has. */
export const OPTIONAL_CALLS = ["flush", "check"] as const;

/** Requests of the host to a thread. The thread answers each once, with the same number, except `abort`. */
export type Request =
  | { readonly kind: "open" | "flush" | "check" | "close" }
  | { readonly kind: "write"; readonly batch: PackedBatch; readonly attempt: number }
  | { readonly kind: "done"; readonly run: Pick<RunEnd, "complete"> };

/** A request with its number. `abort` has the number of the `write` or `done` that it ends. */
export type Numbered = (Request | { readonly kind: "abort" }) & { readonly id: number };

/** What a store threw in a thread, as far as the host reads it. */
export interface ThreadError extends Thrown {
  readonly reopen: boolean;
}

/** Messages of a thread to the host. */
export type Reply =
  | { readonly kind: "answer"; readonly id: number; readonly result: unknown }
  | { readonly kind: "failure"; readonly id: number; readonly error: ThreadError }
  | { readonly kind: "log"; readonly level: keyof Logger; readonly message: string; readonly code?: string }
  /** The store reports outcomes of a batch that it is still writing. */
  | { readonly kind: "settle"; readonly id: number; readonly outcomes: unknown }
  /** The store reports the progress of publishing. */
  | { readonly kind: "progress"; readonly id: number; readonly done: unknown; readonly total: unknown }
  /** The thread has received an `abort`. */
  | { readonly kind: "alive" };

const LEVELS: ReadonlySet<unknown> = new Set(["debug", "info", "warn", "error"]);

/** Reads a message of a thread. Undefined if it is not a reply: the code of the plugin can send anything. */
export function readReply(message: unknown): Reply | undefined {
  const {
    kind,
    id,
    result,
    error,
    level,
    message: text,
    code,
    done,
    total,
    outcomes,
  } = fieldsOf(message, REPLY_FIELDS) ?? {};
  if (kind === "alive") return { kind };
  if (kind === "log") {
    const isLog = LEVELS.has(level) && typeof text === "string";
    const more = typeof code === "string" ? { code } : {};
    return isLog ? { kind, level: level as keyof Logger, message: text, ...more } : undefined;
  }
  if (typeof id !== "number") return undefined;
  if (kind === "answer") return { kind, id, result };
  if (kind === "settle") return { kind, id, outcomes };
  if (kind === "progress") return { kind, id, done, total };
  return kind === "failure" ? { kind, id, error: thrownOf(error) } : undefined;
}

function thrownOf(error: unknown): ThreadError {
  const { status, code, reason, retryAfterMs } = fieldsOf(error, ["status", "code", "reason", "retryAfterMs"]) ?? {};
  const read = Object.assign(new Error(typeof reason === "string" ? reason : ""), { status, code, retryAfterMs });
  return { ...readError(read), reopen: asksToReopen(error) };
}

/** The error that a thread sent, with every property that the host reads. */
export function errorOf({ reason, status, code, retryAfterMs, reopen }: ThreadError): Error {
  return Object.assign(new Error(reason), { code, retryAfterMs, ...(status && { status }), ...(reopen && { reopen }) });
}
