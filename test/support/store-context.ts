import type { StoreContext, WriteContext } from "@cloudmarker/store-api";

const ignore = (): void => {};

/** The world of a store; `warnings` fills up with what it says. */
export function storeContext(own: Partial<StoreContext> = {}, warnings: string[] = []): StoreContext {
  return {
    key: "store",
    audit: "nightly",
    run: "r1",
    startedMs: 0,
    guarantee: "at-least-once",
    workers: [],
    resolvePath: (_param, path) => path,
    env: {},
    logger: { debug: ignore, info: ignore, warn: (message) => warnings.push(message), error: ignore },
    clock: {
      now: () => Date.now(),
      setTimeout: (fn, ms) => setTimeout(fn, ms),
      clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
    },
    ...own,
  };
}

/** An attempt that is never aborted, unless by this signal. */
export function attempt(signal: AbortSignal = new AbortController().signal, number = 1): WriteContext {
  return { attempt: number, signal };
}
