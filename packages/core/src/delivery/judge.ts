import type { BatchReport, BlockedReport, Clock, Failure, RetryReport, StoreName } from "@cloudmarker/store-api";
import { type Answer, type Thrown, notAgain, readAnswer, readError } from "./answer.ts";
import type { AttemptEnd } from "./attempt.ts";
import { type Backoff, LONGEST_RETRY_AFTER_MS } from "./backoff.ts";
import type { Backlog } from "./backlog.ts";
import { absolve, blame, fail, failTogether, isProven, isSample, isSuspect } from "./blame.ts";
import type { Checkpoint } from "./checkpoints.ts";
import type { DeadLetters } from "./dead-letters.ts";
import { type Cause, type Failed, type Parcel, halve, keepOnly } from "./parcel.ts";
import type { Pause } from "./pause.ts";
import type { Progress } from "./progress.ts";
import { countIdle } from "./rest.ts";
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

/** What a {@link Judge} needs. */
export interface JudgeOptions {
  /** Key of the store, for messages. */
  readonly key: string;
  readonly plugin: string;
  readonly settings: DeliverySettings;
  readonly clock: Clock;
  readonly random: () => number;
  readonly events: DeliveryEvents;
  readonly tally: Tally;
  readonly letters: DeadLetters;
  /** These records were acknowledged. */
  readonly acknowledged: (checkpoint: Checkpoint, records: number, bytes: number) => void;
}

/** Where a {@link Judge} puts what is not settled. */
export interface Desk {
  readonly backlog: Backlog;
  readonly pause: Pause;
  readonly backoff: Backoff;
  readonly progress: Progress;
  /** Batches that are being sent. */
  underWay(): readonly Parcel[];
  /**
   * In ordered delivery: a record failed alone. Asks whether the store is well.
   * @param isSaid the store itself said that it failed, so that it is there
   */
  examine(parcel: Parcel, isSaid: boolean): void;
  /** Sends a batch now, whatever else waits. */
  send(parcel: Parcel): void;
}

/** Unexplained failures in a row, of whatever batches, after which the store itself is thought to be down. */
const DOWN_AFTER = 4;
/** Times that a batch breaks a connection or times out, while others are written, after which one of its records is suspected. */
const MOST_DOUBTS = 3;
/** Nonsensical answers for the same records after which the batch counts as failed. */
const MOST_INVALID = 3;

/** What is known of a failure without an explanation. */
interface Circumstances {
  /** Nothing that was under way beside the batch can have done it. */
  readonly isOwn: boolean;
  /** The store itself said that the batch failed, so that it is there. */
  readonly isSaid: boolean;
}

/** Decides what the end of an attempt means for its batch, and for the store. */
export class Judge {
  /** After a pause one batch is sent alone to see how the store is. */
  probing = false;
  readonly #options: JudgeOptions;
  readonly #desk: Desk;
  /** Times in a row that whole batches failed, since the store last answered with sense. What failed together counts once. */
  #streak = 0;
  /** Number of the last attempt that had begun at the last of these times. */
  #counted = 0;
  #blocked: Cause | undefined;
  /** The last failure without an explanation. */
  #lastFailed: Failed | undefined;

  constructor(options: JudgeOptions, desk: Desk) {
    this.#options = options;
    this.#desk = desk;
  }

  /** Why the store takes nothing, while it is blocked. */
  get problem(): { readonly code: string; readonly message: string } | undefined {
    return this.#blocked && { code: this.#blocked.code, message: this.#blocked.reason };
  }

  /** The last batches failed whole. */
  get isFailing(): boolean {
    return this.#streak > 0;
  }

  /** @returns whether what else is under way may be about to fail of the same */
  ended(parcel: Parcel, end: AttemptEnd, durationMs: number): boolean {
    if (end.kind === "answer") this.#answered(parcel, end.answer, durationMs);
    else {
      const { status, ...cause } = end.kind === "error" ? readError(end.error) : this.#timeout();
      if (status === undefined || status === "unknown") {
        return this.#failed(parcel, { ...cause, status: "unknown" }, end.kind, status === undefined);
      }
      this.#explained(parcel, status, cause);
    }
    return false;
  }

