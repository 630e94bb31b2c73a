import { type Backoff, LONGEST_RETRY_AFTER_MS } from "./backoff.ts";
import type { Backlog } from "./backlog.ts";
import { type QueuedBatch, halve, withHistory } from "./batch.ts";
import type { DeliveryEvents } from "./events.ts";
import * as past from "./history.ts";
import type { Cause, History } from "./history.ts";
import type { SentBatch } from "./in-flight.ts";
import type { Pause } from "./pause.ts";
import type { Progress } from "./progress.ts";
import {
  type Act,
  DOWN_AFTER,
  type FailureKind,
  MOST_DOUBTS,
  type Pausing,
  type Rule,
  type Waiting,
  failuresOf,
  needsCheck,
  ruleFor,
} from "./retry-policy.ts";
import type { DeliverySettings } from "./settings.ts";
import type { StoreState } from "./store-state.ts";

/** What a {@link Retry} needs of its queue. */
export interface RetryOptions {
  readonly settings: DeliverySettings;
  readonly random: () => number;
  readonly events: DeliveryEvents;
}

/** What a {@link Retry} shares with the sender of its store. */
export interface RetryParts {
  readonly backlog: Backlog;
  readonly pause: Pause;
  readonly backoff: Backoff;
  readonly progress: Progress;
  readonly state: StoreState;
}

/** What is to be done when the end of an attempt is settled. */
export interface Next {
  /** What else is under way may be about to fail of the same. */
  readonly mayHitOthers?: boolean;
  /** Send this at once, whatever else waits. */
  readonly send?: QueuedBatch | undefined;
  /**
   * In ordered delivery: ask whether the store is well, and count that for this batch. `isSaid`: the store itself said
   * that it failed, so that it is there.
   */
  readonly check?: { readonly batch: QueuedBatch; readonly isSaid: boolean } | undefined;
}

/** A failed attempt, and what it counts as. */
export interface Failed {
  readonly kind: FailureKind;
  readonly cause: Cause;
  /** The failure is in its history. */
  readonly batch: QueuedBatch;
  readonly sent: SentBatch;
  /** Nothing that was under way beside the batch can have done it. */
  readonly isOwn: boolean;
  /** The store itself said that the batch failed. */
  readonly isSaid: boolean;
}

/** A wait in milliseconds, and how much of it the store or a tap asked for: that is never cut. */
interface Wait {
  readonly ms: number;
  readonly askedMs: number;
}

/** Nothing is to be done. */
export const NOTHING: Next = {};

/** Does what the retry policy says: a batch that failed is given up, split, or waits to be sent again. */
export class Retry {
  readonly #options: RetryOptions;
  readonly #parts: RetryParts;
  readonly #giveUp: (batch: QueuedBatch, code: string, reason: string) => void;

  constructor(
    options: RetryOptions,
    parts: RetryParts,
    giveUp: (batch: QueuedBatch, code: string, reason: string) => void,
  ) {
    this.#options = options;
    this.#parts = parts;
    this.#giveUp = giveUp;
  }

