import { closeSync, fstatSync, openSync, readSync } from "node:fs";

// https://www.sqlite.org/fileformat2.html#the_write_ahead_log
const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const MAGIC = 0x377f0682;

/**
 * Whether a write-ahead log holds commits that SQLite does not see: it stops at the first frame that is damaged,
 * without a word. (A log that ends too early cannot be told from one that a kill cut off.)
 *
 * The locks are on the database, so this file may be opened and closed.
 * @param path of the log
 * @param frames how many SQLite sees
 */
export function hidesCommits(path: string, frames: number): boolean {
  const fd = openIfThere(path);
  if (fd === undefined) return false;
  try {
    const { size } = fstatSync(fd);
    if (size < HEADER_BYTES + FRAME_HEADER_BYTES) return false;
    const header = readAt(fd, 0, HEADER_BYTES);
    if (!isSound(header)) return true;
    const frameBytes = FRAME_HEADER_BYTES + header.getUint32(8);
    const salt = header.getBigUint64(16);
    for (let at = HEADER_BYTES + frames * frameBytes; at + frameBytes <= size; at += frameBytes) {
      const frame = readAt(fd, at, FRAME_HEADER_BYTES);
      // The last frame of a commit says how large the database is. Frames of an earlier use of the file have another
      // salt.
      if (frame.getUint32(4) !== 0 && frame.getBigUint64(8) === salt) return true;
    }
    return false;
  } finally {
    closeSync(fd);
  }
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function readAt(fd: number, position: number, length: number): DataView {
  const bytes = new Uint8Array(length);
  readSync(fd, bytes, 0, length, position);
  return new DataView(bytes.buffer);
}

/** Whether the checksum of the header is right. */
function isSound(header: DataView): boolean {
  const magic = header.getUint32(0);
  // The last bit tells in which order the words of the checksum are read.
  if ((magic & ~1) !== MAGIC) return false;
  const isLittle = (magic & 1) === 0;
  let [a, b] = [0, 0];
  for (let at = 0; at < 24; at += 8) {
    a = (a + header.getUint32(at, isLittle) + b) >>> 0;
    b = (b + header.getUint32(at + 4, isLittle) + a) >>> 0;
  }
  return a === header.getUint32(24) && b === header.getUint32(28);
}
