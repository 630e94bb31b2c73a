import type { BatchReport, BlockedReport, Clock, Failure, RetryReport, StoreName } from "@cloudmarker/store-api";
import { type Answer, type Thrown, notAgain, readAnswer, readError } from "./answer.ts";
import type { AttemptEnd } from "./attempt.ts";
import { type Backoff, LONGEST_RETRY_AFTER_MS } from "./backoff.ts";
import type { Backlog } from "./backlog.ts";
import { type QueuedBatch, halve, pick, withHistory } from "./batch.ts";
import type { Checkpoint } from "./checkpoints.ts";
import type { DeadLetters } from "./dead-letters.ts";
import * as past from "./history.ts";
import type { Cause, Circumstances, History, LastFailure } from "./history.ts";
import type { InFlight, SentBatch } from "./in-flight.ts";
import type { Pause } from "./pause.ts";
import type { Progress } from "./progress.ts";
import {
  type Act,
  DOWN_AFTER,
  type FailureKind,
  MOST_DOUBTS,
  MOST_INVALID,
  type Pausing,
  type Rule,
  type Waiting,
  failuresOf,
  needsCheck,
  ruleFor,
} from "./retry-policy.ts";
import type { DeliverySettings } from "./settings.ts";
import type { Tally } from "./tally.ts";

/** A report before the name of its store is put in. */
export type Unnamed<T extends StoreName> = Omit<T, keyof StoreName>;

/** What the host learns about attempts while they happen. None of these may throw. */
export interface DeliveryEvents {
  written(report: Unnamed<BatchReport>): void;
  /** A number is waited instead; `false` gives the records up. */
  retry(report: Unnamed<RetryReport>): number | false | undefined;
  blocked(report: Unnamed<BlockedReport>): void;
  failed(failure: Failure): void;
}

/** What a {@link Settle} needs of its queue. */
export interface SettleOptions {
  /** Key of the store, for messages. */
  readonly key: string;
  readonly plugin: string;
  readonly settings: DeliverySettings;
  readonly clock: Clock;
  readonly random: () => number;
  readonly events: DeliveryEvents;
  readonly tally: Tally;
  readonly deadLetters: DeadLetters;
  /** These records were acknowledged. */
  readonly acknowledged: (checkpoint: Checkpoint, records: number, bytes: number) => void;
}

/** What a {@link Settle} shares with the sender of its store. */
export interface SettleParts {
  readonly backlog: Backlog;
  readonly inFlight: InFlight;
  readonly pause: Pause;
  readonly backoff: Backoff;
  readonly progress: Progress;
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
interface Failed {
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

const NOTHING: Next = {};
/** The store explained itself: whatever else was under way has no part in it. */
const EXPLAINED = { isOwn: true, isSaid: true } as const;

/**
 * Settles the records of attempts that end: which are written, which are given up, which are sent again and when, and
 * whether the store pauses.
 */
export class Settle {
  /** After a pause one batch is sent alone to see how the store is. */
  probing = false;
  readonly #options: SettleOptions;
  readonly #parts: SettleParts;
  /**
   * Times in a row that whole batches failed, since the store last answered with sense. What failed together counts
   * once.
   */
  #streak = 0;
  /** Number of the last attempt that had begun at the last of these times. */
  #counted = 0;
  #blocked: Cause | undefined;
  #lastFailure: LastFailure | undefined;

  constructor(options: SettleOptions, parts: SettleParts) {
    this.#options = options;
    this.#parts = parts;
  }

  /** Why the store takes nothing, while it is blocked. */
  get problem(): { readonly code: string; readonly message: string } | undefined {
    return this.#blocked && { code: this.#blocked.code, message: this.#blocked.reason };
  }

  /** The last batches failed whole. */
  get isFailing(): boolean {
    return this.#streak > 0;
  }

  /** An attempt ended, and is no longer in flight. */
  ended(sent: SentBatch, end: AttemptEnd, durationMs: number): Next {
    if (end.kind === "answer") return this.#answered(sent, end.answer, durationMs);
    const { status, ...said } = end.kind === "error" ? readError(end.error) : this.#timeout();
    if (status === undefined || status === "unknown") {
      return this.#failedUnexplained(sent, { ...said, status: "unknown" }, end.kind, status === undefined);
    }
    const { batch } = sent;
    if (status === "blocked") return this.#failedBlocked(sent, batch, { ...said, status });
    if (status === "retry") return this.#failedExplained("retry", sent, batch, { ...said, status });
    // The store answered with sense. One of the records is the reason, or they are too many.
    this.#alive();
    const code = status === "too_large" && batch.records.length === 1 ? status : said.code;
    return this.#failedExplained("reject", sent, batch, { ...said, code, status: "reject" });
  }

  /** Dead-letters a batch. */
  giveUp({ records, checkpoint, history: { attempts } }: QueuedBatch, code: string, reason: string): void {
    this.#options.deadLetters.add(records.map((record) => ({ record, checkpoint, code, reason, attempts })));
  }

