import { createHook } from "node:async_hooks";
import { inStoreNow } from "./watch.ts";

/** What code of the store leaves behind in the process. */
export interface Traces {
  /** Handles that the store made and that keep the process alive, such as `TCPWRAP`. */
  handles(): readonly string[];
  /** Globals and process-wide handlers that are new. */
  changes(): readonly string[];
  stop(): void;
}

/**
 * Kinds of resources that keep a process alive, in the words of Node. No TLSWRAP: it is there until it is collected,
 * and what keeps a process alive is the TCPWRAP below it.
 */
const ALIVE: ReadonlySet<string> = new Set([
  "Timeout",
  "TCPWRAP",
  "TCPSERVERWRAP",
  "PIPEWRAP",
  "PIPESERVERWRAP",
  "UDPWRAP",
  "PROCESSWRAP",
  "FSEVENTWRAP",
  "STATWATCHER",
  "MESSAGEPORT",
  "WORKER",
]);

interface Handle {
  hasRef?(): boolean;
}

/** Begins to note what is made inside of calls of the store. */
export function traces(): Traces {
  const made = new Map<number, { readonly type: string; readonly handle: WeakRef<Handle> }>();
  const hook = createHook({
    init(id, type, _trigger, resource) {
      if (ALIVE.has(type) && inStoreNow()) made.set(id, { type, handle: new WeakRef(resource as Handle) });
    },
    destroy: (id) => void made.delete(id),
  }).enable();
  const before = worldNow();
  return {
    handles: () =>
      [...made.values()].flatMap(({ type, handle }) => {
        const found = handle.deref();
        return found && found.hasRef?.() !== false ? [type] : [];
      }),
    changes: () => [...worldNow().difference(before)],
    stop: () => void hook.disable(),
  };
}

/** What Node's own `fetch` makes when it is first used, and undici when it is loaded: where its connections are. */
const OF_FETCH = "Symbol(undici.globalDispatcher.";

/** Everything that a store must leave as it is. */
export function worldNow(): Set<string> {
  const names = Reflect.ownKeys(globalThis).map(String);
  const globals = names.filter((name) => !name.startsWith(OF_FETCH)).map((name) => `global ${name}`);
  const handlers = process
    .eventNames()
    .map((name) => `handler of ${String(name)}, number ${process.listenerCount(name)}`);
  return new Set([...globals, ...handlers]);
}
