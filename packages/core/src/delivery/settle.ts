import type { Clock } from "@cloudmarker/store-api";
import { failureOf } from "../errors/write-error.ts";
import { type Answer, type Thrown, notAgain, readAnswer, readError, readSettled } from "./answer.ts";
import type { AttemptEnd } from "./attempt.ts";
import { type QueuedBatch, pick, placeOf, withHistory } from "./batch.ts";
import type { DeadLetters } from "./dead-letters.ts";
import * as past from "./history.ts";
import type { Cause, Circumstances, History } from "./history.ts";
import type { CancelledBatch, InFlight, SentBatch } from "./in-flight.ts";
import { type FailureKind, MOST_DOUBTS, MOST_INVALID } from "./retry-policy.ts";
import { type Next, NOTHING, Retry, type RetryOptions, type RetryParts } from "./retry.ts";
import type { Tally } from "./tally.ts";
import { Together } from "./together.ts";

/** The parts of its queue that a {@link Settle} uses. */
export interface SettleOptions extends RetryOptions {
  /** Key of the store, for messages. */
  readonly key: string;
  readonly plugin: string;
  readonly clock: Clock;
  readonly tally: Tally;
  readonly deadLetters: DeadLetters;
  /** Records of the batch were acknowledged: all but those at some indexes, which are in order. */
  readonly acknowledged: (batch: QueuedBatch, records: number, bytes: number, others: readonly number[]) => void;
}

/** The parts that a {@link Settle} shares with the sender of its store. */
export interface SettleParts extends RetryParts {
  readonly inFlight: InFlight;
}

/** The records of an attempt that were not settled. */
export interface Unsettled {
  /** The store said that they are to be sent again, and why. */
  readonly again: QueuedBatch | undefined;
  /** The store said nothing of them. */
  readonly open: QueuedBatch | undefined;
}

const NONE: readonly number[] = [];

/** The store explained itself: whatever else was under way has no part in it. */
const EXPLAINED = { isOwn: true, isSaid: true } as const;

/** Settles the records of attempts that end: which are written, which are given up, and what failed. */
export class Settle {
  readonly #options: SettleOptions;
  readonly #parts: SettleParts;
  readonly #retry: Retry;
  readonly #together: Together;

  constructor(options: SettleOptions, parts: SettleParts) {
    this.#options = options;
    this.#parts = parts;
    this.#retry = new Retry(options, parts, (...given) => this.giveUp(...given));
    this.#together = new Together(parts.backlog, parts.inFlight);
  }

  /** An attempt ended, and is no longer in flight. */
  ended(sent: SentBatch, end: AttemptEnd): Next {
    if (end.kind === "answer") return this.#answered(sent, end.answer, end.settled);
    const thrown = end.kind === "error" ? readError(end.error) : this.#timeout();
    return end.settled ? this.#failedInPart(sent, thrown, end.kind, end.settled) : this.#failed(sent, thrown, end.kind);
  }

  /** An attempt was ended by the host. */
  cancelled({ sent, settled }: CancelledBatch): Unsettled {
    const { batch } = sent;
    if (!settled) return { again: undefined, open: batch };
    const answer = readSettled(settled, batch.records, this.#options.settings.guarantee);
    this.#take(sent, answer);
    const again = pickSome(batch, answer.again);
    const isKnown = again && answer.cause && withHistory(again, past.failedOf(again.history, answer.cause));
    return { again: isKnown, open: pickSome(batch, answer.open) };
  }

  /** Dead-letters a batch. */
  giveUp(batch: QueuedBatch, code: string, reason: string): void {
    const { checkpoint, history } = batch;
    const why = { code, reason, attempts: history.attempts };
    this.#options.deadLetters.add(
      batch.records.map((record, index) => ({ record, checkpoint, place: placeOf(batch, index), ...why })),
    );
  }