  /** Does it, and tells what else is to be done. */
  decide(failed: Failed): Next {
    const { kind, cause, sent } = failed;
    const { state, progress } = this.#parts;
    const rule = this.#ruleOf(failed);
    const [when, act, waiting, pausing] = rule;
    // A rest says nothing about the store, and one that rejects records works.
    if (kind !== "reject" && when !== "a rest") state.failed(sent.number, progress.begun, cause);
    const batch = withHistory(failed.batch, this.#historyAfter(failed, rule));
    const share = drawOnce(this.#options.random);
    const wait = this.#waitOf(waiting, batch.history, cause, share);
    const pause = this.#pauseOf(pausing, cause, share);
    const decided = waiting === "none" ? wait : this.#consult(batch, cause, wait);
    if (!decided) return NOTHING;
    const send = this.#act(act, batch, cause, decided);
    const held = pausing === "back off" && decided !== wait ? decided : pause;
    if (held) this.#parts.pause.start(held.ms, held.askedMs);
    if (pausing === "recheck") this.#reportBlocked(cause, held?.ms ?? 0);
    const { ordered } = this.#options.settings;
    const isChecked = ordered && pausing === "if down" && needsCheck(batch.history, batch.records.length);
    return { send, check: isChecked && act !== "split" ? { batch, isSaid: failed.isSaid } : undefined };
  }

  #ruleOf({ kind, batch: { history, records }, sent: { worked }, isOwn }: Failed): Rule {
    const { ordered, guarantee } = this.#options.settings;
    const size = records.length;
    const isSmallest =
      kind === "doubt" &&
      this.#parts.backlog.returned.every((other) => other.records.length === 1 || other.records.length >= size);
    return ruleFor(kind, {
      history,
      size,
      worked,
      isOwn,
      isSmallest,
      ordered,
      atMostOnce: guarantee === "at-most-once",
    });
  }

  #historyAfter({ batch, cause }: Failed, [when, act]: Rule): History {
    const history = past.failedOf(batch.history, cause);
    if (when === "a rest") return past.returned(history, this.#parts.progress.answers);
    if (act === "again alone") return { ...history, isSentAlone: true };
    return act === "split at once" ? { ...history, doubts: MOST_DOUBTS - 1 } : history;
  }

  #waitOf(wait: Waiting, history: History, { retryAfterMs: askedMs }: Cause, share: () => number): Wait {
    const { backoff, state } = this.#parts;
    switch (wait) {
      case "none":
        return { ms: 0, askedMs: 0 };
      case "as asked":
        return { ms: askedMs, askedMs };
      case "recheck":
        return { ms: backoff.recheck(askedMs), askedMs };
      default:
        return { ms: backoff.wait(share(), failuresOf(wait, history, state.streak), askedMs), askedMs };
    }
  }

  #pauseOf(pause: Pausing, { retryAfterMs: askedMs }: Cause, share: () => number): Wait | undefined {
    const { backoff, state } = this.#parts;
    switch (pause) {
      case "none":
        return undefined;
      case "recheck":
        return { ms: backoff.recheck(askedMs), askedMs };
      case "back off":
        return { ms: backoff.wait(share(), state.streak, askedMs), askedMs };
      case "if down": {
        const ms = backoff.wait(share(), state.streak - DOWN_AFTER + 1, 0);
        return this.#options.settings.ordered || state.streak < DOWN_AFTER ? undefined : { ms, askedMs: 0 };
      }
    }
  }

  /** @returns what is to be sent at once */
  #act(act: Act, batch: QueuedBatch, { code, reason }: Cause, { ms, askedMs }: Wait): QueuedBatch | undefined {
    const { backlog } = this.#parts;
    if (act === "give up") this.#giveUp(batch, code, reason);
    else if (act === "again" || act === "again alone") backlog.wait(batch, ms, askedMs);
    else {
      const [first, second] = halve(batch);
      // At once, down to a single record: that is ten requests for a batch of a thousand, and no wait for any of them
      // would tell more.
      const isNow = act === "split at once" && ms === 0;
      if (!isNow) backlog.wait(first, ms, askedMs);
      backlog.wait(second, ms, askedMs);
      if (isNow) return first;
    }
    return undefined;
  }

  #reportBlocked(cause: Cause, recheckMs: number): void {
    if (this.#parts.state.block(cause))
      this.#options.events.blocked({ code: cause.code, reason: cause.reason, recheckMs });
  }

  /** The wait as a tap decides it, or undefined if it had the records given up. */
  #consult(batch: QueuedBatch, cause: Cause, wait: Wait): Wait | undefined {
    const { status, code, reason } = cause;
    const { records, history } = batch;
    const report = {
      records: records.length,
      attempt: history.attempts,
      status,
      code,
      reason,
      delayMs: wait.ms,
    };
    const decided = this.#options.events.retry(report);
    if (decided === false) {
      this.#giveUp(batch, code, reason);
      return undefined;
    }
    if (typeof decided !== "number" || !(decided >= 0)) return wait;
    const ms = Math.min(decided, LONGEST_RETRY_AFTER_MS);
    return ms === wait.ms ? wait : { ms, askedMs: ms };
  }
}

/** One random number, drawn when it is first needed: the waits of one failure share it. */
function drawOnce(random: () => number): () => number {
  let drawn: number | undefined;
  return () => (drawn ??= random());
}
