import { type DeliveryConfig, createHost } from "@cloudmarker/core";
import type { DeadLetter, StorePlugin, StoreReceipt } from "@cloudmarker/store-api";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { QuietClock } from "./quiet-clock.ts";

const DELIVERY: DeliveryConfig = { deadline: "5s", retry: { min: "20ms", max: "100ms" } };

/** What happens beside the sending. */
export interface Meanwhile {
  /**
   * How often its server was asked so far, for a store that hangs: time passes while it waits for an answer. Else it
   * stands still while the store is at work.
   */
  readonly asked?: () => number;
  /** What changes, and after how many milliseconds. */
  readonly later?: { readonly afterMs: number; readonly act: () => void | Promise<void> };
}

/** What a host said of a store. */
export interface Sent {
  readonly receipt: StoreReceipt;
  readonly letters: readonly DeadLetter[];
  /** What else was said, on one line each. */
  readonly said: readonly string[];
  /** Times that the store was blocked. */
  readonly blocked: number;
  /** In milliseconds of the clock. */
  readonly tookMs: number;
}

/** Sends records through a real host and a real store, on a clock that passes over the waits. */
export async function send(
  plugin: StorePlugin,
  params: Readonly<Record<string, unknown>>,
  records: Iterable<object>,
  delivery: DeliveryConfig = {},
  { asked = () => 0, later }: Meanwhile = {},
): Promise<Sent> {
  const stateDir = mkdtempSync(join(tmpdir(), "cloudmarker-send-"));
  onTestFinished(() => rmSync(stateDir, { recursive: true, force: true }));
  const clock = new QuietClock();
  let busy = 0;
  const watched = watch(plugin, (change) => (busy += change));
  const stores = { target: { plugin: watched, params, delivery: { ...DELIVERY, spool: false, ...delivery } } };
  const host = createHost({ stores, clock, random: () => 0.5, stateDir, run: "20261123_145314" });
  const letters: DeadLetter[] = [];
  const said: string[] = [];
  let blocked = 0;
  host.hooks.deadLetter.tap("keep", (some) => void letters.push(...some));
  host.hooks.failed.tap("keep", ({ message }) => void said.push(message));
  host.hooks.store.tap("keep", ({ hooks }) => {
    hooks.retry.tap("keep", ({ reason }) => void said.push(reason));
    hooks.blocked.tap("keep", ({ reason }) => {
      blocked++;
      said.push(reason);
    });
  });
  const started = clock.now();
  const work = host.write(records).then(() => host.done());
  const all = Promise.all([work, later && clock.after(later.afterMs).then(later.act)]);
  // A store that has asked nothing yet does not hang: it is being loaded.
  const activity = (): number | undefined => asked() || (busy > 0 ? undefined : 0);
  const [run] = await clock.runBeside(all, activity);
  const [receipt] = run.stores;
  if (!receipt) throw new Error("the run has no store");
  return { receipt, letters, said, blocked, tookMs: clock.now() - started };
}

/** The plugin, and a word whenever it begins or ends to open, to write or to close. */
function watch(plugin: StorePlugin, busy: (change: 1 | -1) => void): StorePlugin {
  const during = async <T>(work: () => T | Promise<T>): Promise<T> => {
    busy(1);
    try {
      return await work();
    } finally {
      busy(-1);
    }
  };
  return {
    ...plugin,
    async open(params, context) {
      const store = await during(() => plugin.open(params, context));
      return {
        ...store,
        write: (batch, attempt) => during(() => store.write(batch, attempt)),
        close: () => during(() => store.close?.()),
      };
    },
  };
}
