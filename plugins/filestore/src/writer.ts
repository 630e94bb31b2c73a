import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { BlockedError, RetryError } from "@cloudmarker/store-api";
import type { Batch, Outcome, StoreError, StoreRecord, WriteResult } from "@cloudmarker/store-api";
import type { Codec } from "./codec.ts";
import { toStoreError } from "./disk-errors.ts";
import { forEach } from "./few.ts";
import { syncNames } from "./folder.ts";
import type { Format } from "./format.ts";
import { encodeName, tempName, workerOf } from "./names.ts";
import { OpenFiles, Output } from "./output.ts";

/** Records are gathered up to this size before they go to the disk, so that memory does not grow with the batch. */
const BUFFER_BYTES = 1 << 20;
/**
 * Files that are written at a time. Node has four threads for calls of the disk; recovery and the rest of the process
 * need some of them.
 */
const AT_A_TIME = 2;
/** After this many bytes a sync starts early, so that the last fsync takes less time. */
const EARLY_SYNC_BYTES = 16 << 20;

/** Where and how records are written. */
export interface WriterOptions {
  readonly folder: string;
  readonly format: Format;
  readonly codec: Codec | undefined;
  /** Encoded run id. */
  readonly run: string;
  readonly token: string;
  readonly foldsCase: boolean;
  /** Files that may be open at a time. */
  readonly openFiles: number;
}

/** What a batch adds to a file, and where the file ended before. */
interface Part {
  readonly output: Output;
  /** Positions in the batch. */
  readonly indexes: readonly number[];
  readonly size: number;
  readonly records: number;
}

/**
 * Writes batches to one temporary file per worker. Its methods must not overlap, except {@link Writer.finish} for
 * different files.
 */
