import { pathToFileURL } from "node:url";
import threads, { type Worker } from "node:worker_threads";
import type {
  CheckReport,
  DoneReport,
  Outcome,
  RunEnd,
  Store,
  StoreContext,
  WriteContext,
  WriteResult,
} from "@cloudmarker/store-api";
import { UnknownOutcomeError } from "@cloudmarker/store-api";
import { CLOSE_MS } from "../clock.ts";
import { messageOf } from "../errors.ts";
import type { LoadedPlugin } from "../plugins/load-plugin.ts";
import type { Identity } from "../records/identity.ts";
import { withTimeout } from "../with-timeout.ts";
import { errorOf, type Numbered, readReply, type Reply, type Request, type ThreadStart } from "./messages.ts";
import { packBatch } from "./packed-batch.ts";

/** The store, its plugin and its thread. */
export interface ThreadOptions {
  /** Key of the store. */
  readonly key: string;
  readonly loaded: LoadedPlugin;
  readonly params: Record<string, unknown>;
  /** JSON pointers of `audits.<name>.id`. */
  readonly idPointers: readonly string[];
  /** Time limit for opening the store, in milliseconds. */
  readonly timeoutMs: number;
  readonly context: StoreContext;
  readonly identity: Identity;
  /** The code of the thread. */
  readonly worker: URL;
  /** Called once if the thread ends before it is closed. The store cannot be used after that. */
  readonly crashed: (cause: Error) => void;
}

/** Time in which a thread must confirm an `abort`, in milliseconds. */
const REACTION_MS = 5_000;

/** Opens a store in its own thread. A failure of the thread rejects the pending requests and affects nothing else. */
export async function openInThread(options: ThreadOptions): Promise<Store> {
  const thread = new StoreThread(options);
  const calls = await thread.open();
  return {
    async write(batch, { attempt, signal, settle }) {
      const packed = packBatch(batch);
      const request = { kind: "write", batch: packed, attempt } as const;
      return (await thread.ask(request, { signal, settle, transfer: [packed.bytes.buffer] })) as WriteResult;
    },
    ...(calls.includes("flush") && {
      async flush() {
        await thread.ask({ kind: "flush" });
      },
    }),
    ...(calls.includes("check") && { check: async () => (await thread.ask({ kind: "check" })) as CheckReport }),
    done: ({ complete, ...end }) => thread.done({ kind: "done", run: { complete } }, end),
    async close() {
      // If the store does not close in time, its thread is ended.
      try {
        await withTimeout(thread.ask({ kind: "close" }), CLOSE_MS, options.context.clock, "no answer");
      } finally {
        await thread.end();
      }
    },
  };
}

interface AskOptions {
  readonly signal?: AbortSignal;
  /** Takes outcomes that the store reports before it answers. */
  readonly settle?: WriteContext["settle"] | undefined;
  readonly transfer?: ArrayBuffer[];
}

/** A pending request. */
interface Waiting extends PromiseWithResolvers<unknown> {
  readonly settle: AskOptions["settle"];
}

/** The host's end of a thread. */
class StoreThread {
  readonly #options: ThreadOptions;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #cause: Error | undefined;
  #isOpen = false;
  #isOver = false;
  #reactionTimer: unknown;
  /** Takes the steps that `done` reports while it is under way. */
  #progress: { readonly id: number; readonly take: (done: unknown, total: unknown) => void } | undefined;

