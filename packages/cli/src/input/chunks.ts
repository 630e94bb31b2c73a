import { open, type FileHandle } from "node:fs/promises";
import { closeSync, constants, open as openDescriptor } from "node:fs";
import type { Socket } from "node:net";
import { platform } from "node:os";
import type { Readable } from "node:stream";
import { ReadBuffers } from "./read-buffers.ts";

/**
 * The bytes of an input, and the means to stop waiting for more. A chunk is good until the second one behind it is asked for. Whoever iterates closes it by coming to the end or by `return`.
 */
export interface Chunks extends AsyncIterable<Uint8Array> {
  /** No more is wanted: what is being waited for comes to an end, if the system lets it. */
  stop(): void;
}

/**
 * A file, in large chunks; the next one is being read while the last is worked on.
 * @param bytes its size, where it has one
 */
export function fileChunks(path: string, bytes?: number): Chunks {
  let stopped = false;
  async function* read(): AsyncGenerator<Uint8Array> {
    await using file = await open(path, "r");
    const buffers = new ReadBuffers(bytes);
    let next = readChunk(file, buffers.next());
    for (;;) {
      const chunk = await next;
      if (chunk.length === 0 || stopped) return;
      buffers.came(chunk.length);
      next = readChunk(file, buffers.next());
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
 * How a pipe is opened. On Linux without waiting for somebody who writes: what waits in the thread pool holds up the end of the process, and reading
 * waits all the same. Elsewhere the system may say that such a pipe is at its end.
 */
const PIPE_FLAGS = constants.O_RDONLY | (platform() === "linux" ? constants.O_NONBLOCK : 0);

/**
 * A named pipe, a process substitution or a device. Through a socket, since a blocking read in the thread pool would hold up
 * the end of the process until the other side writes.
 */
export function pipeChunks(path: string): Chunks {
  let socket: Socket | undefined;
  let stopped = false;
  async function* read(): AsyncGenerator<Uint8Array> {
    const net = await import("node:net");
    const fd = await openPipe(path);
    try {
      if (!stopped) socket = new net.Socket({ fd, readable: true, writable: false });
    } finally {
      if (!socket) closeSync(fd);
    }
    if (socket) yield* socket;
  }
  return {
    [Symbol.asyncIterator]: read,
    stop() {
      stopped = true;
      socket?.destroy();
    },
  };
}

function openPipe(path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    openDescriptor(path, PIPE_FLAGS, (error, opened) => {
      if (error) reject(error);
      else resolve(opened);
    });
  });
}

async function readChunk(file: FileHandle, buffer: Buffer): Promise<Uint8Array> {
  const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
  return buffer.subarray(0, bytesRead);
}

function ignore(): void {}
