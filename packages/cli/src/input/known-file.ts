import crypto from "node:crypto";
import type { Stats } from "node:fs";
import { open, stat } from "node:fs/promises";
import { grouped } from "../render/text.ts";

/** A regular file, so that it can be known again. */
export interface KnownFile {
  /** Absolute. */
  readonly path: string;
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

/** Why a file is not read on. */
export interface NotTheSame {
  /** The end of a sentence about it. */
  readonly why: string;
  /** It cannot be found or read now, and may be there again later, such as on a disk that is not mounted. */
  readonly isAway: boolean;
}

/**
 * What tells this file from others. The number of its disk does not: it may be another one once it is mounted again.
 */
export function knownFile(path: string, { ino, size, mtimeMs }: Stats): KnownFile {
  return { path, inode: ino, size, mtime: mtimeMs };
}

/**
 * Looks whether a file is still the one that was read.
 * @param beginning what was read of it first
 * @returns undefined if it is
 */
export async function whyNotTheSame(
  file: KnownFile,
  beginning: KnownBeginning | undefined,
): Promise<NotTheSame | undefined> {
  try {
    const why = differenceOf(file, knownFile(file.path, await stat(file.path)));
    if (why !== undefined) return { why, isAway: false };
    // Opened in any case, which tells whether it can be read.
    const digest = await digestOf(file, beginning?.bytes ?? 0);
    const isSame = !beginning || digest === beginning.sha256;
    return isSame ? undefined : { why: "begins with something else now", isAway: false };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { why: code === "ENOENT" ? "is gone" : `cannot be read: ${message}`, isAway: true };
  }
}

function differenceOf(before: KnownFile, now: KnownFile): string | undefined {
  if (now.inode !== before.inode) return "is another file now";
  if (now.size !== before.size) return `had ${grouped(before.size)} bytes, and has ${grouped(now.size)} now`;
  return now.mtime === before.mtime ? undefined : "was written to since";
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

/** Takes the first bytes of a file while it is read; their digest is made when it is asked for. */
export class Beginning {
  readonly #parts: Uint8Array[] = [];
  #bytes = 0;
  #known: KnownBeginning | undefined;

  take(chunk: Uint8Array): void {
    if (this.#bytes === MOST_BYTES) return;
    const part = new Uint8Array(chunk.subarray(0, MOST_BYTES - this.#bytes));
    this.#parts.push(part);
    this.#bytes += part.length;
    this.#known = undefined;
  }

  get known(): KnownBeginning {
    return (this.#known ??= { bytes: this.#bytes, sha256: this.#digest() });
  }

  #digest(): string {
    const hash = crypto.createHash("sha256");
    for (const part of this.#parts) hash.update(part);
    return hash.digest("hex");
  }
}
