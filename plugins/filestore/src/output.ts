import { constants, open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import type { StoreError } from "@cloudmarker/store-api";
import { errnoOf, toStoreError } from "./disk-errors.ts";
import { SAFELY } from "./plain-file.ts";

/** The temporary file of one worker in this run. */
export class Output {
  /** The name that the file will get. */
  readonly target: string;
  /** Path of the temporary file. */
  readonly path: string;
  /** Bytes and records that were acknowledged. */
  size = 0;
  records = 0;
  created = false;
  handle: FileHandle | undefined;
  /** Something was written after the last fsync. */
  unsynced = false;
  /** Bytes written since the last early sync was started, and that sync while it runs; it never rejects. */
  sinceSync = 0;
  syncing: Promise<void> | undefined;
  /** After `size` there are bytes of a failed write. */
  torn = false;
  /** Set, and never reset, once the disk failed in a way that leaves acknowledged records in doubt (FS-05, FS-17). */
  damage: StoreError | undefined;
  /** The file stays open, since it is being written or finished. */
  isPinned = false;
  /** Positions in the present batch. */
  pending: number[] = [];

  constructor(target: string, path: string) {
    this.target = target;
    this.path = path;
  }
}

/** Keeps at most `limit` files open, and fewer where the system grants fewer (FS-07). */
export class OpenFiles {
  #limit: number;
  /** Least recently used first; those that are being opened have no handle yet. */
  readonly #open = new Set<Output>();
  #closing = 0;
  /** Settles when a file is closed or can be closed. */
  #nextFree: PromiseWithResolvers<void> | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The open file of an output. It is created, privately and never through a link, when it is first used (FS-01). */
  async use(output: Output): Promise<FileHandle> {
    const { handle } = output;
    if (handle) {
      this.#open.delete(output);
      this.#open.add(output);
      return handle;
    }
    while (this.#open.size >= this.#limit) await this.#makeRoom();
    this.#open.add(output);
    try {
      output.handle = await this.#openAnyhow(output);
    } catch (error) {
      this.#open.delete(output);
      this.#sayFree();
      throw error;
    }
    output.created = true;
    return output.handle;
  }

  /** Does something with the file of an output, which stays open meanwhile. */
  async hold<T>(output: Output, task: () => Promise<T>): Promise<T> {
    output.isPinned = true;
    try {
      return await task();
    } finally {
      output.isPinned = false;
      this.#sayFree();
    }
  }

  /** Closes the file; if that fails, records that were not synced are in doubt (FS-17). */
  async close(output: Output): Promise<void> {
    const { handle } = output;
    output.handle = undefined;
    this.#open.delete(output);
    this.#closing += 1;
    try {
      await handle?.close();
    } catch (error) {
      if (output.unsynced) output.damage = toStoreError(error, `close ${output.path}`);
    }
    this.#closing -= 1;
    this.#sayFree();
  }

  async #openAnyhow(output: Output): Promise<FileHandle> {
    for (;;) {
      try {
        return await open(output.path, output.created ? constants.O_RDWR | SAFELY : "wx+", 0o600);
      } catch (error) {
        const tooMany = errnoOf(error) === "EMFILE" || errnoOf(error) === "ENFILE";
        const hasOthers = this.#closing > 0 || Array.from(this.#open).some(({ handle }) => handle !== undefined);
        if (!tooMany || !hasOthers) throw error;
        // Others in this process need file handles, too.
        this.#limit = Math.max(1, this.#open.size >> 1);
        await this.#makeRoom();
      }
    }
  }

  /** Closes the file that was not used for longest; if all are in use, waits for one of them. */
  async #makeRoom(): Promise<void> {
    for (const output of this.#open) if (!output.isPinned) return this.close(output);
    this.#nextFree ??= Promise.withResolvers<void>();
    await this.#nextFree.promise;
  }

  #sayFree(): void {
    this.#nextFree?.resolve();
    this.#nextFree = undefined;
  }
}
