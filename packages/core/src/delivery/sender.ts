import { type AttemptEnd, type AttemptOptions, startAttempt } from "./attempt.ts";
import { Backoff } from "./backoff.ts";
import { Backlog } from "./backlog.ts";
import { type QueuedBatch, withHistory } from "./batch.ts";
import type { KnownOfStore } from "./fail-fast.ts";
import { Health, type HealthOptions } from "./health.ts";
import { attempted, type Cause } from "./history.ts";
import { InFlight } from "./in-flight.ts";
import { Pause } from "./pause.ts";
import { Progress } from "./progress.ts";
import { MOST_CHECKS, mayBePassed } from "./retry-policy.ts";
import { Settle, type SettleOptions } from "./settle.ts";
import { StoreState } from "./store-state.ts";

/** The parts of its queue that a {@link Sender} uses. */
export interface SenderOptions extends SettleOptions {
  readonly check: HealthOptions["check"];
  readonly write: AttemptOptions["write"];
  /** There is nothing to send: close the open batch if it is due. */
  readonly offer: () => void;
  /** An attempt ended, and what comes of that is done. */
  readonly ended: () => void;
}

const MAY_HAVE = "the store may have it";
const NOT_WAITED_FOR = "the store had taken nothing, and is not waited for (delivery.fail_fast)";

/** Sends closed batches to one store: which one when, how many at a time, and what becomes of them at the end. */
export class Sender {
  readonly #options: SenderOptions;
  readonly #backlog: Backlog;
  readonly #inFlight: InFlight = new InFlight();
  readonly #pause: Pause;
  readonly #backoff: Backoff;
  readonly #progress: Progress = new Progress();
  readonly #state: StoreState = new StoreState();
  readonly #settle: Settle;
  readonly #health: Health;
  /** In ordered delivery: send the next batch past those that failed while the store was well. */
  #passes = false;
  /** Timer; see {@link Sender.#holdOn}. */
  #moment: unknown;
  #givenUp: { readonly code: string; readonly why: string } | undefined;