  constructor(options: ThreadOptions) {
    this.#options = options;
    this.#worker = new threads.Worker(options.worker, { workerData: startOf(options), name: options.key })
      .on("message", (message: unknown) => this.#take(readReply(message)))
      .on("messageerror", (error) => this.#stop(error))
      .on("error", (error) => (this.#cause = error as Error))
      .on("exit", (code) => this.#over(this.#cause ?? new Error(`it ended with the code ${code}`)));
  }

  /** @returns which of {@link OPTIONAL_CALLS} the store has */
  async open(): Promise<readonly unknown[]> {
    const { context, key, timeoutMs } = this.#options;
    const { clock } = context;
    try {
      const opening = this.ask({ kind: "open" });
      const calls = await withTimeout(opening, timeoutMs, clock, `${key} did not open`);
      this.#isOpen = true;
      return Array.isArray(calls) ? calls : [];
    } catch (error) {
      await this.end();
      throw error;
    }
  }

  /** Sends one request. Rejects if the store throws, if the thread ends, or if the signal is aborted. */
  ask(request: Request, { signal, settle, transfer = [] }: AskOptions = {}): Promise<unknown> {
    if (this.#isOver) return Promise.reject(this.#crash());
    const id = ++this.#lastId;
    const answer = Promise.withResolvers<unknown>();
    this.#waiting.set(id, { ...answer, settle });
    this.#worker.ref();
    this.#post({ ...request, id }, transfer);
    const abort = (): void => {
      this.#abort(id);
      answer.reject(signal?.reason);
      this.#settled(id);
    };
    signal?.addEventListener("abort", abort, { once: true });
    return answer.promise.finally(() => signal?.removeEventListener("abort", abort));
  }

  /** Calls `done` of the store. Unlike `write`, it may still answer after its signal was aborted. */
  async done(request: Request, { signal, progress }: Omit<RunEnd, "complete">): Promise<DoneReport | undefined> {
    const answer = this.ask(request);
    const id = this.#lastId;
    const abort = (): void => this.#abort(id);
    signal?.addEventListener("abort", abort, { once: true });
    this.#progress = { id, take: (done, total) => progress?.(done as number, total as number) };
    try {
      return (await answer) as DoneReport | undefined;
    } finally {
      this.#progress = undefined;
      signal?.removeEventListener("abort", abort);
    }
  }

  /** Ends the thread at once. */
  async end(): Promise<void> {
    this.#isOpen = false;
    await this.#worker.terminate();
  }

  /** Aborts a request in the thread. A thread that does not confirm it in time is ended. */
  #abort(id: number): void {
    this.#post({ kind: "abort", id });
    this.#reactionTimer ??= this.#options.context.clock.setTimeout(
      () => this.#stop(new Error(`it did not react for ${REACTION_MS} ms`)),
      REACTION_MS,
    );
  }

  #post(message: Numbered, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  #take(reply: Reply | undefined): void {
    const { context } = this.#options;
    switch (reply?.kind) {
      case "log":
        return context.logger[reply.level](reply.message, reply.code === undefined ? {} : { code: reply.code });
      case "alive":
        context.clock.clearTimeout(this.#reactionTimer);
        this.#reactionTimer = undefined;
        return;
      case "progress":
        if (this.#progress?.id === reply.id) this.#progress.take(reply.done, reply.total);
        return;
      case "settle":
        return this.#waiting.get(reply.id)?.settle?.(reply.outcomes as readonly Outcome[]);
      case "answer":
        this.#waiting.get(reply.id)?.resolve(reply.result);
        return this.#settled(reply.id);
      case "failure":
        this.#waiting.get(reply.id)?.reject(errorOf(reply.error));
        return this.#settled(reply.id);
    }
  }

  /** A thread without a pending request must not keep the process alive. */
  #settled(id: number): void {
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#worker.unref();
  }

  #stop(cause: Error): void {
    this.#cause ??= cause;
    void this.#worker.terminate();
  }

  #over(cause: Error): void {
    this.#isOver = true;
    this.#cause = cause;
    this.#options.context.clock.clearTimeout(this.#reactionTimer);
    if (this.#isOpen) this.#options.crashed(cause);
    for (const answer of this.#waiting.values()) answer.reject(this.#crash());
    this.#waiting.clear();
  }

  #crash(): UnknownOutcomeError {
    const message = `The thread of ${this.#options.key} crashed: ${messageOf(this.#cause)}.`;
    return new UnknownOutcomeError("crashed", message, { cause: this.#cause });
  }
}

function startOf({ params, loaded, idPointers, context, identity }: ThreadOptions): ThreadStart {
  const { resolvePath, logger: _logger, clock: _clock, env, ...rest } = context;
  const names = ["", ...Object.keys(params)];
  const folders = Object.fromEntries(names.map((name) => [name, resolvePath(name, ".")]));
  return {
    plugin: pathToFileURL(loaded.path ?? "").href,
    params,
    context: { ...rest, env: { ...env }, home: resolvePath("", "~"), folders },
    identity: { run: identity.run, pointers: idPointers },
  };
}
