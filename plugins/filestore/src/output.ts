import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { errnoOf, toStoreError } from "./disk-errors.ts";
import type { StoreError } from "@cloudmarker/store-api";

/** The temporary file of one worker in this run. */
export class Output {
  /** Name that the file is going to have. */
  readonly target: string;
  /** Path of the temporary file. */
  readonly path: string;
  /** Bytes and records that were acknowledged. */
  size = 0;
  records = 0;
  created = false;
  handle: FileHandle | undefined;
  /** Something was written that no fsync has covered. */
  unsynced = false;
  /** Bytes written since the last early sync was started, and that sync while it runs; it never rejects. */
  sinceSync = 0;
  syncing: Promise<void> | undefined;
  /** Behind `size` lie bytes of a failed write. */
  torn = false;
  /** Set for good once the disk failed in a way that leaves acknowledged records in doubt (FS-05, FS-17). */
  damage: StoreError | undefined;
  /** Positions in the batch at hand. */
  pending: number[] = [];

  constructor(target: string, path: string) {
    this.target = target;
    this.path = path;
  }
}

/** Keeps at most `limit` files open, and fewer where the system grants fewer (FS-07). */
export class OpenFiles {
  readonly #limit: number;
  /** Least recently used first. */
  readonly #open = new Set<Output>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The open file of an output; created, privately and never through a link, when first used (FS-01). */
  async use(output: Output): Promise<FileHandle> {
    const { handle } = output;
    if (handle) {
      this.#open.delete(output);
      this.#open.add(output);
      return handle;
    }
    while (this.#open.size >= this.#limit) await this.#closeOldest();
    const opened = await this.#openAnyhow(output);
    output.handle = opened;
    output.created = true;
    this.#open.add(output);
    return opened;
  }

  /** Closes the file; an error in doing so puts what was not yet synced in doubt (FS-17). */
  async close(output: Output): Promise<void> {
    const { handle } = output;
    output.handle = undefined;
    this.#open.delete(output);
    try {
      await handle?.close();
    } catch (error) {
      if (output.unsynced) output.damage = toStoreError(error, `close ${output.path}`);
    }
  }

  async #openAnyhow(output: Output): Promise<FileHandle> {
    for (;;) {
      try {
        return await open(output.path, output.created ? "r+" : "wx+", 0o600);
      } catch (error) {
        const tooMany = errnoOf(error) === "EMFILE" || errnoOf(error) === "ENFILE";
        if (!tooMany || this.#open.size === 0) throw error;
        await this.#closeOldest();
      }
    }
  }

  async #closeOldest(): Promise<void> {
    const [oldest] = this.#open;
    if (oldest) await this.close(oldest);
  }
}