export class Writer {
  readonly files: OpenFiles;
  readonly #options: WriterOptions;
  readonly #outputs = new Map<string, Output>();
  /** Free buffers. */
  readonly #buffers: Buffer[] = [];
  #newNames = false;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.files = new OpenFiles(options.openFiles);
  }

  /** One output for each worker that was seen. */
  outputs(): Iterable<Output> {
    return this.#outputs.values();
  }

  /**
   * Resolves when every record is in a file. If the file of a worker fails, its records are taken back out and
   * reported.
   * @throws StoreError if the whole batch failed, or `signal` was aborted
   */
  async write(batch: Batch, signal: AbortSignal): Promise<WriteResult> {
    if (signal.aborted) throw this.#tooSlow();
    const parts = this.#sort(batch);
    const outcomes: Outcome[] = [];
    let failure: StoreError | undefined;
    const append = async (part: Part): Promise<void> => {
      const { output, indexes } = part;
      try {
        await this.files.hold(output, () => this.#append(part, batch));
      } catch (error) {
        failure = toStoreError(error, `write ${output.path}`);
        const { status, code, message } = failure;
        // Never "unknown" or "too_large": a failed write was cut off again, and a file takes records of any size.
        for (const index of indexes) {
          outcomes.push({ index, status: status === "blocked" ? "blocked" : "retry", code, reason: message });
        }
      }
    };
    await forEach(parts, signal, append, AT_A_TIME);
    if (signal.aborted) {
      // The host counts this attempt as failed and sends the records again, so they must not stay in the files.
      for (const { output, size, records } of parts) {
        output.records = records;
        output.torn ||= output.size > size;
        output.size = size;
      }
      throw this.#tooSlow();
    }
    if (failure && parts.length === 1) throw failure;
    return outcomes.length > 0 ? outcomes : undefined;
  }

  /** Makes durable what was written. Syncs all files before it throws the first error. */
  async flush(): Promise<void> {
    let failure: StoreError | undefined;
    for (const output of this.#outputs.values()) {
      if (output.unsynced && !output.damage) await this.#sync(output);
      failure ??= output.damage;
    }
    if (failure) throw failure;
    if (!this.#newNames) return;
    await syncNames(this.#options.folder);
    this.#newNames = false;
  }

  /** Completes, syncs and closes a file with this mode, so that it can be published. @throws StoreError */
  async finish(output: Output, mode: number): Promise<void> {
    if (output.damage) throw output.damage;
    await this.files.hold(output, () => this.#complete(output, mode));
    if (output.damage) throw output.damage;
  }

  async #complete(output: Output, mode: number): Promise<void> {
    const handle = await this.files.use(output);
    if (output.torn) await this.#repair(output);
    const { codec, format } = this.#options;
    const close = Buffer.from(format.close);
    if (close.length > 0) await this.#put(output, codec ? await codec.encode(close) : close);
    await handle.chmod(mode);
    await this.#sync(output);
    await this.files.close(output);
  }

  #tooSlow(): RetryError {
    return new RetryError("timeout", `Writing to ${this.#options.folder} took too long; the disk may be overloaded.`);
  }

  /** Sorts the records by file. Most records have the same worker as the one before. */
  #sort(batch: Batch): Part[] {
    const touched: Output[] = [];
    let lastWorker: string | undefined;
    let output: Output | undefined;
    for (const [index, record] of batch.entries()) {
      const worker = workerOf(record);
      if (output === undefined || worker !== lastWorker) {
        output = this.#outputOf(worker);
        lastWorker = worker;
        if (output.pending.length === 0) touched.push(output);
      }
      output.pending.push(index);
    }
    return touched.map((one) => {
      const { pending, size, records } = one;
      one.pending = [];
      return { output: one, indexes: pending, size, records };
    });
  }

  #outputOf(worker: string): Output {
    const known = this.#outputs.get(worker);
    if (known) return known;
    const { folder, format, codec, run, token, foldsCase } = this.#options;
    const target = encodeName(worker, { foldsCase }) + format.extension + (codec?.extension ?? "");
    const output = new Output(target, join(folder, tempName({ target, run, token })));
    this.#outputs.set(worker, output);
    return output;
  }

  /** All or nothing: a write that fails is cut off again at the last record boundary (FS-06). */
  async #append(part: Part, batch: Batch): Promise<void> {
    const { output, indexes, size } = part;
    if (output.damage) {
      const { code, message, cause } = output.damage;
      throw new BlockedError(code, message, { cause });
    }
    const { created } = output;
    await this.files.use(output);
    this.#newNames ||= !created;
    if (output.torn) await this.#repair(output);
    const buffer = this.#buffers.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES);
    try {
      await this.#encode(part, batch, buffer);
      output.records += indexes.length;
    } catch (error) {
      output.size = size;
      output.torn = true;
      // If this fails too, the next write or finish() tries again first.
      await this.#repair(output).catch(() => undefined);
      throw error;
    } finally {
      this.#buffers.push(buffer);
    }
  }

  async #encode({ output, indexes }: Part, batch: Batch, buffer: Buffer): Promise<void> {
    const { open, between, after } = this.#options.format;
    let before = output.records === 0 ? open : between;
    let filled = 0;
    for (const index of indexes) {
      const record = batch[index] as StoreRecord;
      const room = before.length + record.bytes + after.length;
      if (filled > 0 && filled + room > BUFFER_BYTES) {
        await this.#member(output, buffer.subarray(0, filled));
        filled = 0;
      }
      if (room > BUFFER_BYTES) {
        // Bytes, not `json`: the text would be one more copy (L-84).
        const large = Buffer.allocUnsafeSlow(room);
        putLine(large, 0, before, record, after);
        await this.#member(output, large);
        // Frees the memory now. The garbage collector would wait for the next record of this size.
        large.buffer.transfer(0);
      } else {
        filled = putLine(buffer, filled, before, record, after);
      }
      before = between;
    }
    if (filled > 0) await this.#member(output, buffer.subarray(0, filled));
  }

  async #member(output: Output, data: Buffer): Promise<void> {
    const { codec } = this.#options;
    await this.#put(output, codec ? await codec.encode(data) : data);
  }

  /** Writes all of `data` at the end of the file, in several calls where the system takes less at once. */
  async #put(output: Output, data: Buffer): Promise<void> {
    const handle = await this.files.use(output);
    output.unsynced = true;
    for (let done = 0; done < data.length;) {
      const { bytesWritten } = await handle.write(data, done, data.length - done, output.size);
      done += bytesWritten;
      output.size += bytesWritten;
    }
    output.sinceSync += data.length;
    if (output.sinceSync >= EARLY_SYNC_BYTES && !output.syncing) output.syncing = this.#syncEarly(output, handle);
  }

  async #syncEarly(output: Output, handle: FileHandle): Promise<void> {
    output.sinceSync = 0;
    try {
      await handle.datasync();
    } catch (error) {
      output.damage ??= toStoreError(error, `make ${output.path} durable`);
    }
    output.syncing = undefined;
  }

  async #repair(output: Output): Promise<void> {
    const handle = await this.files.use(output);
    await handle.truncate(output.size);
    output.torn = false;
  }

  /** After a failed fsync the system forgets what it could not write, so the same file is never asked again (FS-05). */
  async #sync(output: Output): Promise<void> {
    const handle = await this.files.use(output);
    await output.syncing;
    if (output.damage) return;
    try {
      await handle.sync();
      output.unsynced = false;
    } catch (error) {
      output.damage = toStoreError(error, `make ${output.path} durable`);
    }
  }
}

function putLine(buffer: Buffer, at: number, before: string, record: StoreRecord, after: string): number {
  const start = putAscii(buffer, at, before);
  return putAscii(buffer, start + record.writeTo(buffer, start), after);
}

/** One or two characters mostly: a loop is cheaper than a call into the engine. */
function putAscii(buffer: Buffer, at: number, text: string): number {
  for (let i = 0; i < text.length; i += 1) buffer[at + i] = text.charCodeAt(i);
  return at + text.length;
}
