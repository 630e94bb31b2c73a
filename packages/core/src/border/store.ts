import type { Batch, RunEnd, Store, WriteContext } from "@cloudmarker/store-api";
import { errorOf } from "../errors/error-of.ts";
import type { PluginCalls } from "./calls.ts";
import { describe, describeAnswer } from "./describe.ts";
import { copyOutcomes } from "./outcomes.ts";
import { fieldsOf } from "./read.ts";
import { readCheckReport, readDoneReport } from "./reports.ts";

const OPTIONAL = ["flush", "done", "check", "close"] as const;

/**
 * Wraps the store that `open` of a plugin returned: every call is measured, and every answer is checked and copied as
 * plain data.
 * @throws CloudmarkerError PLUGIN_ANSWER_INVALID if it is not a store
 */
export function storeBehind(opened: unknown, plugin: string, calls: PluginCalls): Store {
  const methods = fieldsOf(opened, ["write", ...OPTIONAL]);
  if (typeof methods?.write !== "function")
    throw errorOf("PLUGIN_ANSWER_INVALID", "answer", {
      plugin,
      call: "open",
      answer: describeAnswer(opened),
      wanted: "a store: an object with a function write",
    });
  for (const name of OPTIONAL) {
    const given = methods[name];
    if (given !== undefined && given !== null && typeof given !== "function")
      throw errorOf("PLUGIN_ANSWER_INVALID", "method", { plugin, method: name, found: describe(given) });
  }
  const call = (name: "write" | (typeof OPTIONAL)[number], args: readonly unknown[]): Promise<unknown> =>
    calls.run(name, () => Reflect.apply(methods[name] as () => unknown, opened, args) as unknown);
  const has = (name: (typeof OPTIONAL)[number]): boolean => typeof methods[name] === "function";
  return {
    async write(batch: Batch, context: WriteContext) {
      // Read before the call, since the plugin may remove records from the batch.
      const size = batch.length;
      let isOver = false;
      const settle = (outcomes: unknown): void => {
        if (!isOver) context.settle?.(copyOutcomes(outcomes, size));
      };
      try {
        return copyOutcomes(await call("write", [batch, { ...context, settle }]), size);
      } finally {
        isOver = true;
      }
    },
    ...(has("flush") && { flush: async () => void (await call("flush", [])) }),
    ...(has("done") && { done: async (run: RunEnd) => readDoneReport(await call("done", [run]), plugin) }),
    ...(has("check") && { check: async () => readCheckReport(await call("check", []), plugin) }),
    ...(has("close") && { close: async () => void (await call("close", [])) }),
  };
}