  constructor(options: SenderOptions) {
    this.#options = options;
    const { check, clock, settings } = options;
    this.#backlog = new Backlog(clock, settings, () => this.pump());
    this.#backoff = new Backoff(settings, clock);
    this.#pause = new Pause(clock, () => {
      this.#state.probing = this.#state.isFailing;
      this.pump();
    });
    this.#health = new Health({ check, clock, timeoutMs: settings.timeoutMs });
    this.#settle = new Settle(options, {
      backlog: this.#backlog,
      inFlight: this.#inFlight,
      pause: this.#pause,
      backoff: this.#backoff,
      progress: this.#progress,
      state: this.#state,
    });
  }

  /** What its answers tell of the store. */
  get known(): KnownOfStore {
    const { blocked, refused } = this.#state;
    return { hasWorked: this.#progress.answers > 0, blocked, refused };
  }

  /** Nothing is sent now. */
  get isPaused(): boolean {
    return this.#pause.on;
  }

  /** Records of which an attempt failed, and that wait for the next one or are in it. */
  get retrying(): number {
    const again = this.#inFlight.batches.filter(({ history }) => history.attempts > 1);
    return [...again, ...this.#backlog.returned].reduce((sum, { records }) => sum + records.length, 0);
  }

  /** Takes a closed batch; {@link pump} sends it. */
  push(batch: QueuedBatch): void {
    if (this.#givenUp) this.#settle.giveUp(batch, this.#givenUp.code, `${this.#givenUp.why}; it was never sent`);
    else this.#backlog.push(batch);
  }

  /** Starts what may be started. */
  pump(): void {
    if (this.#moment !== undefined || this.#health.isAsking) return;
    const { concurrency } = this.#options.settings;
    const inFlight = this.#inFlight;
    while (!this.#pause.on && inFlight.size < concurrency && !(this.#state.probing && inFlight.hasProbe)) {
      const batch = inFlight.isTaken ? undefined : this.#next();
      if (!batch || !this.#sendOrWait(batch)) return;
    }
  }

  /**
   * @returns whether it is sent; one that is sent alone waits until nothing is under way, and nothing else is sent
   * meanwhile
   */
  #sendOrWait(batch: QueuedBatch): boolean {
    const canSend = !batch.history.isSentAlone || this.#inFlight.size === 0;
    if (canSend) this.#send(batch);
    else this.#backlog.wait(batch, 0, 0);
    return canSend;
  }

  /** Time runs out at `endsAt`, `Infinity` for never: waits are cut so that something is still tried before. */
  hurry(endsAt: number): void {
    this.#backoff.endsAt = endsAt;
    const most = this.#backoff.cut(Infinity);
    this.#pause.shorten(most);
    this.#backlog.shorten(() => most);
  }

  /** Tries again at once what waits for that, unless the server or a tap asked for the wait. */
  tryNow(): void {
    this.#pause.shorten(0);
    this.#backlog.shorten(() => 0);
  }

  /** Dead-letters what the store does not take although it takes others; false if there is nothing. */
  giveUpRests(code: string, why: string): boolean {
    return this.#giveUpEach(this.#backlog.takeRests(), code, why);
  }

  /** Dead-letters what is not being sent; false if there is nothing. */
  giveUpWaiting(code: string, why: string): boolean {
    return this.#giveUpEach(this.#backlog.takeAll(), code, why);
  }

  /** Dead-letters what is not being sent, since the store is plainly wrong; false if there is nothing. */
  failFast(cause: Cause): boolean {
    const known = this.#backlog.takeAll().map((batch) => withHistory(batch, { ...batch.history, cause }));
    return this.#giveUpEach(known, cause.code, NOT_WAITED_FOR);
  }

  /** Aborts what is being sent and dead-letters everything, now and from now on. */
  giveUpAll(code: string, why: string): void {
    this.#givenUp ??= { code, why };
    const cancelled = this.#inFlight.cancelAll().map((one) => this.#settle.cancelled(one));
    this.rest();
    const sent = cancelled.flatMap(({ open }) => open ?? []);
    const known = cancelled.flatMap(({ again }) => again ?? []);
    const all = [...sent, ...known, ...this.#backlog.takeAll()].toSorted((a, b) => a.from - b.from);
    for (const batch of all) {
      const under = sent.includes(batch) ? `${why}; an attempt was under way, so ${MAY_HAVE}` : why;
      this.#settle.giveUp(batch, code, withLast(under, batch));
    }
  }

  /**
   * Aborts what is being sent, and sends nothing more. What the store had settled by then counts.
   * @returns the batches that are left
   */
  release(): readonly QueuedBatch[] {
    const cancelled = this.#inFlight.cancelAll().map((one) => this.#settle.cancelled(one));
    this.rest();
    return [
      ...cancelled.flatMap(({ open, again }) => [...(open ? [open] : []), ...(again ? [again] : [])]),
      ...this.#backlog.takeAll(),
    ];
  }

  /** Everything is settled: no timer is to outlive that. */
  rest(): void {
    this.#options.clock.clearTimeout(this.#moment);
    this.#moment = undefined;
    this.#health.cancel();
    this.#pause.clear();
  }

  #giveUpEach(batches: readonly QueuedBatch[], code: string, why: string): boolean {
    for (const batch of batches) this.#settle.giveUp(batch, code, withLast(why, batch));
    return batches.length > 0;
  }

  #next(): QueuedBatch | undefined {
    const { ordered } = this.#options.settings;
    // While nothing succeeds, what was never sent comes first, the open batch included.
    if (this.#state.isFailing && !ordered) this.#options.offer();
    const batch = this.#pick();
    // In ordered delivery a batch that came back holds up the open one, which may as well grow.
    if (batch || (ordered && this.#backlog.hasReturned)) return batch;
    this.#options.offer();
    return this.#pick();
  }

  #pick(): QueuedBatch | undefined {
    if (!this.#options.settings.ordered) {
      return this.#state.isFailing ? this.#backlog.takeLeastTried() : this.#backlog.takeReady();
    }
    const passes = this.#passes;
    this.#passes = false;
    const passing = passes
      ? this.#backlog.takeInOrder(({ records, history }) => mayBePassed(history, records.length))
      : undefined;
    return passing ?? this.#backlog.takeInOrder();
  }

  /**
   * A store that cannot tell is taken to be well where it said itself that the record failed: the answer to it shows
   * that it is there.
   */
  #check(checked: QueuedBatch, isSaid: boolean): void {
    this.#health.ask((isWell) => {
      const { checks } = checked.history;
      const without = isSaid ? MOST_CHECKS : 0;
      const history = { ...checked.history, checks: isWell ? checks + 1 : isWell === undefined ? without : 0 };
      this.#backlog.revise((batch) => (batch === checked ? withHistory(batch, history) : batch));
      // At once: the store is well now.
      this.#passes = mayBePassed(history, checked.records.length);
      this.pump();
    });
  }

  #send(picked: QueuedBatch): void {
    const { settings, clock, write, tally } = this.#options;
    const batch = withHistory(picked, attempted(picked.history));
    const { attempts, seen } = batch.history;
    if (attempts > 1) tally.retries++;
    const number = ++this.#progress.begun;
    const startedAt = clock.now();
    const ended = (end: AttemptEnd): void => this.#ended(number, end);
    const cancel = startAttempt({ write, clock, timeoutMs: settings.timeoutMs, ended }, batch.records, attempts);
    const worked = seen > 0 && this.#progress.since(seen);
    this.#inFlight.add({ batch, number, worked, isProbe: this.#state.probing, startedAt, cancel });
  }

  #ended(number: number, end: AttemptEnd): void {
    const sent = this.#inFlight.take(number);
    if (!sent) return;
    const { mayHitOthers, send, check } = this.#settle.ended(sent, end);
    if (send) this.#sendOrWait(send);
    if (check) this.#check(check.batch, check.isSaid);
    if (mayHitOthers) this.#holdOn();
    this.#options.ended();
    this.pump();
  }

  /** Sends nothing before everything has ended that is ending at this moment. */
  #holdOn(): void {
    const { clock } = this.#options;
    this.#moment ??= clock.setTimeout(() => {
      this.#moment = undefined;
      this.pump();
    }, 0);
  }
}

function withLast(reason: string, { history: { cause, attempts, inDoubt } }: QueuedBatch): string {
  const isSaid = !inDoubt || reason.endsWith(MAY_HAVE);
  const why = isSaid ? reason : `${reason}; the result of an earlier attempt is unknown, so ${MAY_HAVE}`;
  if (cause) return `${why}; last failure: ${cause.code}: ${cause.reason}`;
  return attempts === 0 ? `${why}; it was never sent` : why;
}
