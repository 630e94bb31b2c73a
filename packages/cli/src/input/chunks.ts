import { open, type FileHandle } from "node:fs/promises";
import { open as openDescriptor } from "node:fs";
import type { Socket } from "node:net";
import type { Readable } from "node:stream";

/** The bytes of an input, and the means to stop waiting for more. */
export interface Chunks extends AsyncIterable<Uint8Array> {
  /** Closes the input; a pending read ends. */
  stop(): void;
}

/** Bytes per read of a file: large enough that reading costs nothing beside parsing. */
const CHUNK_BYTES = 1024 * 1024;

/** A regular file, in large chunks; the next one is being read while the last is worked on. */
export function fileChunks(path: string): Chunks {
  let stopped = false;
  async function* read(): AsyncGenerator<Uint8Array> {
    await using file = await open(path, "r");
    let next = readChunk(file);
    for (;;) {
      const chunk = await next;
      if (chunk.length === 0 || stopped) return;
      next = readChunk(file);
      // Whoever stops listening must not leave a rejection behind.
      next.catch(ignore);
      yield chunk;
    }
  }
  return {
    [Symbol.asyncIterator]: read,
    stop() {
      stopped = true;
    },
  };
}

/** A stream that is open already, such as standard input. */
export function streamChunks(stream: Readable): Chunks {
  return {
    [Symbol.asyncIterator]: () => stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>,
    stop() {
      stream.destroy();
    },
  };
}

/**
 * A named pipe, a process substitution or a device. Through a socket, since a blocking read in the thread pool would hold up
 * the end of the process until the other side writes.
 */
export function pipeChunks(path: string): Chunks {
  let socket: Socket | undefined;
  let stopped = false;
  async function* read(): AsyncGenerator<Uint8Array> {
    const fd = await new Promise<number>((resolve, reject) => {
      openDescriptor(path, "r", (error, opened) => {
        if (error) reject(error);
        else resolve(opened);
      });
    });
    if (stopped) return;
    const net = await import("node:net");
    socket = new net.Socket({ fd, readable: true, writable: false });
    yield* socket;
  }
  return {
    [Symbol.asyncIterator]: read,
    stop() {
      stopped = true;
      socket?.destroy();
    },
  };
}

async function readChunk(file: FileHandle): Promise<Uint8Array> {
  // A fresh buffer each time: the reader keeps slices of it. Unpooled, and not zeroed for nothing.
  const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, null);
  return buffer.subarray(0, bytesRead);
}

function ignore(): void {}
