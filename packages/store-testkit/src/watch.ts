import { AsyncLocalStorage } from "node:async_hooks";
import { threadId } from "node:worker_threads";
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

/** What is kept of a record: it may have been in a thread. */
export type SeenRecord = Pick<StoreRecord, "id" | "json">;

/** One call of `write`. */
export interface Attempt {
  readonly batch: readonly SeenRecord[];
  /** What it said of each record. Empty while it has not answered. */
  readonly said: readonly Said[];
  /** How many of them it wrote in a lesser form. */
  readonly diverted: number;
  /** What it threw, as text. */
  readonly error: string | undefined;
  /** Whether its time was over before it answered: the host ignores the answer. */
  readonly late: boolean;
  /** Records that it acknowledged and that were not there at that moment. */
  readonly missing: readonly SeenRecord[];
}

/** Looks for records that were acknowledged. @returns those that are not there */
export type Look = (records: readonly SeenRecord[]) => Promise<readonly SeenRecord[]>;

/** One thing that is seen; it can be sent from a thread. */
export type Seen =
  | { readonly kind: "attempt"; readonly attempt: Attempt; readonly isChanged: boolean }
  | { readonly kind: "call" | "failed"; readonly id: string; readonly name: string }
  | { readonly kind: "texts" | "printed"; readonly texts: readonly string[] }
  | { readonly kind: "missing"; readonly records: readonly SeenRecord[] };

/** What is seen of a store while the host runs it. */
export interface Watched {
  readonly attempts: readonly Attempt[];
  /** Calls in the order in which they began, and how each ended: `open`, `write failed` and so on. */
  readonly calls: readonly string[];
  /** Every text that the store handed to the host or its logger: reasons, errors, notes, messages. */
  readonly texts: readonly string[];
  /** What it printed itself. */
  readonly printed: readonly string[];
  /** Records that were acknowledged and not there at the moment at which they had to be. */
  readonly missing: readonly SeenRecord[];
  /** Whether it changed a batch. */
  readonly changedBatch: boolean;
  /** How many records it acknowledged in time. */
  readonly acknowledged: number;
}

/** Puts together what is seen of a store. */
export class Sight implements Watched {
  readonly attempts: Attempt[] = [];
  readonly calls: string[] = [];
  readonly texts: string[] = [];
  readonly printed: string[] = [];
  readonly missing: SeenRecord[] = [];
  changedBatch = false;
  acknowledged = 0;
  readonly #places = new Map<string, number>();

