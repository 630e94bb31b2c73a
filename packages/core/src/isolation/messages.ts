import type { Logger, RunEnd } from "@cloudmarker/store-api";
import type { Thrown } from "../delivery/answer.ts";
import type { PackedBatch } from "./packed-batch.ts";

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
export interface ThreadContext {
  readonly key: string;
  readonly audit: string;
  readonly run: string;
  readonly startedMs: number;
  readonly workers: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** Where a relative path in each param starts; of any other param, under an empty name. */
  readonly folders: Readonly<Record<string, string>>;
}

/** What the host asks of a thread. Each is answered once, under the same number, save `abort`. */
export type Request =
  | { readonly kind: "open" | "flush" | "close" }
  | { readonly kind: "write"; readonly batch: PackedBatch; readonly attempt: number }
  | { readonly kind: "done"; readonly run: RunEnd };

/** A request with its number; `abort` is about the write of that number. */
export type Numbered = (Request | { readonly kind: "abort" }) & { readonly id: number };

/** What a thread says. */
export type Reply =
  | { readonly kind: "answer"; readonly id: number; readonly result: unknown }
  | { readonly kind: "failure"; readonly id: number; readonly error: Thrown }
  | { readonly kind: "log"; readonly level: keyof Logger; readonly message: string }
  /** It has seen an `abort`. */
  | { readonly kind: "alive" };

/** The error that another thread sent, with all that the host reads. */
export function errorOf({ reason, status, code, retryAfterMs }: Thrown): Error {
  return Object.assign(new Error(reason), { code, retryAfterMs, ...(status && { status }) });
}
