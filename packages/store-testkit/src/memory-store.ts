import {
  BlockedError,
  defineStore,
  reject,
  type ParamsSchema,
  type StorePlugin,
  type StoreRecord,
  type WriteContext,
  type WriteResult,
} from "@cloudmarker/store-api";

/** A store for tests of programs that embed the host. */
export interface MemoryStore extends StorePlugin {
  /** What it has, in the order in which it came. */
  readonly records: readonly StoreRecord[];
}

/** What {@link slowStore} may be told. */
export interface SlowStoreOptions {
  /** How long each batch takes, in milliseconds of the host's clock. @default 100 */
  readonly ms?: number;
}

const NO_PARAMS = { type: "object", properties: {} } as const;

type Write = (batch: readonly StoreRecord[], context: WriteContext, wait: Wait) => WriteResult | Promise<WriteResult>;
type Wait = (ms: number) => Promise<void>;

/** Keeps all records, each once. */
export function memoryStore(): MemoryStore {
  return storeOf("memory", (keep) => keep);
}

/** Rejects every record: each becomes a dead letter. `records` stays empty. */
export function refusingStore(): MemoryStore {
  return storeOf("refusing", () => (batch) => batch.map((_, index) => reject(index, "refused", "this store refuses")));
}

/** Keeps all records, and takes its time for each batch. */
export function slowStore({ ms = 100 }: SlowStoreOptions = {}): MemoryStore {
  return storeOf("slow", (keep) => async (batch, context, wait) => {
    await wait(ms);
    return keep(batch, context, wait);
  });
}

/** Never answers: every attempt ends at its time limit. */
export function hangingStore(): MemoryStore {
  return storeOf("hanging", () => (_batch, { signal }) => {
    return new Promise((_resolve, fail) => {
      signal.addEventListener("abort", () => fail(signal.reason as Error), { once: true });
    });
  });
}

/** Takes nothing since its configuration is wrong: everything waits. */
export function blockedStore(): MemoryStore {
  return storeOf("blocked", () => () => {
    throw new BlockedError("no_permission", "this store is blocked; nobody can correct it");
  });
}

function storeOf(name: string, writeOf: (keep: Write) => Write): MemoryStore {
  const kept = new Map<string, StoreRecord>();
  const keep: Write = (batch) => {
    for (const record of batch) if (!kept.has(record.id)) kept.set(record.id, record);
  };
  const write = writeOf(keep);
  const plugin: StorePlugin = defineStore<ParamsSchema>({
    name,
    apiVersion: 1,
    params: NO_PARAMS,
    supports: { idempotent: true, ordered: true },
    open: (_params, { clock }) => ({
      write: (batch, context) => write(batch, context, (ms) => new Promise((end) => void clock.setTimeout(end, ms))),
    }),
  });
  return Object.defineProperty(plugin, "records", { get: () => [...kept.values()] }) as MemoryStore;
}
