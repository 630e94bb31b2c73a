import { AsyncLocalStorage } from "node:async_hooks";
import type {
  Batch,
  Logger,
  Outcome,
  OutcomeStatus,
  Store,
  StoreContext,
  StorePlugin,
  StoreRecord,
  WriteContext,
  WriteResult,
} from "@cloudmarker/store-api";

/** What the store said of one record in one attempt; `failed`: it threw an error without a status. */
export type Said = OutcomeStatus | "failed" | "too_large";

/** One call of `write`. */
export interface Attempt {
  readonly batch: Batch;
  /** What it said of each record. Empty while it has not answered. */
  readonly said: readonly Said[];
  /** What it threw. */
  readonly error: unknown;
  /** Whether its time was over before it answered: the host ignores the answer. */
  readonly late: boolean;
  /** Records that it acknowledged and that were not there at that moment. */
  readonly missing: readonly StoreRecord[];
}

/** Looks for records that were acknowledged. @returns those that are not there */
export type Look = (records: readonly StoreRecord[]) => Promise<readonly StoreRecord[]>;

/** What is seen of a store while the host runs it. */
export interface Watched {
  readonly plugin: StorePlugin;
  readonly attempts: readonly Attempt[];
  /** Calls in the order in which they began, and how each ended: `open`, `write failed` and so on. */
  readonly calls: readonly string[];
  /** Every text that the store handed to the host or its logger: reasons, errors, notes, messages. */
  readonly texts: readonly string[];
  /** What it printed itself. */
  readonly printed: readonly string[];
  /** Records that were acknowledged and not there at the moment at which they had to be. */
  readonly missing: readonly StoreRecord[];
  /** Whether it changed a batch. */
  readonly changedBatch: boolean;
}

/** How a store is watched. */
export interface WatchOptions {
  /**
   * When to look for what was acknowledged; `first`: at `flush` if the store has one, else at `write`; undefined: not
   * before the run is over.
   */
  readonly lookAt?: "write" | "flush" | "first" | undefined;
  readonly look?: Look | undefined;
  /** Called before each call of `write` reaches the store. */
  readonly beforeWrite?: ((batch: Batch) => void | Promise<void>) | undefined;
}

/** True inside of a call of the store, and of what it leads to. */
const inStore = new AsyncLocalStorage<string[]>();

/** Whether the code that asks was called by the store. */
export function inStoreNow(): boolean {
  return inStore.getStore() !== undefined;
}

/** The plugin, watched from the place where the host calls it. The store is called as the host calls it. */
export function watch(plugin: StorePlugin, { lookAt, look, beforeWrite }: WatchOptions): Watched {
  const attempts: Attempt[] = [];
  const calls: string[] = [];
  const texts: string[] = [];
  const printed: string[] = [];
  const missing: StoreRecord[] = [];
  const unflushed: StoreRecord[] = [];
  let changedBatch = false;
  let looksAt = lookAt;

  /** Calls a method of the store, and notes that, and everything that comes of it. */
  const call = async <T>(name: string, work: () => T | Promise<T>): Promise<T> => {
    const place = calls.push(name) - 1;
    try {
      const answer = await inStore.run(printed, work);
      gather(answer, texts);
      return answer;
    } catch (error) {
      calls[place] = `${name} failed`;
      gather(error, texts);
      throw error;
    }
  };

  const write = async (store: Store, batch: Batch, context: WriteContext): Promise<WriteResult> => {
    await beforeWrite?.(batch);
    const copy = [...batch];
    const settled: Outcome[] = [];
    const settle = (outcomes: readonly Outcome[]): void => {
      settled.push(...outcomes);
      gather(outcomes, texts);
      context.settle?.(outcomes);
    };
    let answer: WriteResult;
    let error: unknown;
    let threw = false;
    try {
      answer = await call("write", () => store.write(batch, { ...context, signal: context.signal, settle }));
    } catch (caught) {
      error = caught;
      threw = true;
    }
    const late = context.signal.aborted;
    changedBatch ||= batch.length !== copy.length || batch.some((record, index) => record !== copy[index]);
    const said = saidOf(copy.length, settled, answer, threw ? { error } : undefined);
    const acknowledged = late ? [] : copy.filter((_, index) => isThere(said[index]));
    const absent = looksAt === "write" && look ? await look(acknowledged) : [];
    missing.push(...absent);
    unflushed.push(...acknowledged);
    attempts.push({ batch: copy, said, error, late, missing: absent });
    if (threw) throw error;
    return answer;
  };

  const wrap = (store: Store): Store => ({
    write: (batch, context) => write(store, batch, context),
    ...(store.flush && {
      flush: async () => {
        const due = unflushed.splice(0);
        await call("flush", () => store.flush?.());
        if (looksAt === "flush" && look) missing.push(...(await look(due)));
      },
    }),
    ...(store.done && { done: (run) => call("done", () => store.done?.(run)) }),
    ...(store.check && { check: () => call("check", () => store.check?.() as never) }),
    ...(store.close && { close: () => call("close", () => store.close?.()) }),
  });

  const watched: StorePlugin = {
    ...plugin,
    async open(params, context) {
      const store = await call("open", () => plugin.open(params, heard(context, texts)));
      if (lookAt === "first")
        looksAt = typeof (store as Partial<Store> | undefined)?.flush === "function" ? "flush" : "write";
      // What is no store is for the host to judge.
      return typeof (store as Partial<Store> | undefined)?.write === "function" ? wrap(store) : store;
    },
  };
  const get = { attempts, calls, texts, printed, missing };
  return {
    plugin: watched,
    ...get,
    get changedBatch() {
      return changedBatch;
    },
  };
}

