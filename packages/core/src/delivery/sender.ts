import type { BatchReport, BlockedReport, Clock, Failure, RetryReport } from "@cloudmarker/store-api";
import { type Answer, notAgain, readAnswer, readError } from "./answer.ts";
import { type AttemptEnd, type AttemptOptions, startAttempt } from "./attempt.ts";
import { Backoff, LONGEST_RETRY_AFTER_MS } from "./backoff.ts";
import { Backlog } from "./backlog.ts";
import { absolve, blame, isSample, isSuspect, worksMeanwhile } from "./blame.ts";
import type { Checkpoint } from "./checkpoints.ts";
import type { DeadLetters } from "./dead-letters.ts";
import { type Cause, type Parcel, halve, sumBytes } from "./parcel.ts";
import { Pause } from "./pause.ts";
import type { DeliverySettings } from "./settings.ts";
import type { Tally } from "./tally.ts";

/** What the host learns about attempts while they happen. None of these may throw. */
export interface DeliveryEvents {
  written(report: BatchReport): void;
  /** A number is waited instead; `false` gives the records up. */
  retry(report: RetryReport): number | false | undefined;
  blocked(report: BlockedReport): void;
  failed(failure: Failure): void;
}

/** What a {@link Sender} needs. */
export interface SenderOptions {
  /** Key of the store, for messages. */
  readonly key: string;
  readonly plugin: string;
  readonly settings: DeliverySettings;
  readonly clock: Clock;
  readonly random: () => number;
  readonly write: AttemptOptions["write"];
  readonly events: DeliveryEvents;
  readonly tally: Tally;
  readonly letters: DeadLetters;
  /** These records were acknowledged. */
  readonly acknowledged: (checkpoint: Checkpoint, records: number, bytes: number) => void;
  /** There is nothing to send: close the open batch if it is due. */
  readonly offer: () => void;
}

/** Unexplained failures in a row, of whatever batches, after which the store itself is thought to be down. */
const DOWN_AFTER = 4;
/** Times that a batch breaks a connection or times out, while others are written, after which one of its records is suspected. */
const MOST_DOUBTS = 3;
/** Nonsensical answers for the same records after which the batch counts as failed. */
const MOST_INVALID = 3;

/** A batch that is being sent. */
interface InFlight {
  readonly parcel: Parcel;
  readonly cancel: () => void;
}

