import type { Failure } from "@cloudmarker/store-api";
import { isObject } from "../realms.ts";
import { errorOf } from "../errors/error-of.ts";
import { failureOf } from "../errors/write-error.ts";
import { messageOf } from "../errors.ts";
import { type AroundCall, callPlainly } from "../plugin-call.ts";
import { isBroken } from "./read.ts";

/** A call that blocks the event loop for this many milliseconds is reported. */
const BLOCKED_MS = 1_000;

/** The plugin whose calls are measured, and where a long one is reported. */
export interface PluginCallsOptions {
  readonly audit: string;
  /** Key of the store, and name of its plugin. */
  readonly key: string;
  readonly plugin: string;
  /** In milliseconds. Only differences are used. */
  readonly now: () => number;
  /** Wraps each of them. @default nothing */
  readonly around?: AroundCall;
  readonly failed: (failure: Failure) => void;
}

/**
 * Calls the plugin of one store, and measures how long each call blocks the event loop. A call that blocks it for long
 * is reported with the name of the store, since it delays every other store, timer and signal.
 */
export class PluginCalls {
  readonly #options: PluginCallsOptions;
  readonly #underWay = new Map<symbol, string>();
  #last: { readonly call: string; readonly endedAt: number } | undefined;
  readonly #blocked = { times: 0, ms: 0, calls: new Set<string>(), endedAt: -Infinity };

  constructor(options: PluginCallsOptions) {
    this.#options = options;
  }

  /** Does `work`, which calls the plugin, and waits for it. */
  async run<T>(call: string, work: () => T): Promise<Awaited<T>> {
    const key = Symbol(call);
    this.#underWay.set(key, call);
    try {
      const { audit, key: store, plugin, around = callPlainly } = this.#options;
      return await around({ plugin, call, store, audit }, () => this.#timed(call, work));
    } catch (thrown) {
      // tapable does not count a thrown `undefined` as an error, and the caller needs a message and a cause.
      if (isObject(thrown)) throw thrown;
      throw new Error(messageOf(thrown), { cause: thrown });
    } finally {
      this.#underWay.delete(key);
      this.#last = { call, endedAt: this.#options.now() };
    }
  }

  /** Notes for the receipt, one sentence each. */
  get notes(): readonly string[] {
    const { times, ms, calls } = this.#blocked;
    if (times === 0) return [];
    const held = `It blocked the event loop of the whole program ${times === 1 ? "once" : `${times} times`}, for ${seconds(ms)} s`;
    return [`${held} (${[...calls].join(", ")}); use delivery.isolation: thread to run it in its own thread.`];
  }

  /** Whether a call has blocked the event loop since `time`. */
  blockedSince(time: number): boolean {
    return this.#blocked.endedAt >= time;
  }

  /** The calls that have run since `time`, such as `search: write`. */
  since(time: number): readonly string[] {
    const ended = this.#last && this.#last.endedAt >= time ? [this.#last.call] : [];
    return [...new Set([...this.#underWay.values(), ...ended])].map((call) => `${this.#options.key}: ${call}`);
  }

  #timed<T>(call: string, work: () => T): T {
    const { now } = this.#options;
    const start = now();
    try {
      const answer = work();
      if (isBroken(answer))
        throw errorOf("PLUGIN_ANSWER_INVALID", "unreadable", { plugin: this.#options.plugin, call });
      return answer;
    } finally {
      const end = now();
      if (end - start >= BLOCKED_MS) this.#wasBlocked(call, end - start, end);
    }
  }

  #wasBlocked(call: string, ms: number, end: number): void {
    const { key, plugin, failed } = this.#options;
    const blocked = this.#blocked;
    blocked.times++;
    blocked.ms += ms;
    blocked.endedAt = end;
    blocked.calls.add(call);
    const facts = { key, plugin, call, seconds: seconds(ms) };
    failed({ ...failureOf("STORE_BLOCKED_LOOP", "blocked", facts), store: key, plugin });
  }
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