  #timeout(): Thrown {
    const reason = `No answer within ${this.#options.settings.timeoutMs} ms.`;
    return { status: "unknown", code: "timeout", reason, retryAfterMs: 0 };
  }

  #answered(sent: SentBatch, given: unknown, settled: AttemptEnd["settled"]): Next {
    const { records, bytes, history } = sent.batch;
    const answer = readAnswer(given, records, bytes, this.#options.settings.guarantee, settled);
    const isPart = this.#take(sent, answer);
    return this.#sendAgain(sent, answer, past.answered(history, answer.invalid === undefined, isPart));
  }

  /** The records that the store has settled count (SC-37). The rest failed for the reason why the attempt ended. */
  #failedInPart(
    sent: SentBatch,
    thrown: Thrown,
    end: AttemptEnd["kind"],
    settled: NonNullable<AttemptEnd["settled"]>,
  ): Next {
    const { batch } = sent;
    const answer = readSettled(settled, batch.records, this.#options.settings.guarantee);
    const isPart = this.#take(sent, answer);
    const history = isPart ? { ...batch.history, isRest: true } : batch.history;
    const { again, open, cause } = answer;
    const isUnknown = thrown.status === undefined || thrown.status === "unknown";
    // In order, all that is sent again stays together and waits as the store asked. At most once, what is in doubt is
    // given up, so that it keeps nothing from being sent.
    if (this.#options.settings.ordered && cause && !(this.#isOnce && isUnknown)) {
      const inDoubt = history.inDoubt || isUnknown;
      const all = [...again, ...open].toSorted((a, b) => a - b);
      const retryAfterMs = Math.max(cause.retryAfterMs, thrown.retryAfterMs);
      return this.#sendAgain(sent, { again: all, cause: { ...cause, retryAfterMs } }, { ...history, inDoubt });
    }
    const next = this.#sendAgain(sent, answer, history);
    const rest = pickSome(batch, open);
    if (rest) return { ...next, ...this.#failed({ ...sent, batch: withHistory(rest, history) }, thrown, end) };
    return isUnknown ? { ...next, mayHitOthers: this.#endedSettled(sent, end) } : next;
  }

  /** Counts what was settled. @returns whether anything was */
  #take(sent: SentBatch, answer: Answer): boolean {
    const { written, duplicate, refused, invalid } = answer;
    const isPart = written + duplicate + refused.length > 0;
    if (written + duplicate > 0) this.#count(sent, answer);
    if (refused.length > 0) this.#refuse(sent, answer);
    if (isPart) this.#parts.state.answered();
    if (invalid !== undefined) this.#reportInvalid(invalid);
    return isPart;
  }

  /** The store said why these are to be sent again, or gave nonsense too often. */
  #sendAgain(sent: SentBatch, { again, cause }: Pick<Answer, "again" | "cause">, history: History): Next {
    if (!cause) return NOTHING;
    const rest = withHistory(pick(sent.batch, again), history);
    if (history.invalid >= MOST_INVALID) {
      const failed = past.failed(history, this.#circumstances(sent, rest));
      return this.#retry.decide({ ...EXPLAINED, kind: "unexplained", sent, batch: withHistory(rest, failed), cause });
    }
    if (cause.status === "blocked") return this.#failedBlocked(sent, rest, cause);
    return this.#failedExplained("retry", sent, rest, cause);
  }

  #count({ batch, number, startedAt }: SentBatch, answer: Answer): void {
    const { tally, events, settings, clock } = this.#options;
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
    this.#options.acknowledged(batch, records, bytes, othersIn(answer));
    const durationMs = Math.max(0, clock.now() - startedAt);
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

  #refuse({ batch }: SentBatch, { refused }: Answer): void {
    const { checkpoint, history } = batch;
    this.#options.deadLetters.add(
      refused.map(({ index, record, code, reason }) => {
        return { record, checkpoint, place: placeOf(batch, index), code, reason, attempts: history.attempts };
      }),
    );
  }

  #reportInvalid(what: string): void {
    const { key, plugin, events } = this.#options;
    const failure = failureOf("STORE_OUTCOME_INVALID", "answer", { key, plugin, what, isOnce: this.#isOnce });
    events.failed({ ...failure, store: key, plugin, hook: "store.hooks.write" });
  }

  /**
   * The store wrote something: batches that waited only to learn that it works need not wait on, and rests not long.
   */
  #releaseSome(): void {
    const wasDown = this.#parts.state.streak > 1;
    const { retryMinMs } = this.#options.settings;
    this.#parts.backlog.shorten(({ records, history: { failures, isRest, cause } }) => {
      if (failures > 0) return failures > 1 && records.length > 1 ? 0 : undefined;
      if (isRest) return cause?.status === "blocked" ? undefined : retryMinMs;
      return wasDown ? 0 : undefined;
    });
  }

  #failed(sent: SentBatch, thrown: Thrown, end: AttemptEnd["kind"]): Next {
    const { status, ...said } = thrown;
    if (status === undefined || status === "unknown") {
      return this.#failedUnexplained(sent, { ...said, status: "unknown" }, end, status === undefined);
    }
    const { batch } = sent;
    if (status === "blocked") return this.#failedBlocked(sent, batch, { ...said, status });
    if (status === "retry") return this.#failedExplained("retry", sent, batch, { ...said, status });
    // The store answered with sense. One of the records is the reason, or they are too many.
    this.#parts.state.answered();
    const code = status === "too_large" && batch.records.length === 1 ? status : said.code;
    return this.#failedExplained("reject", sent, batch, { ...said, code, status: "reject" });
  }

  #failedBlocked(sent: SentBatch, batch: QueuedBatch, cause: Cause): Next {
    const history = past.blocked(batch.history, this.#circumstances(sent, batch));
    return this.#retry.decide({ ...EXPLAINED, kind: "blocked", sent, batch: withHistory(batch, history), cause });
  }

  #failedExplained(kind: "retry" | "reject", sent: SentBatch, batch: QueuedBatch, cause: Cause): Next {
    const history = past.explained(batch.history);
    return this.#retry.decide({ ...EXPLAINED, kind, sent, batch: withHistory(batch, history), cause });
  }

  /** The reason or the result is unknown. */
  #failedUnexplained(sent: SentBatch, cause: Cause, end: AttemptEnd["kind"], isSaid: boolean): Next {
    const { batch } = sent;
    const circumstances = this.#circumstances(sent, batch);
    const mayHitOthers = this.#mayHitOthers(end);
    const { begun } = this.#parts.progress;
    const noted = this.#together.note(sent, this.#options.clock.now(), begun);
    let { history } = noted;
    let kind: FailureKind = isSaid ? "unexplained" : "doubt";
    if (noted.isShared && !this.#isOnce) kind = "retry";
    if (kind === "doubt") {
      history = past.doubted(history, circumstances);
      if (history.doubts >= MOST_DOUBTS && !this.#isOnce) kind = "unexplained";
    }
    if (kind === "unexplained") history = past.failed(history, circumstances);
    const told = this.#isOnce ? { ...cause, ...notAgain(cause.reason) } : cause;
    const failed = { kind, cause: told, batch: withHistory(batch, history), sent, isOwn: !mayHitOthers, isSaid };
    return { ...this.#retry.decide(failed), mayHitOthers };
  }

  /**
   * The attempt ended for an unknown reason after all of its records were settled. Others may have ended with it.
   * @returns whether others may still end for this reason
   */
  #endedSettled(sent: SentBatch, end: AttemptEnd["kind"]): boolean {
    this.#together.note(sent, this.#options.clock.now(), this.#parts.progress.begun);
    return this.#mayHitOthers(end);
  }

  #mayHitOthers(end: AttemptEnd["kind"]): boolean {
    return end !== "timeout" && this.#parts.inFlight.size > 0;
  }

  #circumstances({ worked }: SentBatch, { records }: QueuedBatch): Circumstances {
    const { ordered } = this.#options.settings;
    return { size: records.length, worked, begun: this.#parts.progress.begun, ordered };
  }

  get #isOnce(): boolean {
    return this.#options.settings.guarantee === "at-most-once";
  }
}

/** The records at these indexes, if there are any. */
function pickSome(batch: QueuedBatch, indexes: readonly number[]): QueuedBatch | undefined {
  return indexes.length > 0 ? pick(batch, indexes) : undefined;
}

/** Indexes of the records that were not acknowledged, in order. */
function othersIn({ refused, again, open }: Answer): readonly number[] {
  if (refused.length + again.length + open.length === 0) return NONE;
  return [...refused.map(({ index }) => index), ...again, ...open].toSorted((a, b) => a - b);
}
