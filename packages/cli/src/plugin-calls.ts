import { AsyncLocalStorage } from "node:async_hooks";
import type { AroundCall, PluginCall } from "@cloudmarker/core";

/** Knows which plugins are being called, and whose code runs. */
export class PluginCalls {
  readonly #running = new AsyncLocalStorage<PluginCall>();
  readonly #underWay = new Set<PluginCall>();

  /**
   * The call to which the running code belongs. This includes what the call left behind, such as a timer or an answer
   * of a server.
   */
  get running(): PluginCall | undefined {
    return this.#running.getStore();
  }

  /** The calls that have not returned, the oldest first. */
  get underWay(): readonly PluginCall[] {
    return [...this.#underWay];
  }

  /** Given to the host as `around`. */
  readonly around: AroundCall = (call, work) => {
    const over = (): void => void this.#underWay.delete(call);
    this.#underWay.add(call);
    let isPending = false;
    try {
      const answer = this.#running.run(call, work);
      if (isThenable(answer)) {
        isPending = true;
        answer.then(over, over);
      }
      return answer;
    } finally {
      if (!isPending) over();
    }
  };
}

/** `write() of the store "archive" (filestore)`, `import of the plugin "./my-store.ts"`. */
export function describeCall({ plugin, call, store }: PluginCall): string {
  const what = call.includes(".") || call === "import" ? call : `${call}()`;
  return store === undefined
    ? `${what} of the plugin "${plugin}"`
    : `${what} of the store ${nameOf({ plugin, store })}`;
}

/** What is called: `my-store`, or `archive (filestore)` if the store has another name than its plugin. */
export function nameOf({ plugin, store }: Pick<PluginCall, "plugin" | "store">): string {
  return store === undefined || store === plugin ? plugin : `${store} (${plugin})`;
}

/** A plugin may return promises of a library or of another realm. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
