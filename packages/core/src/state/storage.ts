import util from "node:util";
import threads, { type Worker } from "node:worker_threads";
import type { DiskTime } from "../disk-time.ts";
import { messageOf } from "../errors.ts";
import { JOURNAL_CALLS, LETTERS_CALLS, type StorageAnswer, type StorageRequest, type StorageStart } from "./calls.ts";
import type { JournalStart } from "./journal-db.ts";
import type { NewLetter } from "./kept-letters.ts";
import type { LettersDb } from "./letters-db.ts";
import type { Mended } from "./mend-letters.ts";
import { StorageError } from "./storage-error.ts";
import type { JournalChange, StoredJournal } from "./stored.ts";

/** The same methods, each of which answers later. */
type Later<T> = {
  readonly [Name in keyof T]: T[Name] extends (...args: infer Args) => infer Result
    ? (...args: Args) => Promise<Result>
    : never;
};

/** The dead letters of a state folder. Rejects with a `StorageError`. */
export type StoredLetters = Later<Pick<LettersDb, (typeof LETTERS_CALLS)[number]>>;

/** The journals of a state folder. All methods reject with a `StorageError`. */
export interface Storage {
  /** Makes the journal of a new run. */
  createJournal(path: string, start: JournalStart): Promise<StoredJournal>;
  /**
   * Takes the journal of a run whose process has ended. It may be read whole before that: there is no limit of time.
   */
  openJournal(path: string): Promise<StoredJournal>;
  /** Ends the thread. What was not closed is as after a kill: everything that was committed is there. */
  close(): Promise<void>;
}

/** The dead letters as well. */
export interface StateStorage extends Storage {
  /** Opens the dead letters, and makes their database where it is not there. */
  openLetters(path: string): Promise<StoredLetters>;
  /** Sets a damaged database aside, as {@link LettersDb.mend} does. All of it is read: there is no limit of time. */
  mendLetters(path: string, now: number): Promise<Mended>;
}

/** How {@link openStorage} works. */
export interface StorageOptions {
  /** The code of the thread: `findWorker` knows it. */
  readonly worker: URL;
  /** Limits the time of each call. */
  readonly disk: DiskTime;
  /** Whether network file systems are allowed. */
  readonly unsafe: boolean;
}

/** Starts the thread; an error of it rejects the first call. While no call is pending, it keeps no process alive. */
export function openStorage(options: StorageOptions): StateStorage {
  const thread = new StorageThread(options);
  const journal = (of: number, path: string): StoredJournal => thread.proxy(of, path, JOURNAL_CALLS) as StoredJournal;
  return {
    async createJournal(path, start) {
      return journal(await thread.open({ call: "create", path, start }, true), path);
    },
    async openJournal(path) {
      return journal(await thread.open({ call: "open", path }, false), path);
    },
    async openLetters(path) {
      return thread.proxy(await thread.open({ call: "openLetters", path }, true), path, LETTERS_CALLS) as StoredLetters;
    },
    mendLetters: (path, now) => thread.ask({ call: "mendLetters", path, now }) as Promise<Mended>,
    close: () => thread.end(),
  };
}

class StorageThread {
  readonly #disk: DiskTime;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #lastId = 0;
  #cause: unknown;
  #isOver = false;
  #isEnding = false;

  constructor({ worker, disk, unsafe }: StorageOptions) {
    this.#disk = disk;
    const workerData: StorageStart = { kind: "storage", unsafe };
    // Options of the program, such as `--input-type` or `--import`, are not for this code.
    this.#worker = new threads.Worker(worker, { workerData, execArgv: [], name: "cloudmarker storage" })
      .on("message", (answer: StorageAnswer) => this.#take(answer))
      .on("messageerror", (error) => this.#stop(error))
      .on("error", (error) => (this.#cause = error))
      .on("exit", (code) => this.#over(code));
    this.#worker.unref();
  }

  /** @returns the number that the database has in the thread */
  async open(request: StorageRequest & { readonly path: string }, limited: boolean): Promise<number> {
    let id = 0;
    const ask = (): Promise<unknown> => {
      const answer = this.ask(request);
      id = this.#lastId;
      return answer;
    };
    await (limited ? this.#limit(request.path, ask) : ask());
    return id;
  }

  /** An object whose methods are those of a database in the thread. */
  proxy(of: number, path: string, names: readonly string[]): unknown {
    const methods = names.map((name) => {
      const method = (...args: unknown[]): Promise<unknown> =>
        this.#limit(path, () => this.ask({ call: "method", of, name, args }, buffersOf(name, args)));
      return [name, method] as const;
    });
    return Object.fromEntries(methods);
  }

  async end(): Promise<void> {
    this.#isEnding = true;
    await this.#worker.terminate();
  }

  async #limit<T>(path: string, call: () => Promise<T>): Promise<T> {
    try {
      return await this.#disk.within(path, call);
    } catch (error) {
      throw error instanceof StorageError ? error : new StorageError("failed", `${messageOf(error)}.`, error);
    }
  }

  ask(request: StorageRequest, transfer: ArrayBuffer[] = []): Promise<unknown> {
    if (this.#isOver) return Promise.reject(this.#ended());
    const id = ++this.#lastId;
    const answer = Promise.withResolvers<unknown>();
    this.#worker.postMessage({ ...request, id }, transfer);
    this.#waiting.set(id, answer);
    this.#worker.ref();
    return answer.promise;
  }

  #take(answer: StorageAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    // The end of the thread is waited for.
    if (this.#waiting.size === 0 && !this.#isEnding) this.#worker.unref();
    if ("error" in answer) waiting?.reject(new StorageError(answer.error.reason, answer.error.message));
    else waiting?.resolve(answer.result);
  }

  #stop(cause: unknown): void {
    this.#cause ??= cause;
    void this.#worker.terminate();
  }

  #over(code: number): void {
    this.#isOver = true;
    this.#cause ??= new Error(`it ended with the code ${code}`);
    for (const waiting of this.#waiting.values()) waiting.reject(this.#ended());
    this.#waiting.clear();
  }

  #ended(): StorageError {
    const message = `The thread that writes to the state folder has ended: ${messageOf(this.#cause)}. What was committed is on disk.`;
    return new StorageError("ended", message, this.#cause);
  }
}

/** The memory of what is written: it is handed over or shared, not copied. */
function buffersOf(name: string, [first]: readonly unknown[]): ArrayBuffer[] {
  if (name === "commit")
    return ((first as JournalChange).blocks ?? []).flatMap(({ bytes: { buffer } }) =>
      util.types.isArrayBuffer(buffer) ? [buffer] : [],
    );
  const isAdded = name === "addLetters" || name === "importLetters";
  return isAdded ? (first as readonly NewLetter[]).map(({ record }) => record.buffer) : [];
}
