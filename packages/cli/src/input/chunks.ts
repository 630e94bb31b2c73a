import { open, type FileHandle } from "node:fs/promises";
import { closeSync, constants, open as openDescriptor } from "node:fs";
import type { Socket } from "node:net";
import { platform } from "node:os";
import type { Readable } from "node:stream";
import { ReadBuffers } from "./read-buffers.ts";

/**
 * The bytes of an input, and a way to stop waiting for more. A chunk stays valid until the second one after it is asked
 * for. The input is closed when the iteration ends or calls `return`.
 */
export interface Chunks extends AsyncIterable<Uint8Array> {
  /** No more chunks are wanted: ends the wait for the next one, if the system allows it. */
  stop(): void;
}

/**
 * A file, in large chunks; the next chunk is read while the last one is processed.
 * @param bytes its size, if known
 * @param from where reading begins, in bytes
 */
export function fileChunks(path: string, bytes?: number, from = 0): Chunks {
  let stopped = false;
  async function* read(): AsyncGenerator<Uint8Array> {
    await using file = await open(path, "r");
    const buffers = new ReadBuffers(bytes);
    // Only a regular file has places.
    let at = from > 0 ? from : null;
    let next = readChunk(file, buffers.next(), at);
    for (;;) {
      const chunk = await next;
      if (chunk.length === 0 || stopped) return;
      buffers.came(chunk.length);
      if (at !== null) at += chunk.length;
      next = readChunk(file, buffers.next(), at);
      // If nothing listens any longer, a rejection must not stay unhandled.
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
 * How a pipe is opened. On Linux the open does not wait for a writer: a call that waits in the thread pool would delay
 * the end of the process, and the read waits anyway. Other systems may report such a pipe as ended.
 */
const PIPE_FLAGS = constants.O_RDONLY | (platform() === "linux" ? constants.O_NONBLOCK : 0);

/**
 * A named pipe, a process substitution or a device. It is read through a socket, since a blocking read in the thread
 * pool would delay the end of the process until the other side writes.
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

async function readChunk(file: FileHandle, buffer: Buffer, at: number | null): Promise<Uint8Array> {
  const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
  return buffer.subarray(0, bytesRead);
}

function ignore(): void {}
