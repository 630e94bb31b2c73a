import { read } from "node:fs";
import { promisify } from "node:util";
import type { Chunks } from "./chunks.ts";

const CHUNK_BYTES = 1024 * 1024;

const readAt = promisify(read);

/**
 * What a descriptor that somebody else opened stands for, from where it stands on: standard input that is a file or a device. It stays open.
 * Node's own stream for standard input takes what it does not know, such as a folder, for empty.
 */
export function descriptorChunks(fd: number): Chunks {
  let stopped = false;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (;;) {
      // A fresh buffer each time: the reader keeps slices of it.
      const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
      const { bytesRead } = await readAt(fd, buffer, 0, CHUNK_BYTES, null);
      if (bytesRead === 0 || stopped) return;
      yield buffer.subarray(0, bytesRead);
    }
  }
  return {
    [Symbol.asyncIterator]: chunks,
    stop() {
      stopped = true;
    },
  };
}