  #timeout(): Thrown {
    const reason = `No answer within ${this.#options.settings.timeoutMs} ms.`;
    return { status: "unknown", code: "timeout", reason, retryAfterMs: 0 };
  }

  #answered(sent: SentBatch, result: unknown, durationMs: number): Next {
    const { records, bytes, history } = sent.batch;
    const answer = readAnswer(result, records, bytes, this.#options.settings.guarantee);
    const acknowledged = answer.written + answer.duplicate;
    const settled = acknowledged + answer.refused.length;
    const { cause, invalid } = answer;
    if (acknowledged > 0) this.#count(sent, answer, durationMs);
    if (answer.refused.length > 0) this.#refuse(sent, answer);
    if (settled > 0) this.#alive();
    if (invalid !== undefined) this.#reportInvalid(invalid);
    if (!cause) return NOTHING;
    const after = past.answered(history, invalid === undefined, settled > 0);
    const rest = withHistory(pick(sent.batch, answer.again), after);
    if (after.invalid >= MOST_INVALID) {
      const failed = past.failed(after, this.#circumstances(sent, rest));
      return this.#decide({ ...EXPLAINED, kind: "unexplained", sent, batch: withHistory(rest, failed), cause });
    }
    if (cause.status === "blocked") return this.#failedBlocked(sent, rest, cause);
    return this.#failedExplained("retry", sent, rest, cause);
  }

  #count({ batch, number }: SentBatch, answer: Answer, durationMs: number): void {
    const { tally, events, settings } = this.#options;
    const records = answer.written + answer.duplicate;
    const bytes = answer.writtenBytes + answer.duplicateBytes;
    tally.written += answer.written;
    tally.duplicate += answer.duplicate;
    tally.diverted += answer.diverted;
    tally.bytes += answer.writtenBytes;
    tally.batches++;
    this.#parts.progress.acknowledge(number);
    this.#releaseSome();
    if (settings.ordered) this.#giveUpBefore(batch);
    this.#options.acknowledged(batch.checkpoint, records, bytes);
    events.written({ records, bytes, attempt: batch.history.attempts, durationMs, outcomes: answer.outcomes });
  }

  /**
   * In order, a batch is sent past records that failed alone again and again while the store was well. When the store
   * takes something of it, these records are the reason. They are given up, and not sent again, since nothing may be
   * overtaken.
   */
  #giveUpBefore({ from }: QueuedBatch): void {
    for (const batch of this.#parts.backlog.takeBefore(from)) {
      const { cause } = batch.history;
      this.giveUp(batch, cause?.code ?? "batch_failed", cause?.reason ?? "");
    }
  }

