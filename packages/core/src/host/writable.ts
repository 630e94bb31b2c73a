import { Writable } from "node:stream";
import { isError } from "@cloudmarker/store-api";

type Callback = (error?: Error | null) => void;

/** The parts of the host that a stream uses. */
export interface StreamDoor {
  /** Whether a record is taken at once. */
  isOpen(): boolean;
  /** The input as it is now, for later. */
  hold(input: unknown): unknown;
  /** Takes the input; undefined when there was room at once. */
  take(input: unknown): Promise<void> | undefined;
  /** The stream failed, or was destroyed before its end. */
  failed(error: unknown): void;
}

/** Written to make sure that all before it was taken. */
const MARK = Symbol("mark");

/**
 * A stream in object mode that hands every chunk to the host and slows its source while a store's queue is full. What
 * waits in the stream is stored as it was when it was written: producers use one object again for the next record.
 */
export class HostWritable extends Writable {
  readonly #door: StreamDoor;

  constructor(door: StreamDoor) {
    super({ objectMode: true });
    this.#door = door;
  }

  override write(chunk: unknown, encoding?: BufferEncoding | Callback, callback?: Callback): boolean {
    const isTakenNow = this.writableLength === 0 && this.writableCorked === 0 && this.#door.isOpen();
    const held = isTakenNow || chunk === null || chunk === MARK ? chunk : this.#door.hold(chunk);
    return typeof encoding === "function"
      ? super.write(held, encoding)
      : super.write(held, encoding ?? "utf8", callback);
  }

  override end(chunk?: unknown, encoding?: BufferEncoding | Callback, callback?: Callback): this {
    if (typeof chunk === "function") return super.end(chunk as Callback);
    if (chunk !== undefined && chunk !== null) this.write(chunk, typeof encoding === "string" ? encoding : "utf8");
    return super.end(typeof encoding === "function" ? encoding : callback);
  }

  override _write(held: unknown, _encoding: BufferEncoding, callback: Callback): void {
    const waiting = held === MARK ? undefined : this.#door.take(held);
    if (!waiting) return callback();
    void this.#finish(waiting, callback);
  }

  async #finish(waiting: Promise<void>, callback: Callback): Promise<void> {
    let failure: Error | undefined;
    try {
      await waiting;
    } catch (error) {
      // A callback with a falsy error would mean success.
      failure = isError(error) ? error : new Error(String(error), { cause: error });
    }
    callback(failure);
  }

  override _destroy(error: Error | null, callback: Callback): void {
    if (error) this.#door.failed(error);
    else if (!this.writableFinished) this.#door.failed(new Error("its stream was destroyed before its end"));
    callback(error);
  }

  /** Resolves when everything written is taken; if the stream was ended, at its end. */
  settled(): Promise<void> {
    return new Promise((resolve) => {
      if (this.closed) resolve();
      else if (this.writableEnded || this.destroyed) this.once("close", resolve);
      else this.write(MARK, () => resolve());
    });
  }
}
