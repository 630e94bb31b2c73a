// What the kit runs in the thread of a store: the store, watched, and a channel to the thread of the host.
import { BroadcastChannel } from "node:worker_threads";
import type { StorePlugin } from "@cloudmarker/store-api";
import { listening, type Seen, type SeenRecord, watch, type WatchOptions } from "./watch.ts";

/** What goes from the thread of the store to that of the host. */
export type FromThread =
  | { readonly kind: "seen"; readonly seen: Seen }
  | { readonly kind: "look"; readonly id: number; readonly records: readonly SeenRecord[] }
  | { readonly kind: "write"; readonly id: number };

/** The answer to a question of a thread. */
export interface ToThread {
  readonly kind: "answer";
  readonly id: number;
  readonly records: readonly SeenRecord[];
}

/** How a store is watched in its thread. */
export interface InThreadOptions {
  /** Name of the channel. */
  readonly channel: string;
  readonly lookAt: WatchOptions["lookAt"];
}

/** The plugin, watched in the thread in which it is opened. */
export function inThread(plugin: StorePlugin, { channel, lookAt }: InThreadOptions): StorePlugin {
  return {
    ...plugin,
    open(params, context) {
      const link = new BroadcastChannel(channel);
      const questions = new Map<number, (records: readonly SeenRecord[]) => void>();
      link.addEventListener("message", (message) => {
        const { id, records } = (message as unknown as { readonly data: ToThread }).data;
        questions.get(id)?.(records);
        questions.delete(id);
      });
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is for windows; a channel has none
      const post = (message: FromThread): void => link.postMessage(message);
      const ask = (question: (id: number) => FromThread): Promise<readonly SeenRecord[]> =>
        new Promise((resolve) => {
          questions.set(++lastQuestion, resolve);
          post(question(lastQuestion));
        });
      const watched = watch(plugin, {
        lookAt,
        look: (records) => ask((id) => ({ kind: "look", id, records })),
        beforeWrite: async () => void (await ask((id) => ({ kind: "write", id }))),
        note: (seen) => post({ kind: "seen", seen }),
      });
      // Until the thread ends.
      void listening(() => new Promise(() => undefined));
      return watched.open(params, context);
    },
  };
}

let lastQuestion = 0;