  #refuse({ batch: { checkpoint, history } }: SentBatch, { refused }: Answer): void {
    const { attempts } = history;
    this.#options.deadLetters.add(refused.map((refusal) => ({ ...refusal, checkpoint, attempts })));
  }

  #reportInvalid(what: string): void {
    const { key, plugin, events } = this.#options;
    const fate = this.#isOnce ? "become dead letters" : "are sent again";
    const message = `${key} (${plugin}) gave an answer that makes no sense: ${what}. Records in doubt ${fate}.`;
    events.failed({ code: "STORE_OUTCOME_INVALID", message, store: key, plugin, hook: "store.hooks.write" });
  }

  #failedBlocked(sent: SentBatch, batch: QueuedBatch, cause: Cause): Next {
    const history = past.blocked(batch.history, this.#circumstances(sent, batch));
    return this.#decide({ ...EXPLAINED, kind: "blocked", sent, batch: withHistory(batch, history), cause });
  }

  #failedExplained(kind: "retry" | "reject", sent: SentBatch, batch: QueuedBatch, cause: Cause): Next {
    const history = past.explained(batch.history);
    return this.#decide({ ...EXPLAINED, kind, sent, batch: withHistory(batch, history), cause });
  }

  /** Nobody knows why, or what became of it. */
  #failedUnexplained(sent: SentBatch, cause: Cause, end: AttemptEnd["kind"], isSaid: boolean): Next {
    const { inFlight, progress } = this.#parts;
    const { batch } = sent;
    const circumstances = this.#circumstances(sent, batch);
    const mayHitOthers = end !== "timeout" && inFlight.size > 0;
    const now = this.#options.clock.now();
    const isShared = this.#findTogether(sent, now);
    let history = past.noted(batch.history, now, progress.begun, isShared);
    this.#lastFailure = history.lastFailure;
    let kind: FailureKind = isSaid ? "unexplained" : "doubt";
    if (isShared && !this.#isOnce) kind = "retry";
    if (kind === "doubt") {
      history = past.doubted(history, circumstances);
      if (history.doubts >= MOST_DOUBTS && !this.#isOnce) kind = "unexplained";
    }
    if (kind === "unexplained") history = past.failed(history, circumstances);
    const told = this.#isOnce ? { ...cause, ...notAgain(cause.reason) } : cause;
    const failed = { kind, cause: told, batch: withHistory(batch, history), sent, isOwn: !mayHitOthers, isSaid };
    return { ...this.#decide(failed), mayHitOthers };
  }

  /** @returns whether others failed while this one was under way. What they failed of does not count any more. */
  #findTogether({ number }: SentBatch, now: number): boolean {
    const { backlog, inFlight } = this.#parts;
    let isShared = past.isTogether(this.#lastFailure, number, now);
    const revise = (batch: QueuedBatch): QueuedBatch => {
      if (!past.isTogether(batch.history.lastFailure, number, now)) return batch;
      isShared = true;
      return withHistory(batch, past.uncounted(batch.history));
    };
    backlog.revise(revise);
    inFlight.revise(revise);
    return isShared;
  }

  #circumstances({ worked }: SentBatch, { records }: QueuedBatch): Circumstances {
    const { ordered } = this.#options.settings;
    return { size: records.length, worked, begun: this.#parts.progress.begun, ordered };
  }

  get #isOnce(): boolean {
    return this.#options.settings.guarantee === "at-most-once";
  }

  /** Does what the retry policy says. */
  #decide(failed: Failed): Next {
    const { kind, cause, sent } = failed;
    const rule = this.#ruleOf(failed);
    const [when, act, waiting, pausing] = rule;
    // A rest says nothing about the store, and one that rejects records works.
    if (kind !== "reject" && when !== "a rest") this.#countFailure(sent);
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
    const { ordered } = this.#options.settings;
    const size = records.length;
    const isSmallest =
      kind === "doubt" &&
      this.#parts.backlog.returned.every((other) => other.records.length === 1 || other.records.length >= size);
    return ruleFor(kind, { history, size, worked, isOwn, isSmallest, ordered, atMostOnce: this.#isOnce });
  }

  #historyAfter({ batch, cause }: Failed, [when, act]: Rule): History {
    const history = past.failedOf(batch.history, cause);
    if (when === "a rest") return past.returned(history, this.#parts.progress.answers);
    if (act === "again alone") return { ...history, isSentAlone: true };
    return act === "split at once" ? { ...history, doubts: MOST_DOUBTS - 1 } : history;
  }

  #waitOf(wait: Waiting, history: History, { retryAfterMs: askedMs }: Cause, share: () => number): Wait {
    const { backoff } = this.#parts;
    switch (wait) {
      case "none":
        return { ms: 0, askedMs: 0 };
      case "as asked":
        return { ms: askedMs, askedMs };
      case "recheck":
        return { ms: backoff.recheck(askedMs), askedMs };
      default:
        return { ms: backoff.wait(share(), failuresOf(wait, history, this.#streak), askedMs), askedMs };
    }
  }

  #pauseOf(pause: Pausing, { retryAfterMs: askedMs }: Cause, share: () => number): Wait | undefined {
    const { backoff } = this.#parts;
    switch (pause) {
      case "none":
        return undefined;
      case "recheck":
        return { ms: backoff.recheck(askedMs), askedMs };
      case "back off":
        return { ms: backoff.wait(share(), this.#streak, askedMs), askedMs };
      case "if down": {
        const ms = backoff.wait(share(), this.#streak - DOWN_AFTER + 1, 0);
        return this.#options.settings.ordered || this.#streak < DOWN_AFTER ? undefined : { ms, askedMs: 0 };
      }
    }
  }

  /** @returns what is to be sent at once */
  #act(act: Act, batch: QueuedBatch, { code, reason }: Cause, { ms, askedMs }: Wait): QueuedBatch | undefined {
    const { backlog } = this.#parts;
    if (act === "give up") this.giveUp(batch, code, reason);
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
    const isNew = this.#blocked === undefined;
    this.#blocked = cause;
    if (isNew) this.#options.events.blocked({ code: cause.code, reason: cause.reason, recheckMs });
  }

  /**
   * Several batches that were under way at the time of an outage, or beyond what a server takes at a time, are no
   * reason to wait longer.
   */
  #countFailure({ number }: SentBatch): void {
    if (number <= this.#counted) return;
    this.#counted = this.#parts.progress.begun;
    this.#streak++;
  }

  #alive(): void {
    this.#streak = 0;
    this.#counted = 0;
    this.probing = false;
    this.#blocked = undefined;
  }

  /**
   * The store wrote something: batches that waited only to learn that it works need not wait on, and rests not long.
   */
  #releaseSome(): void {
    const wasDown = this.#streak > 1;
    const { retryMinMs } = this.#options.settings;
    this.#parts.backlog.shorten(({ records, history: { failures, isRest, cause } }) => {
      if (failures > 0) return failures > 1 && records.length > 1 ? 0 : undefined;
      if (isRest) return cause?.status === "blocked" ? undefined : retryMinMs;
      return wasDown ? 0 : undefined;
    });
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
      this.giveUp(batch, code, reason);
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