/** Sends closed batches to one store and decides what every outcome means for the batch, and for the store. */
export class Sender {
  readonly #options: SenderOptions;
  readonly #backlog: Backlog;
  /**
   * No Map: each time one outgrows its table it leaves that chained to the next. Once the first is in the old generation, garbage or not, all that
   * follow and the records in them join it, until a full collection.
   */
  #inFlight: readonly InFlight[] = [];
  readonly #pause: Pause;
  readonly #backoff: Backoff;
  /** Counts answers in which the store acknowledged something: the sign that it works. */
  #progress = 0;
  /** Whole batches that failed since the store last answered with sense. */
  #streak = 0;
  /** After a pause one batch is sent alone to see how the store is. */
  #probing = false;
  #probe: Parcel | undefined;
  /** In ordered delivery: look past the suspects next time, and whether that is being done. */
  #wantWitness = false;
  #witness: Parcel | undefined;
  #blocked: Cause | undefined;
  #givenUp: { readonly code: string; readonly why: string } | undefined;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#backlog = new Backlog(options.clock, () => this.pump());
    this.#backoff = new Backoff(options.settings, options.clock);
    this.#pause = new Pause(options.clock, () => {
      this.#probing = this.#streak > 0;
      this.pump();
    });
  }

  /** Why the store takes nothing, while it is blocked. */
  get problem(): { readonly code: string; readonly message: string } | undefined {
    return this.#blocked && { code: this.#blocked.code, message: this.#blocked.reason };
  }

  /** Takes a closed batch; {@link pump} sends it. */
  push(parcel: Parcel): void {
    if (this.#givenUp) this.#giveUp(parcel, this.#givenUp.code, `${this.#givenUp.why}; it was never sent`);
    else this.#backlog.push(parcel);
  }

  /** Starts what may be started. */
  pump(): void {
    const { concurrency } = this.#options.settings;
    while (!this.#pause.on && this.#inFlight.length < concurrency && !(this.#probing && this.#probe)) {
      const parcel = this.#next();
      if (!parcel) return;
      this.#send(parcel);
    }
  }

  /** Time runs out at `endsAt`, `Infinity` for never: waits are cut so that something is still tried before. */
  hurry(endsAt: number): void {
    this.#backoff.endsAt = endsAt;
    const most = this.#backoff.cut(Infinity);
    this.#pause.shorten(most);
    this.#backlog.hurry(most);
  }

  /** Dead-letters what is blocked although the store takes others; false if there is nothing. */
  spillRests(code: string, why: string): boolean {
    const rests = this.#backlog.takeRests();
    for (const parcel of rests) this.#giveUp(parcel, code, withLast(why, parcel));
    return rests.length > 0;
  }

  /** Dead-letters the youngest batch that is not being sent; false if there is none. */
  spill(code: string, why: string): boolean {
    const parcel = this.#backlog.takeLast();
    if (parcel) this.#giveUp(parcel, code, withLast(why, parcel));
    return parcel !== undefined;
  }

  /** Aborts what is being sent and dead-letters everything, now and from now on. */
  giveUpAll(code: string, why: string): void {
    this.#givenUp ??= { code, why };
    const sent = this.#inFlight.map(({ parcel }) => parcel);
    for (const { cancel } of this.#inFlight) cancel();
    this.#inFlight = [];
    this.#pause.clear();
    const all = [...sent, ...this.#backlog.takeAll()].toSorted((a, b) => a.from - b.from);
    for (const parcel of all) {
      const under = sent.includes(parcel) ? `${why}; an attempt was under way, so the store may have it` : why;
      this.#giveUp(parcel, code, withLast(under, parcel));
    }
  }

  #next(): Parcel | undefined {
    const parcel = this.#pick();
    // In ordered delivery a batch that came back holds up the open one, which may as well grow.
    if (parcel || (this.#options.settings.ordered && this.#backlog.returned.length > 0)) return parcel;
    this.#options.offer();
    return this.#pick();
  }

  #pick(): Parcel | undefined {
    if (!this.#options.settings.ordered) {
      return this.#streak > 0 ? this.#backlog.takeLeastTried() : this.#backlog.takeReady();
    }
    if (this.#wantWitness) {
      this.#wantWitness = false;
      this.#witness = this.#backlog.takeInOrder(isSuspect);
      if (this.#witness) return this.#witness;
    }
    return this.#backlog.takeInOrder();
  }

  #send(parcel: Parcel): void {
    const { settings, clock, write, tally } = this.#options;
    if (this.#probing) this.#probe = parcel;
    if (++parcel.attempts > 1) tally.retries++;
    const started = clock.now();
    const ended = (end: AttemptEnd): void => this.#ended(parcel, end, Math.max(0, clock.now() - started));
    const cancel = startAttempt(
      { write, clock, timeoutMs: settings.timeoutMs, ended },
      parcel.records,
      parcel.attempts,
    );
    this.#inFlight = [...this.#inFlight, { parcel, cancel }];
  }

  #ended(parcel: Parcel, end: AttemptEnd, durationMs: number): void {
    this.#inFlight = this.#inFlight.filter((one) => one.parcel !== parcel);
    if (this.#probe === parcel) this.#probe = undefined;
    const before = this.#progress;
    if (end.kind === "answer") this.#answered(parcel, end.answer, durationMs);
    else if (end.kind === "error") this.#threw(parcel, end.error);
    else this.#failedInDoubt(parcel, this.#timeout());
    if (this.#witness === parcel) {
      this.#witness = undefined;
      if (this.#progress > before) this.#convictSuspects();
    }
    this.pump();
  }

  #timeout(): Cause {
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
    parcel.records = again;
    parcel.bytes = sumBytes(again);
    if (parcel.invalid >= MOST_INVALID) return this.#failedUnexplained(parcel, cause);
    if (cause.status === "blocked") return this.#failedBlocked(parcel, cause);
    absolve(parcel);
    if (acknowledged + refused.length > 0) this.#failedPart(parcel, cause);
    else this.#failedWhole(parcel, cause);
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
    this.#progress++;
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
    const message = `${key} (${plugin}) gave an answer that makes no sense: ${what}. Records in doubt are sent again.`;
    events.failed({ code: "STORE_OUTCOME_INVALID", message, store: key, plugin, hook: "store.hooks.write" });
  }

  #threw(parcel: Parcel, error: unknown): void {
    const { status, ...rest } = readError(error);
    if (status === "unknown") return this.#failedInDoubt(parcel, { status, ...rest });
    if (status === "blocked") return this.#failedBlocked(parcel, { status, ...rest });
    if (status !== undefined) absolve(parcel);
    if (status === "retry") return this.#failedWhole(parcel, { status, ...rest });
    if (status === undefined) return this.#failedUnexplained(parcel, { status: "unknown", ...rest });
    this.#alive();
    parcel.cause = { ...rest, status: "reject" };
    if (parcel.records.length === 1) this.#giveUp(parcel, status === "too_large" ? status : rest.code, rest.reason);
    else for (const half of halve(parcel)) this.#backlog.wait(half, 0, false);
  }

  /** The store is throttled or away: everything waits, and one batch tries. */
  #failedWhole(parcel: Parcel, cause: Cause): void {
    const { random } = this.#options;
    const share = random();
    if (!parcel.partial) this.#streak++;
    const failures = parcel.partial ? parcel.attempts : Math.max(parcel.attempts, this.#streak);
    const wait = this.#backoff.wait(share, failures, cause.retryAfterMs);
    const decided = this.#consult(parcel, cause, wait);
    if (decided === undefined) return;
    const fixed = cause.retryAfterMs > 0 || decided !== wait;
    this.#backlog.wait(parcel, decided, fixed);
    // A lasting failure of one batch must not hold up the others for as long as it has come to wait itself.
    const pause = decided === wait ? this.#backoff.wait(share, this.#streak, cause.retryAfterMs) : decided;
    if (!parcel.partial) this.#pause.start(pause, fixed);
  }

  /**
   * A cut connection or no answer in time: mostly the network, or a store that is away. Where it writes others meanwhile, again and again, one of
   * these records may be what breaks it.
   */
  #failedInDoubt(parcel: Parcel, cause: Cause): void {
    if (this.#isOnce) return this.#failedForGood(parcel, cause);
    const works = worksMeanwhile(parcel, this.#progress);
    if (works) parcel.doubts++;
    if (parcel.doubts >= MOST_DOUBTS) return this.#failedUnexplained(parcel, cause);
    parcel.progress = this.#progress;
    if (!works && isSample(parcel, this.#backlog.returned)) this.#takeApart(parcel, cause);
    else this.#failedWhole(parcel, cause);
  }

  get #isOnce(): boolean {
    return this.#options.settings.guarantee === "at-most-once";
  }

  /** The store may have it, and may have it once only. It gets its rest all the same, so that an outage costs few batches. */
  #failedForGood(parcel: Parcel, cause: Cause): void {
    const { code, reason } = notAgain(cause.reason);
    this.#streak++;
    this.#giveUp(parcel, code, reason);
    const pause = this.#backoff.wait(this.#options.random(), this.#streak, cause.retryAfterMs);
    this.#pause.start(pause, cause.retryAfterMs > 0);
  }

  /** At once, down to a single record: that is ten requests for a batch of a thousand, and no wait for any of them would tell more. */
  #takeApart(parcel: Parcel, cause: Cause): void {
    const decided = this.#consult(parcel, cause, cause.retryAfterMs);
    if (decided === undefined) return;
    this.#streak++;
    parcel.doubts = MOST_DOUBTS - 1;
    const [first, second] = halve(parcel);
    this.#backlog.wait(second, decided, decided > 0);
    if (decided > 0) this.#backlog.wait(first, decided, true);
    else this.#send(first);
  }

  /** Some records of the batch are settled, so the store works: the rest waits by itself. */
  #failedPart(parcel: Parcel, cause: Cause): void {
    const { status, retryAfterMs } = cause;
    const wait =
      status === "blocked"
        ? this.#backoff.recheck(retryAfterMs)
        : this.#backoff.wait(this.#options.random(), parcel.attempts, retryAfterMs);
    const decided = this.#consult(parcel, cause, wait);
    if (decided !== undefined) this.#backlog.wait(parcel, decided, retryAfterMs > 0 || decided !== wait);
  }

  /**
   * Nothing is wrong with the records: the store is left alone until someone may have mended it. Where it takes others, only these are: the fault is
   * in the place that they go to.
   */
  #failedBlocked(parcel: Parcel, cause: Cause): void {
    if (worksMeanwhile(parcel, this.#progress)) parcel.partial = true;
    absolve(parcel);
    parcel.progress = this.#progress;
    if (parcel.partial) return this.#failedPart(parcel, cause);
    const recheckMs = this.#backoff.recheck(cause.retryAfterMs);
    const isNew = this.#blocked === undefined;
    this.#blocked = cause;
    this.#streak++;
    parcel.cause = cause;
    this.#backlog.wait(parcel, 0, false);
    this.#pause.start(recheckMs, cause.retryAfterMs > 0);
    if (isNew) this.#options.events.blocked({ code: cause.code, reason: cause.reason, recheckMs });
  }

  /** Either a record of the batch is poison or the store is down: see {@link blame}. */
  #failedUnexplained(parcel: Parcel, cause: Cause): void {
    if (this.#isOnce) return this.#failedForGood(parcel, cause);
    const { settings, random } = this.#options;
    const { act, failures } = blame(parcel, this.#progress, settings.ordered);
    this.#streak++;
    if (act === "give_up") return this.#giveUp(parcel, cause.code, cause.reason);
    const share = random();
    const split = act === "split";
    const soon = split && !settings.ordered;
    const wait = soon ? cause.retryAfterMs : this.#backoff.wait(share, failures, cause.retryAfterMs);
    const decided = this.#consult(parcel, cause, wait);
    if (decided === undefined) return;
    const fixed = cause.retryAfterMs > 0 || decided !== wait;
    for (const part of split ? halve(parcel) : [parcel]) this.#backlog.wait(part, decided, fixed);
    if (settings.ordered) this.#wantWitness = isSuspect(parcel);
    else if (this.#streak >= DOWN_AFTER) {
      this.#pause.start(this.#backoff.wait(share, this.#streak - DOWN_AFTER + 1, 0), false);
    }
  }

  /**
   * Ordered delivery cannot try later records before earlier ones, except past records that failed alone again and again: when
   * the next one is written, those were to blame. They are given up untried, since nothing may be overtaken.
   */
  #convictSuspects(): void {
    for (const parcel of this.#backlog.takeWhile(isSuspect)) {
      this.#giveUp(parcel, parcel.cause?.code ?? "batch_failed", parcel.cause?.reason ?? "");
    }
  }

  #alive(): void {
    this.#streak = 0;
    this.#probing = false;
    this.#blocked = undefined;
  }

  /** The store wrote something: batches that waited only to learn that it works need not wait on. */
  #releaseSome(): void {
    const wasDown = this.#streak > 1;
    for (const parcel of this.#backlog.returned) {
      const wants = parcel.failures > 0 ? parcel.failures > 1 && parcel.records.length > 1 : wasDown && !parcel.partial;
      if (wants && !parcel.fixed) this.#backlog.release(parcel);
    }
  }

  /** Milliseconds to wait as a tap decides, or undefined if it had the records given up. */
  #consult(parcel: Parcel, cause: Cause, delayMs: number): number | undefined {
    const { status, code, reason } = cause;
    parcel.cause = cause;
    const report = { records: parcel.records.length, attempt: parcel.attempts, status, code, reason, delayMs };
    const decided = this.#options.events.retry(report);
    if (decided === false) this.#giveUp(parcel, code, reason);
    else return typeof decided === "number" && decided >= 0 ? Math.min(decided, LONGEST_RETRY_AFTER_MS) : delayMs;
    return undefined;
  }

  #giveUp(parcel: Parcel, code: string, reason: string): void {
    const { checkpoint, attempts } = parcel;
    this.#backlog.release(parcel);
    this.#options.letters.add(parcel.records.map((record) => ({ record, checkpoint, code, reason, attempts })));
  }
}

function withLast(why: string, { cause, attempts }: Parcel): string {
  if (cause) return `${why}; last failure: ${cause.code}: ${cause.reason}`;
  return attempts === 0 ? `${why}; it was never sent` : why;
}
