import { read } from "node:fs";
import { promisify } from "node:util";
import type { Chunks } from "./chunks.ts";
import { ReadBuffers } from "./read-buffers.ts";

const readAt = promisify(read);

/**
 * The rest of an open descriptor, from its present position: standard input that is a file or a device. It stays open.
 * Node's own stream for standard input would read an unknown kind, such as a folder, as empty.
 */
export function descriptorChunks(fd: number): Chunks {
  let stopped = false;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    const buffers = new ReadBuffers();
    for (;;) {
      const buffer = buffers.next();
      const { bytesRead } = await readAt(fd, buffer, 0, buffer.length, null);
      if (bytesRead === 0 || stopped) return;
      buffers.came(bytesRead);
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