/** Whether a record with this outcome has to be there. */
export function isThere(said: Said | undefined): boolean {
  return said === "written" || said === "duplicate";
}

/** What the store said of each record, as the host reads it. */
function saidOf(
  count: number,
  settled: readonly Outcome[],
  answer: WriteResult,
  threw: { readonly error: unknown } | undefined,
): Said[] {
  const status = (threw?.error as { readonly status?: unknown } | undefined)?.status;
  const all: Said = threw ? (STATUSES.has(status as Said) ? (status as Said) : "failed") : "written";
  const said = Array.from({ length: count }, () => all);
  const answered = Array.isArray(answer) ? (answer as readonly Outcome[]) : [];
  for (const outcome of [...settled, ...answered])
    if (outcome.index < count && outcome.index >= 0) said[outcome.index] = outcome.status;
  return said;
}

const STATUSES: ReadonlySet<Said> = new Set([
  "written",
  "duplicate",
  "retry",
  "unknown",
  "reject",
  "blocked",
  "too_large",
]);

/** The context, with a logger that is listened to. */
function heard(context: StoreContext, texts: string[]): StoreContext {
  const { logger } = context;
  const listen =
    (level: keyof Logger): Logger["info"] =>
    (message, fields) => {
      texts.push(String(message));
      logger[level](message, fields);
    };
  return {
    ...context,
    logger: { debug: listen("debug"), info: listen("info"), warn: listen("warn"), error: listen("error") },
  };
}

/** Takes the texts out of an answer or an error. */
function gather(value: unknown, texts: string[], depth = 0): void {
  if (typeof value === "string") texts.push(value);
  if (typeof value !== "object" || value === null || depth > 4) return;
  for (const key of Reflect.ownKeys(value)) {
    const found = Object.getOwnPropertyDescriptor(value, key)?.value as unknown;
    gather(found, texts, depth + 1);
  }
}

/** Listens to what stores print, while `work` runs. What they print still appears. */
export async function listening<T>(work: () => Promise<T>): Promise<T> {
  const undo = [process.stdout, process.stderr].map((stream) => {
    const write = stream.write.bind(stream);
    const own = Object.getOwnPropertyDescriptor(stream, "write");
    stream.write = ((piece: never, ...rest: never[]) => {
      inStore.getStore()?.push(String(piece));
      return write(piece, ...rest);
    }) as typeof stream.write;
    return () => (own ? Object.defineProperty(stream, "write", own) : Reflect.deleteProperty(stream, "write"));
  });
  const undoConsole = METHODS.map((method) => {
    const print = console[method];
    console[method] = (...args: unknown[]) => {
      inStore.getStore()?.push(args.map(String).join(" "));
      print.apply(console, args);
    };
    return () => (console[method] = print);
  });
  try {
    return await work();
  } finally {
    for (const step of [...undo, ...undoConsole]) step();
  }
}

/** Test runners put a console of their own in place of that of Node. */
const METHODS = ["log", "info", "warn", "error", "debug", "trace"] as const;
