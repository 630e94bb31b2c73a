import { messageOf } from "../errors/message-of.ts";

/** Why a database of the state folder cannot be used. */
export type StorageReason =
  /** Another process has it. */
  | "locked"
  /** A newer version of this package made it. */
  | "newer"
  /** It is no database, or not one of this kind. */
  | "foreign"
  /** It is so damaged that nothing can be read. */
  | "damaged"
  | "missing"
  /** Its process ended before anything was in it: it can be removed. */
  | "empty"
  | "exists"
  /** The disk has no room. */
  | "full"
  | "read_only"
  | "denied"
  /** It is on a network file system, on which locks cannot be trusted. */
  | "network"
  /** The thread that does the work ended, or was closed. */
  | "ended"
  /** Any other error of the disk. */
  | "failed";

/** A database of the state folder cannot be opened, read or written. The message says what, where and what to do. */
export class StorageError extends Error {
  override readonly name: string = "StorageError";
  readonly reason: StorageReason;

  constructor(reason: StorageReason, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.reason = reason;
  }
}

/** Primary result codes of SQLite (https://www.sqlite.org/rescode.html). */
const SQLITE: Readonly<Record<number, StorageReason>> = {
  3: "denied",
  5: "locked",
  8: "read_only",
  11: "damaged",
  13: "full",
  23: "denied",
  26: "foreign",
};

/** The memory that processes share beside a database cannot be made, or not be mapped: the disk has no room for it. */
const SHARED_MEMORY: ReadonlySet<unknown> = new Set([4874, 5386]);

/** An error of the disk. */
const IO_ERROR = 10;

const UNREADABLE = 266;
const SHORT_READ = 522;

const SYSTEM: Readonly<Record<string, StorageReason>> = {
  ENOENT: "missing",
  EEXIST: "exists",
  ENOSPC: "full",
  EDQUOT: "full",
  EROFS: "read_only",
  EACCES: "denied",
  EPERM: "denied",
  ERR_ACCESS_DENIED: "denied",
};

const ADVICE: Partial<Record<StorageReason, string>> = {
  locked: "another process is using it; wait until that one has ended",
  full: "its disk has no room left; free some",
  read_only: "it, or its file system, cannot be written to",
  denied: "there is no permission to use it",
  damaged: "the file is damaged",
  foreign: "the file is no database of SQLite",
};

/** The error as one of this kind, with the path. @param doing what was tried, such as `write to` */
export function storageError(error: unknown, path: string, doing: string): StorageError {
  if (error instanceof StorageError) return error;
  const reason = reasonOf(error);
  // In our words where there are some; `cause` has those of SQLite or of the system.
  const why =
    ADVICE[reason] ?? `${messageOf(error)}${isOfDisk(error) ? "; look at its disk, and at the room there" : ""}`;
  return new StorageError(reason, `Cannot ${doing} ${path}: ${why}.`, error);
}

function isOfDisk(error: unknown): boolean {
  const { errcode } = error as { errcode?: unknown };
  return typeof errcode === "number" && (errcode & 0xff) === IO_ERROR;
}

/** Whether the file itself is the reason: nothing in it can be used. */
export function isDamage(error: unknown): boolean {
  const reason = reasonOf(error);
  return reason === "damaged" || reason === "foreign";
}

/** Why SQLite or the system refused. */
export function reasonOf(error: unknown): StorageReason {
  if (error instanceof StorageError) return error.reason;
  const { code, errcode } = error as { code?: unknown; errcode?: unknown };
  // A file that was cut off, and one that the disk cannot read.
  if (errcode === SHORT_READ || errcode === UNREADABLE) return "damaged";
  if (SHARED_MEMORY.has(errcode)) return "full";
  // The low byte is the primary code; what is above it tells kinds of it apart.
  if (typeof errcode === "number") return SQLITE[errcode & 0xff] ?? "failed";
  return (typeof code === "string" && SYSTEM[code]) || "failed";
}
