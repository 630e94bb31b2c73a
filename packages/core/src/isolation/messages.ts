import type { Logger, RunEnd, StoreContext } from "@cloudmarker/store-api";
import { fieldsOf } from "../border/read.ts";
import { readError, type Thrown } from "../delivery/answer.ts";
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
  /** Where a relative path in each param starts; of any other param, under an empty name. */
  readonly folders: Readonly<Record<string, string>>;
}

/** The optional methods of a store; the answer to `open` lists those that it has. */
export const OPTIONAL_CALLS = ["flush", "check"] as const;

/** What the host asks of a thread. Each is answered once, under the same number, except `abort`. */
export type Request =
  | { readonly kind: "open" | "flush" | "check" | "close" }
  | { readonly kind: "write"; readonly batch: PackedBatch; readonly attempt: number }
  | { readonly kind: "done"; readonly run: Pick<RunEnd, "complete"> };

/** A request with its number; `abort` is about the write, or the `done`, of that number. */
export type Numbered = (Request | { readonly kind: "abort" }) & { readonly id: number };

/** What a thread says. */
export type Reply =
  | { readonly kind: "answer"; readonly id: number; readonly result: unknown }
  | { readonly kind: "failure"; readonly id: number; readonly error: Thrown }
  | { readonly kind: "log"; readonly level: keyof Logger; readonly message: string; readonly code?: string }
  /** The store says what became of records of a batch that it still writes. */
  | { readonly kind: "settle"; readonly id: number; readonly outcomes: unknown }
  /** The store says how far it is with publishing. */
  | { readonly kind: "progress"; readonly id: number; readonly done: unknown; readonly total: unknown }
  /** It has seen an `abort`. */
  | { readonly kind: "alive" };

const LEVELS: ReadonlySet<unknown> = new Set(["debug", "info", "warn", "error"]);

/** A message of a thread; undefined if it is not a reply, since the code of the plugin can send anything. */
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

function thrownOf(error: unknown): Thrown {
  const { status, code, reason, retryAfterMs } = fieldsOf(error, ["status", "code", "reason", "retryAfterMs"]) ?? {};
  return readError(Object.assign(new Error(typeof reason === "string" ? reason : ""), { status, code, retryAfterMs }));
}

/** The error that another thread sent, with all that the host reads. */
export function errorOf({ reason, status, code, retryAfterMs }: Thrown): Error {
  return Object.assign(new Error(reason), { code, retryAfterMs, ...(status && { status }) });
}
