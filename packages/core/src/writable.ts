import { Writable } from "node:stream";

/** A stream in object mode that hands every chunk to `write` and slows its source while a store's queue is full. */
export function hostWritable(write: (input: unknown) => Promise<void>): Writable {
  return new Writable({
    objectMode: true,
    write(chunk: unknown, _encoding, callback) {
      write(chunk).then(() => callback(), callback);
    },
    writev(chunks, callback) {
      write(chunks.map(({ chunk }) => chunk as unknown)).then(() => callback(), callback);
    },
  });
}
