// What crosses between the thread that stores and the side that asks it.
import type { JournalStart } from "./journal-db.ts";
import type { StorageReason } from "./storage-error.ts";

/** What the thread is started with. */
export interface StorageStart {
  readonly kind: "storage";
  /** Whether network file systems are allowed. */
  readonly unsafe: boolean;
}

/** The methods of an open journal and of the dead letters that can be called. */
export const JOURNAL_CALLS = ["commit", "read", "state", "close", "remove"] as const;
export const LETTERS_CALLS = [
  "addLetters",
  "importLetters",
  "letters",
  "records",
  "groups",
  "lanes",
  "places",
  "count",
  "changeLetters",
  "purgeLetters",
  "size",
  "close",
] as const;

/** Opens a database, which gets the number of the request as its own, or calls a method of one. */
export type StorageRequest =
  | { readonly call: "create"; readonly path: string; readonly start: JournalStart }
  | { readonly call: "open" | "openLetters"; readonly path: string }
  | { readonly call: "mendLetters"; readonly path: string; readonly now: number }
  | { readonly call: "method"; readonly of: number; readonly name: string; readonly args: readonly unknown[] };

/** A request with its number. */
export type StorageQuestion = StorageRequest & { readonly id: number };

/** Each request is answered once, under its number. */
export type StorageAnswer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: { readonly reason: StorageReason; readonly message: string } };
