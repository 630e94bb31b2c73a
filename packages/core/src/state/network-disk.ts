import { readFileSync, realpathSync } from "node:fs";
import { platform } from "node:os";
import { dirname, sep } from "node:path";
import { StorageError } from "./storage-error.ts";

/** File systems that another machine serves, by their name in Linux: locks do not hold there, or not for all. */
const SERVED: ReadonlySet<string> = new Set(
  "9p afs ceph cifs coda davfs fuse.davfs2 fuse.glusterfs fuse.rclone fuse.s3fs fuse.sshfs ncpfs nfs nfs4 smb3 smbfs".split(
    " ",
  ),
);

/**
 * Refuses a network file system.
 * @param path a file whose folder is there
 * @param unsafe whether it is allowed all the same
 * @throws StorageError
 */
export function checkDisk(path: string, unsafe: boolean): void {
  const kind = unsafe ? undefined : networkOf(realpathSync(dirname(path)));
  if (kind === undefined) return;
  const message = `Cannot use ${path}: it is on a network file system (${kind}), on which the locks of SQLite cannot be trusted. Name a folder on a local disk with state_dir, or set state_dir_unsafe: true if only one machine uses this one.`;
  throw new StorageError("network", message);
}

/**
 * The kind of network file system that a folder is on; undefined where it is a local one, or unknown.
 * @param folder a path without links
 */
export function networkOf(folder: string): string | undefined {
  return servedBy(folder, mounts());
}

/**
 * @param mountinfo text of `/proc/self/mountinfo`; empty on other systems than Linux
 * @returns the kind of network file system that a folder is on; undefined where it is a local one, or unknown
 */
export function servedBy(folder: string, mountinfo: string): string | undefined {
  if (folder.startsWith("\\\\")) return "a share of Windows";
  let found = { point: "", kind: "" };
  for (const line of mountinfo.split("\n")) {
    // `36 35 98:0 /mnt1 /mnt/parent rw,noatime master:1 - ext3 /dev/root rw`: proc_pid_mountinfo(5).
    const [left = "", right = ""] = line.split(" - ");
    const point = unescape(left.split(" ")[4] ?? "");
    const isIn = folder === point || folder.startsWith(point.endsWith(sep) ? point : point + sep);
    // Of two on one folder the later one hides the other.
    if (point !== "" && isIn && point.length >= found.point.length)
      found = { point, kind: right.split(" ", 1)[0] ?? "" };
  }
  return SERVED.has(found.kind) ? found.kind : undefined;
}

/** Blanks and the like are written in octal. */
function unescape(path: string): string {
  return path.replaceAll(/\\(\d{3})/g, (_, digits: string) => String.fromCodePoint(Number.parseInt(digits, 8)));
}

function mounts(): string {
  if (platform() !== "linux") return "";
  try {
    return readFileSync("/proc/self/mountinfo", "utf8");
  } catch {
    // Not every container has it.
    return "";
  }
}
