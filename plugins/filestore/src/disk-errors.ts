import { BlockedError, RetryError, type StoreError, isError, isStoreError } from "@cloudmarker/store-api";

interface DiskError {
  /** `retry`: may pass by itself. `blocked`: someone has to correct the folder, the permissions or the limits. */
  readonly status: "retry" | "blocked";
  readonly code: string;
  /** What is wrong and what to do. */
  readonly text: string;
}

/** A folder that cannot be made, though those above it exist or were made: a disk never reports that. */
const NO_FOLDER: DiskError = {
  status: "blocked",
  code: "no_folder",
  text: "the folder cannot be made there: this file system takes no new folders; change `path`",
};

const NO_PERMISSION: DiskError = {
  status: "blocked",
  code: "no_permission",
  text: "this user may not write there: it is another user's, or its rights forbid it; name a folder of your own, such as `path: ~/audit-records`, or change the rights",
};

/** The meaning of an error of the file system for the records of the write (FS-06). */
const DISK_ERRORS: Readonly<Record<string, DiskError>> = {
  ENOSPC: { status: "retry", code: "disk_full", text: "the disk has no space or no inodes left; free some" },
  EDQUOT: { status: "retry", code: "quota_exceeded", text: "the disk quota is used up; free some space or raise it" },
  EIO: { status: "retry", code: "io_error", text: "the disk reports an input/output error; check its health" },
  EMFILE: { status: "retry", code: "too_many_files", text: "this process has too many open files; raise `ulimit -n`" },
  ENFILE: { status: "retry", code: "too_many_files", text: "the system has too many open files" },
  EROFS: { status: "blocked", code: "read_only", text: "the file system is mounted read-only" },
  EACCES: NO_PERMISSION,
  EPERM: NO_PERMISSION,
  ENOTDIR: { status: "blocked", code: "not_a_folder", text: "a part of `path` is a file, not a folder" },
  EEXIST: { status: "blocked", code: "not_a_folder", text: "something that is not a folder is in the way" },
  EISDIR: { status: "blocked", code: "is_a_folder", text: "a folder stands where the file should go" },
  ENOENT: {
    status: "blocked",
    code: "folder_gone",
    text: "the folder or the file was removed while FileStore used it",
  },
  ENAMETOOLONG: { status: "blocked", code: "name_too_long", text: "the file system does not take names this long" },
  EILSEQ: {
    status: "blocked",
    code: "name_refused",
    text: "the file system does not take the characters of this name; give the worker another",
  },
  ELOOP: {
    status: "blocked",
    code: "symlink",
    text: "a symbolic link stands in the way; FileStore does not follow it",
  },
  EXDEV: {
    status: "blocked",
    code: "other_file_system",
    text: "the folder spans file systems; a file cannot be moved in it",
  },
  EFBIG: {
    status: "blocked",
    code: "file_too_large",
    text: "the file would be larger than `ulimit -f` or the disk allows",
  },
  ENODEV: { status: "blocked", code: "disk_gone", text: "the disk is gone" },
  ENXIO: { status: "blocked", code: "disk_gone", text: "the disk is gone" },
};

/** The params to blame, by code: whatever it is, another folder helps. */
export const BLAMES: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  [NO_FOLDER, ...Object.values(DISK_ERRORS)].map(({ code }) => [code, ["path"]]),
);

/**
 * The error that the host reads. An error that the table does not know is worth another try, since every failed write
 * is undone before it is reported. A StoreError stays as it is.
 * @param doing what FileStore was about to do, such as `write /tmp/cloudmarker/aws.json`
 */
export function toStoreError(cause: unknown, doing: string): StoreError {
  if (isStoreError(cause)) return cause;
  const errno = errnoOf(cause);
  const known = isUnmade(cause, errno) ? NO_FOLDER : DISK_ERRORS[errno];
  const text = known?.text ?? (isError(cause) ? cause.message : String(cause));
  const message = `Cannot ${doing}: ${text}${known ? ` (${errno})` : ""}.`;
  return known?.status === "blocked"
    ? new BlockedError(known.code, message, { cause })
    : new RetryError(known?.code ?? "disk_error", message, { cause });
}

/** Folders are made from the top, so nothing was removed: a file system such as `/proc` answers in this way. */
function isUnmade(cause: unknown, errno: string): boolean {
  return errno === "ENOENT" && isError(cause) && "syscall" in cause && cause.syscall === "mkdir";
}

/** `ENOSPC` and the like; empty if an error has none. */
export function errnoOf(error: unknown): string {
  return isError(error) && "code" in error && typeof error.code === "string" ? error.code : "";
}