  /** Takes one thing more. */
  readonly note = (seen: Seen): void => {
    switch (seen.kind) {
      case "attempt":
        this.attempts.push(seen.attempt);
        this.changedBatch ||= seen.isChanged;
        if (!seen.attempt.late) this.acknowledged += seen.attempt.said.filter(isThere).length;
        break;
      case "call":
        this.#places.set(seen.id, this.calls.push(seen.name) - 1);
        break;
      case "failed":
        this.calls[this.#places.get(seen.id) ?? this.calls.length] = `${seen.name} failed`;
        break;
      case "missing":
        this.missing.push(...seen.records);
        break;
      default:
        this[seen.kind].push(...seen.texts);
    }
  };
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
  readonly beforeWrite?: (() => void | Promise<void>) | undefined;
  /** Takes what is seen. */
  readonly note: (seen: Seen) => void;
}

/** Set inside of a call of the store, and of what it leads to: takes what is printed there. */
const inStore = new AsyncLocalStorage<(text: string) => void>();

/** Whether the code that asks was called by the store. */
export function inStoreNow(): boolean {
  return inStore.getStore() !== undefined;
}

/** Runs what belongs to a plugin: what it prints there is taken. */
export function asPlugin<T>(print: (text: string) => void, work: () => T): T {
  return inStore.run(print, work);
}

/** The plugin, watched from the place where the host calls it. The store is called as the host calls it. */
export function watch(plugin: StorePlugin, { lookAt, look, beforeWrite, note }: WatchOptions): StorePlugin {
  const unflushed: SeenRecord[] = [];
  let looksAt = lookAt;
  const print = (text: string): void => note({ kind: "printed", texts: [text] });
  const hear = (value: unknown): void => {
    const texts = textsIn(value);
    if (texts.length > 0) note({ kind: "texts", texts });
  };

  /** Calls a method of the store, and notes that, and everything that comes of it. */
  const call = async <T>(name: string, work: () => T | Promise<T>): Promise<T> => {
    const id = `${threadId} ${++lastCall}`;
    note({ kind: "call", id, name });
    try {
      const answer = await inStore.run(print, work);
      hear(answer);
      return answer;
    } catch (error) {
      note({ kind: "failed", id, name });
      hear(error);
      throw error;
    }
  };
  const lookFor = async (records: readonly SeenRecord[]): Promise<void> => {
    if (look) note({ kind: "missing", records: await look(records) });
  };

  const write = async (store: Store, batch: Batch, context: WriteContext): Promise<WriteResult> => {
    await beforeWrite?.();
    const copy = [...batch];
    const seen = copy.map(({ id, json }) => ({ id, json }));
    const settled: Outcome[] = [];
    const settle = (outcomes: readonly Outcome[]): void => {
      settled.push(...outcomes);
      hear(outcomes);
      context.settle?.(outcomes);
    };
    let answer: WriteResult;
    let threw: { readonly error: unknown } | undefined;
    try {
      answer = await call("write", () => store.write(batch, { ...context, signal: context.signal, settle }));
    } catch (error) {
      threw = { error };
    }
    const late = context.signal.aborted;
    const isChanged = batch.length !== copy.length || batch.some((record, index) => record !== copy[index]);
    const said = saidOf(copy.length, settled, answer, threw);
    const acknowledged = late ? [] : seen.filter((_, index) => isThere(said[index]));
    const missing = looksAt === "write" && look ? await look(acknowledged) : [];
    if (missing.length > 0) note({ kind: "missing", records: missing });
    unflushed.push(...acknowledged);
    const outcomes = [...settled, ...(Array.isArray(answer) ? (answer as readonly Outcome[]) : [])];
    const diverted = outcomes.filter((outcome) => outcome.status === "written" && outcome.diverted === true).length;
    const error = threw && String(threw.error);
    note({ kind: "attempt", attempt: { batch: seen, said, diverted, error, late, missing }, isChanged });
    if (threw) throw threw.error;
    return answer;
  };

  const wrap = (store: Store): Store => ({
    write: (batch, context) => write(store, batch, context),
    ...(store.flush && {
      flush: async () => {
        const due = unflushed.splice(0);
        await call("flush", () => store.flush?.());
        if (looksAt === "flush") await lookFor(due);
      },
    }),
    ...(store.done && { done: (run) => call("done", () => store.done?.(run)) }),
    ...(store.check && { check: () => call("check", () => store.check?.() as never) }),
    ...(store.close && { close: () => call("close", () => store.close?.()) }),
  });

  return {
    ...plugin,
    async open(params, context) {
      const store = await call("open", () => plugin.open(params, heard(context, hear)));
      if (lookAt === "first")
        looksAt = typeof (store as Partial<Store> | undefined)?.flush === "function" ? "flush" : "write";
      // What is no store is for the host to judge.
      return typeof (store as Partial<Store> | undefined)?.write === "function" ? wrap(store) : store;
    },
  };
}

let lastCall = 0;

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
function heard(context: StoreContext, hear: (text: string) => void): StoreContext {
  const { logger } = context;
  const listen =
    (level: keyof Logger): Logger["info"] =>
    (message, fields) => {
      hear(String(message));
      logger[level](message, fields);
    };
  return {
    ...context,
    logger: { debug: listen("debug"), info: listen("info"), warn: listen("warn"), error: listen("error") },
  };
}

/** The texts in an answer or an error. */
function textsIn(value: unknown, depth = 0): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null || depth > 4) return [];
  return Reflect.ownKeys(value).flatMap((key) =>
    textsIn(Object.getOwnPropertyDescriptor(value, key)?.value as unknown, depth + 1),
  );
}

/** Listens to what stores print, while `work` runs. What they print still appears, unless it is to be hidden. */
export async function listening<T>(work: () => Promise<T>, isHidden = false): Promise<T> {
  const undo = [process.stdout, process.stderr].map((stream) => {
    const write = stream.write.bind(stream);
    const own = Object.getOwnPropertyDescriptor(stream, "write");
    stream.write = ((piece: never, ...rest: never[]) => {
      const take = inStore.getStore();
      take?.(String(piece));
      return (take && isHidden) || write(piece, ...rest);
    }) as typeof stream.write;
    return () => (own ? Object.defineProperty(stream, "write", own) : Reflect.deleteProperty(stream, "write"));
  });
  const undoConsole = METHODS.map((method) => {
    const print = console[method];
    console[method] = (...args: unknown[]) => {
      const take = inStore.getStore();
      take?.(args.map(String).join(" "));
      if (!take || !isHidden) print.apply(console, args);
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
