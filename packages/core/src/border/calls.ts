import type { Failure } from "@cloudmarker/store-api";
import { isObject } from "../realms.ts";
import { CloudmarkerError, messageOf } from "../errors.ts";
import { type AroundCall, callPlainly } from "../plugin-call.ts";
import { isBroken } from "./read.ts";

/** A call that does not come back for so many milliseconds holds up everything else in the program. */
const BLOCKED_MS = 1_000;

/** What {@link PluginCalls} needs. */
export interface PluginCallsOptions {
  readonly audit: string;
  /** Key of the store, and name of its plugin. */
  readonly key: string;
  readonly plugin: string;
  /** Milliseconds: only differences count. */
  readonly now: () => number;
  /** Wraps each of them. @default nothing */
  readonly around?: AroundCall;
  readonly failed: (failure: Failure) => void;
}

/**
 * The calls into one store. Each is timed up to the moment in which it gives the event loop back: who holds it, holds up every other store, timer and
 * signal, and is named for it.
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
      // Hooks take nothing for an error, and who catches it wants to know more than a text.
      if (isObject(thrown)) throw thrown;
      throw new Error(messageOf(thrown), { cause: thrown });
    } finally {
      this.#underWay.delete(key);
      this.#last = { call, endedAt: this.#options.now() };
    }
  }

  /** What a person should know of them, one sentence each. */
  get notes(): readonly string[] {
    const { times, ms, calls } = this.#blocked;
    if (times === 0) return [];
    const held = `It held the event loop of the whole program ${times === 1 ? "once" : `${times} times`}, for ${seconds(ms)} s`;
    return [`${held} (${[...calls].join(", ")}); delivery.isolation: thread gives it a loop of its own.`];
  }

  /** One of them is known to have held the loop since then. */
  blockedSince(time: number): boolean {
    return this.#blocked.endedAt >= time;
  }

  /** The calls that were under way at some moment since then, such as `search: write`. */
  since(time: number): readonly string[] {
    const ended = this.#last && this.#last.endedAt >= time ? [this.#last.call] : [];
    return [...new Set([...this.#underWay.values(), ...ended])].map((call) => `${this.#options.key}: ${call}`);
  }

  #unreadable(call: string): CloudmarkerError {
    const what = `${this.#options.plugin}: ${call}() returned an object that cannot be read.`;
    return new CloudmarkerError("PLUGIN_ANSWER_INVALID", what);
  }

  #timed<T>(call: string, work: () => T): T {
    const { now } = this.#options;
    const start = now();
    try {
      const answer = work();
      if (isBroken(answer)) throw this.#unreadable(call);
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
    const message = `${key} (${plugin}) held the event loop for ${seconds(ms)} s in ${call}(): nothing else in the program could run. Limits get the time back; delivery.isolation: thread would keep it apart.`;
    failed({ code: "STORE_BLOCKED_LOOP", message, store: key, plugin });
  }
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
