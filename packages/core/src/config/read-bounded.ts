import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { open } from "node:fs/promises";
import type { Clock } from "@cloudmarker/store-api";
import { withTimeout } from "../with-timeout.ts";

/** The most bytes of a configuration file. A larger one is a device or the wrong file. */
export const MOST_BYTES: number = 16 * 1024 * 1024;

/** Time for a whole file, in milliseconds: a pipe may have a slow writer, a disk may hang. */
const FILE_TIMEOUT_MS = 30_000;

/** Time limit for a file that is read synchronously, in milliseconds. */
const NOW_TIMEOUT_MS = 5_000;

/** @throws the error of the file system; Error if the file is too large or is not read in time */
export function readBounded(path: string, clock: Clock): Promise<Uint8Array> {
  return withTimeout(readAll(path), FILE_TIMEOUT_MS, clock, "it did not come to its end");
}

async function readAll(path: string): Promise<Uint8Array> {
  // Not `await using`: Node 22 cannot run that in a source that is not compiled.
  const file = await open(path, "r");
  try {
    const read = new Bounded();
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- each read starts where the last one ended
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(64 * 1024));
      if (bytesRead === 0) return read.bytes();
      read.add(buffer.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}

/**
 * Reads a file synchronously. Signals wait meanwhile, so a pipe gets little time: its writer must be ready.
 * @throws as {@link readBounded}
 */
export function readBoundedNow(path: string): Uint8Array {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const isPipe = fstatSync(fd).isFIFO();
    const read = new Bounded();
    for (let waitedMs = 0; waitedMs < NOW_TIMEOUT_MS;) {
      const chunk = readChunk(fd);
      // A pipe without a writer looks like a pipe at its end.
      const isOver = chunk?.length === 0 && !(isPipe && read.isEmpty);
      if (isOver) return read.bytes();
      if (chunk === undefined || chunk.length === 0) waitedMs += pause();
      else read.add(chunk);
    }
    throw new Error(`it did not come to its end within ${NOW_TIMEOUT_MS} ms`);
  } finally {
    closeSync(fd);
  }
}

/** `undefined` if nothing has arrived yet. */
function readChunk(fd: number): Buffer | undefined {
  const buffer = Buffer.allocUnsafe(64 * 1024);
  try {
    return buffer.subarray(0, readSync(fd, buffer));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EAGAIN") return undefined;
    throw error;
  }
}

function pause(): number {
  const ms = 5;
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  return ms;
}

class Bounded {
  readonly #chunks: Uint8Array[] = [];
  #size = 0;

  get isEmpty(): boolean {
    return this.#size === 0;
  }

  add(chunk: Uint8Array): void {
    this.#size += chunk.length;
    if (this.#size > MOST_BYTES) throw new Error(`it is larger than ${MOST_BYTES / 1024 / 1024} MiB`);
    this.#chunks.push(chunk);
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#chunks);
  }
}
