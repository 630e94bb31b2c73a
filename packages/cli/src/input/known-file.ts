import crypto, { type Hash } from "node:crypto";
import type { Stats } from "node:fs";
import { open, stat } from "node:fs/promises";

/** A regular file, so that it can be known again. */
export interface KnownFile {
  /** Absolute. */
  readonly path: string;
  readonly device: number;
  readonly inode: number;
  /** In bytes. */
  readonly size: number;
  /** Time of the last change of its content, in milliseconds. */
  readonly mtime: number;
  /** Where reading began, in bytes: standard input may have been read by another program before. @default 0 */
  readonly from?: number;
}

/** The beginning of what was read of a file. */
export interface KnownBeginning {
  /** How many bytes it has. */
  readonly bytes: number;
  /** Its SHA-256, in hexadecimal. */
  readonly sha256: string;
}

/** Bytes that the digest of a beginning takes in at most: what tells one file from another, and costs nothing. */
const MOST_BYTES = 64 * 1024;

/** What tells this file from others. */
export function knownFile(path: string, { dev, ino, size, mtimeMs }: Stats): KnownFile {
  return { path, device: dev, inode: ino, size, mtime: mtimeMs };
}

/**
 * Looks whether a file is still the one that was read.
 * @param beginning what was read of it first
 * @returns why it is not, as the end of a sentence about it; undefined if it is
 */
export async function whyChanged(file: KnownFile, beginning: KnownBeginning | undefined): Promise<string | undefined> {
  try {
    const now = knownFile(file.path, await stat(file.path));
    if (now.device !== file.device || now.inode !== file.inode) return "is another file now";
    if (now.size !== file.size) return `had ${file.size} bytes, and has ${now.size} now`;
    if (now.mtime !== file.mtime) return "was written to since";
    const isSame = !beginning || (await digestOf(file, beginning.bytes)) === beginning.sha256;
    return isSame ? undefined : "begins with something else now";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT"
      ? "is gone"
      : `cannot be read: ${(error as Error).message}`;
  }
}

async function digestOf({ path, from = 0 }: KnownFile, bytes: number): Promise<string> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, from);
    return crypto.createHash("sha256").update(buffer.subarray(0, bytesRead)).digest("hex");
  } finally {
    await file.close();
  }
}

/** Takes the digest of the first bytes of a file while it is read. */
export class Beginning {
  #hash: Hash | undefined;
  #bytes = 0;
  #known: KnownBeginning | undefined;

  take(chunk: Uint8Array): void {
    if (this.#bytes === MOST_BYTES) return;
    const part = chunk.subarray(0, MOST_BYTES - this.#bytes);
    (this.#hash ??= crypto.createHash("sha256")).update(part);
    this.#bytes += part.length;
    this.#known = undefined;
  }

  get known(): KnownBeginning {
    const hash = this.#hash?.copy() ?? crypto.createHash("sha256");
    return (this.#known ??= { bytes: this.#bytes, sha256: hash.digest("hex") });
  }
}
