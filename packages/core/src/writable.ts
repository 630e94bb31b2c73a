import { Writable } from "node:stream";
import { callbackify } from "node:util";

/** A stream in object mode that hands every chunk to `write` and slows its source while a store's queue is full. */
export function hostWritable(write: (input: unknown) => Promise<void>): Writable {
  const send = callbackify(write);
  return new Writable({
    objectMode: true,
    write(chunk: unknown, _encoding, callback) {
      send(chunk, callback);
    },
  });
}