  /**
   * Ordered delivery cannot try later records before earlier ones, except past records that failed alone again and again while the store was
   * well: when the next one is written, those were to blame. They are given up untried, since nothing may be overtaken.
   */
  convictSuspects(): void {
    for (const parcel of this.#desk.backlog.takeWhile(isProven)) {
      this.giveUp(parcel, parcel.cause?.code ?? "batch_failed", parcel.cause?.reason ?? "");
    }
  }

  /** Dead-letters a batch. */
  giveUp(parcel: Parcel, code: string, reason: string): void {
    const { checkpoint, attempts } = parcel;
    this.#desk.backlog.forget(parcel);
    this.#options.letters.add(parcel.records.map((record) => ({ record, checkpoint, code, reason, attempts })));
  }

  #timeout(): Thrown {
    const reason = `No answer within ${this.#options.settings.timeoutMs} ms.`;
    return { status: "unknown", code: "timeout", reason, retryAfterMs: 0 };
  }

  #answered(parcel: Parcel, result: unknown, durationMs: number): void {
    const answer = readAnswer(result, parcel.records, parcel.bytes, this.#options.settings.guarantee);
    const acknowledged = answer.written + answer.duplicate;
    const { again, cause, refused } = answer;
    if (acknowledged > 0) this.#count(parcel, answer, durationMs);
    if (refused.length > 0) this.#refuse(parcel, answer);
    if (acknowledged + refused.length > 0) this.#alive();
    if (answer.invalid === undefined) parcel.invalid = 0;
    else this.#reportInvalid(parcel, answer.invalid);
    if (!cause) return;
    if (acknowledged + refused.length > 0) parcel.partial = true;
    keepOnly(parcel, again);
    if (parcel.invalid >= MOST_INVALID) return this.#failedUnexplained(parcel, cause, { isOwn: true, isSaid: true });
    if (cause.status === "blocked") return this.#failedBlocked(parcel, cause);
    absolve(parcel);
    this.#failedWhole(parcel, cause);
  }

  #count(parcel: Parcel, answer: Answer, durationMs: number): void {
    const { tally, events } = this.#options;
    const records = answer.written + answer.duplicate;
    const bytes = answer.writtenBytes + answer.duplicateBytes;
    tally.written += answer.written;
    tally.duplicate += answer.duplicate;
    tally.diverted += answer.diverted;
    tally.bytes += answer.writtenBytes;
    tally.batches++;
    this.#desk.progress.acknowledge(parcel.number);
    this.#releaseSome();
    this.#options.acknowledged(parcel.checkpoint, records, bytes);
    events.written({ records, bytes, attempt: parcel.attempts, durationMs, outcomes: answer.outcomes });
  }

  #refuse(parcel: Parcel, { refused }: Answer): void {
    const { checkpoint, attempts } = parcel;
    this.#options.letters.add(refused.map((refusal) => ({ ...refusal, checkpoint, attempts })));
  }

  #reportInvalid(parcel: Parcel, what: string): void {
    const { key, plugin, events } = this.#options;
    parcel.invalid++;
    const fate = this.#isOnce ? "become dead letters" : "are sent again";
    const message = `${key} (${plugin}) gave an answer that makes no sense: ${what}. Records in doubt ${fate}.`;
    events.failed({ code: "STORE_OUTCOME_INVALID", message, store: key, plugin, hook: "store.hooks.write" });
  }

  /** Nobody knows why, or what became of it. */
  #failed(parcel: Parcel, cause: Cause, kind: AttemptEnd["kind"], isSaid: boolean): boolean {
    const { backlog, underWay, progress } = this.#desk;
    const others = underWay();
    const hitsOthers = kind !== "timeout" && others.length > 0;
    const known = [...backlog.returned, ...others];
    const isShared = failTogether(parcel, known, this.#lastFailed, progress.begun, this.#options.clock.now());
    this.#lastFailed = parcel.failed;
    if (this.#isOnce) this.#failedForGood(parcel, cause);
    else if (isShared) this.#failedWhole(parcel, cause);
    else if (isSaid) this.#failedUnexplained(parcel, cause, { isOwn: !hitsOthers, isSaid });
    else this.#failedInDoubt(parcel, cause, !hitsOthers);
    return hitsOthers;
  }

  #explained(
    parcel: Parcel,
    status: Exclude<Thrown["status"], undefined | "unknown">,
    cause: Omit<Cause, "status">,
  ): void {
    if (status === "blocked") return this.#failedBlocked(parcel, { status, ...cause });
    absolve(parcel);
    if (status === "retry") this.#failedWhole(parcel, { status, ...cause });
    else this.#refusedWhole(parcel, status, cause);
  }

  /** One of the records is the reason, or they are too many. */
  #refusedWhole(parcel: Parcel, status: "reject" | "too_large", cause: Omit<Cause, "status">): void {
    this.#alive();
    parcel.cause = { ...cause, status: "reject" };
    if (parcel.records.length === 1) this.giveUp(parcel, status === "too_large" ? status : cause.code, cause.reason);
    else for (const half of halve(parcel)) this.#desk.backlog.wait(half, 0, 0);
  }

  /** The store is throttled or away: everything waits, and one batch tries. */
  #failedWhole(parcel: Parcel, cause: Cause): void {
    if (parcel.partial) return this.#failedPart(parcel, cause);
    const share = this.#options.random();
    this.#countFailure(parcel);
    const failures = Math.max(parcel.attempts, this.#streak);
    const wait = this.#desk.backoff.wait(share, failures, cause.retryAfterMs);
    const decided = this.#consult(parcel, cause, wait);
    if (decided === undefined) return;
    const askedMs = decided === wait ? cause.retryAfterMs : decided;
    this.#desk.backlog.wait(parcel, decided, askedMs);
    // A lasting failure of one batch must not hold up the others for as long as it has come to wait itself.
    const pause = decided === wait ? this.#desk.backoff.wait(share, this.#streak, cause.retryAfterMs) : decided;
    this.#desk.pause.start(pause, askedMs);
  }

  /**
   * A cut connection or no answer in time: mostly the network, or a store that is away. Where it writes others meanwhile, again and again, one of
   * these records may be what breaks it.
   */
  #failedInDoubt(parcel: Parcel, cause: Cause, isOwn: boolean): void {
    // In order nothing else is sent that could show whether the store works.
    if (parcel.worked || this.#options.settings.ordered) parcel.doubts++;
    if (parcel.doubts >= MOST_DOUBTS) return this.#failedUnexplained(parcel, cause, { isOwn, isSaid: false });
    fail(parcel, this.#desk.progress.begun);
    if (!parcel.worked && isSample(parcel, this.#desk.backlog.returned)) this.#takeApart(parcel, cause);
    else this.#failedWhole(parcel, cause);
  }

  get #isOnce(): boolean {
    return this.#options.settings.guarantee === "at-most-once";
  }

  /** The store may have it, and may have it once only. It gets its rest all the same, so that an outage costs few batches. */
  #failedForGood(parcel: Parcel, cause: Cause): void {
    const { code, reason } = notAgain(cause.reason);
    this.#countFailure(parcel);
    this.giveUp(parcel, code, reason);
    const pause = this.#desk.backoff.wait(this.#options.random(), this.#streak, cause.retryAfterMs);
    this.#desk.pause.start(pause, cause.retryAfterMs);
  }

  /** At once, down to a single record: that is ten requests for a batch of a thousand, and no wait for any of them would tell more. */
  #takeApart(parcel: Parcel, cause: Cause): void {
    const decided = this.#consult(parcel, cause, cause.retryAfterMs);
    if (decided === undefined) return;
    this.#countFailure(parcel);
    parcel.doubts = MOST_DOUBTS - 1;
    const [first, second] = halve(parcel);
    this.#desk.backlog.wait(second, decided, decided);
    if (decided > 0) this.#desk.backlog.wait(first, decided, decided);
    else this.#desk.send(first);
  }

  /** Some records of the batch are settled, so the store works: the rest waits by itself, and not long while the store takes others. */
  #failedPart(parcel: Parcel, cause: Cause): void {
    const { status, retryAfterMs } = cause;
    const { backoff, progress } = this.#desk;
    countIdle(parcel, progress.answers);
    const wait =
      status === "blocked"
        ? backoff.recheck(retryAfterMs)
        : backoff.wait(this.#options.random(), parcel.idle, retryAfterMs);
    const decided = this.#consult(parcel, cause, wait);
    if (decided !== undefined) this.#desk.backlog.wait(parcel, decided, decided === wait ? retryAfterMs : decided);
  }

  /**
   * Nothing is wrong with the records: the store is left alone until someone may have mended it. Where it takes others, only these are: the fault is
   * in the place that they go to.
   */
  #failedBlocked(parcel: Parcel, cause: Cause): void {
    if (parcel.worked) parcel.partial = true;
    absolve(parcel);
    fail(parcel, this.#desk.progress.begun);
    if (parcel.partial) return this.#failedPart(parcel, cause);
    const recheckMs = this.#desk.backoff.recheck(cause.retryAfterMs);
    const isNew = this.#blocked === undefined;
    this.#blocked = cause;
    this.#countFailure(parcel);
    parcel.cause = cause;
    this.#desk.backlog.wait(parcel, 0, 0);
    this.#desk.pause.start(recheckMs, cause.retryAfterMs);
    if (isNew) this.#options.events.blocked({ code: cause.code, reason: cause.reason, recheckMs });
  }

  /** Either a record of the batch is poison or the store is down: see {@link blame}. */
  #failedUnexplained(parcel: Parcel, cause: Cause, { isOwn, isSaid }: Circumstances): void {
    if (this.#isOnce) return this.#failedForGood(parcel, cause);
    const { settings, random } = this.#options;
    const { act, failures } = blame(parcel, settings.ordered, isOwn);
    fail(parcel, this.#desk.progress.begun);
    this.#countFailure(parcel);
    if (act === "give_up") return this.giveUp(parcel, cause.code, cause.reason);
    const share = random();
    const split = act === "split";
    const soon = split && !settings.ordered;
    const wait = soon ? cause.retryAfterMs : this.#desk.backoff.wait(share, failures, cause.retryAfterMs);
    const decided = this.#consult(parcel, cause, wait);
    if (decided === undefined) return;
    const askedMs = decided === wait ? cause.retryAfterMs : decided;
    for (const part of split ? halve(parcel) : [parcel]) this.#desk.backlog.wait(part, decided, askedMs);
    if (settings.ordered) {
      if (!split && isSuspect(parcel)) this.#desk.examine(parcel, isSaid);
    } else if (this.#streak >= DOWN_AFTER) {
      this.#desk.pause.start(this.#desk.backoff.wait(share, this.#streak - DOWN_AFTER + 1, 0), 0);
    }
  }

  /** Several batches that were under way at the time of an outage, or beyond what a server takes at a time, are no reason to wait longer. */
  #countFailure({ number }: Parcel): void {
    if (number <= this.#counted) return;
    this.#counted = this.#desk.progress.begun;
    this.#streak++;
  }

  #alive(): void {
    this.#streak = 0;
    this.#counted = 0;
    this.probing = false;
    this.#blocked = undefined;
  }

  /** The store wrote something: batches that waited only to learn that it works need not wait on, and rests not long. */
  #releaseSome(): void {
    const { backlog } = this.#desk;
    const wasDown = this.#streak > 1;
    for (const parcel of backlog.returned) {
      const { failures, records, partial, cause } = parcel;
      if (failures > 0) {
        if (failures > 1 && records.length > 1) backlog.shorten(parcel, 0);
      } else if (!partial) {
        if (wasDown) backlog.shorten(parcel, 0);
      } else if (cause?.status !== "blocked") backlog.shorten(parcel, this.#options.settings.retryMinMs);
    }
  }

  /** Milliseconds to wait as a tap decides, or undefined if it had the records given up. */
  #consult(parcel: Parcel, cause: Cause, delayMs: number): number | undefined {
    const { status, code, reason } = cause;
    parcel.cause = cause;
    if (status === "unknown") parcel.inDoubt = true;
    const report = { records: parcel.records.length, attempt: parcel.attempts, status, code, reason, delayMs };
    const decided = this.#options.events.retry(report);
    if (decided === false) this.giveUp(parcel, code, reason);
    else return typeof decided === "number" && decided >= 0 ? Math.min(decided, LONGEST_RETRY_AFTER_MS) : delayMs;
    return undefined;
  }
}
