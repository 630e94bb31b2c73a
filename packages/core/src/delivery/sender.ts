import { type AttemptEnd, type AttemptOptions, startAttempt } from "./attempt.ts";
import { Backoff } from "./backoff.ts";
import { Backlog } from "./backlog.ts";
import { isProven, MOST_CHECKS } from "./blame.ts";
import { Health, type HealthOptions } from "./health.ts";
import { Judge, type JudgeOptions } from "./judge.ts";
import type { Parcel } from "./parcel.ts";
import { Pause } from "./pause.ts";
import { Progress } from "./progress.ts";

/** What a {@link Sender} needs. */
export interface SenderOptions extends JudgeOptions {
  readonly check: HealthOptions["check"];
  readonly write: AttemptOptions["write"];
  /** There is nothing to send: close the open batch if it is due. */
  readonly offer: () => void;
}

const MAY_HAVE = "the store may have it";

/** A batch that is being sent. */
interface InFlight {
  readonly parcel: Parcel;
  readonly cancel: () => void;
}

/** Sends closed batches to one store: which one when, how many at a time, and what becomes of them at the end. */
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
  readonly #progress: Progress = new Progress();
  readonly #judge: Judge;
  #probe: Parcel | undefined;
  readonly #health: Health;
  /** In ordered delivery: send the next batch past those that failed while the store was well. */
  #wantsWitness = false;
  /** That batch, while it is being sent. */
  #witness: Parcel | undefined;
  /** Timer; see {@link Sender.#holdOn}. */
  #moment: unknown;
  #givenUp: { readonly code: string; readonly why: string } | undefined;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#backlog = new Backlog(options.clock, options.settings, () => this.pump());
    this.#backoff = new Backoff(options.settings, options.clock);
    this.#pause = new Pause(options.clock, () => {
      this.#judge.probing = this.#judge.isFailing;
      this.pump();
    });
    const { check, clock, settings } = options;
    this.#health = new Health({ check, clock, timeoutMs: settings.timeoutMs });
    const desk = { backlog: this.#backlog, pause: this.#pause, backoff: this.#backoff, progress: this.#progress };
    this.#judge = new Judge(options, {
      ...desk,
      underWay: () => this.#inFlight.map(({ parcel }) => parcel),
      examine: (parcel, isSaid) => this.#examine(parcel, isSaid),
      send: (parcel) => this.#sendOrWait(parcel),
    });
  }

  /** Why the store takes nothing, while it is blocked. */
  get problem(): { readonly code: string; readonly message: string } | undefined {
    return this.#judge.problem;
  }

  /** Records of which an attempt failed, and that wait for the next one or are in it. */
  get retrying(): number {
    const sent = this.#inFlight.map(({ parcel }) => parcel).filter(({ attempts }) => attempts > 1);
    return [...sent, ...this.#backlog.returned].reduce((sum, { records }) => sum + records.length, 0);
  }

  /** Takes a closed batch; {@link pump} sends it. */
  push(parcel: Parcel): void {
    if (this.#givenUp) this.#judge.giveUp(parcel, this.#givenUp.code, `${this.#givenUp.why}; it was never sent`);
    else this.#backlog.push(parcel);
  }

  /** Starts what may be started. */
  pump(): void {
    if (this.#moment !== undefined || this.#health.isAsking) return;
    const { concurrency } = this.#options.settings;
    while (!this.#pause.on && this.#inFlight.length < concurrency && !(this.#judge.probing && this.#probe)) {
      const parcel = this.#isTaken ? undefined : this.#next();
      if (!parcel || !this.#sendOrWait(parcel)) return;
    }
  }

  /** What is under way wants to be alone. */
  get #isTaken(): boolean {
    return this.#inFlight.some(({ parcel }) => parcel.lineage.isAlone);
  }

  /** @returns whether it is sent; one that wants to be alone waits until nothing is under way, and nothing else is sent meanwhile */
  #sendOrWait(parcel: Parcel): boolean {
    const canSend = !parcel.lineage.isAlone || this.#inFlight.length === 0;
    if (canSend) this.#send(parcel);
    else this.#backlog.wait(parcel, 0, 0);
    return canSend;
  }

  /** Time runs out at `endsAt`, `Infinity` for never: waits are cut so that something is still tried before. */
  hurry(endsAt: number): void {
    this.#backoff.endsAt = endsAt;
    const most = this.#backoff.cut(Infinity);
    this.#pause.shorten(most);
    this.#backlog.hurry(most);
  }

  /** Dead-letters what the store does not take although it takes others; false if there is nothing. */
  spillRests(code: string, why: string): boolean {
    const rests = this.#backlog.takeRests();
    for (const parcel of rests) this.#judge.giveUp(parcel, code, withLast(why, parcel));
    return rests.length > 0;
  }

  /** Dead-letters the youngest batch that is not being sent; false if there is none. */
  spill(code: string, why: string): boolean {
    const parcel = this.#backlog.takeLast();
    if (parcel) this.#judge.giveUp(parcel, code, withLast(why, parcel));
    return parcel !== undefined;
  }

  /** Aborts what is being sent and dead-letters everything, now and from now on. */
  giveUpAll(code: string, why: string): void {
    this.#givenUp ??= { code, why };
    const sent = this.#inFlight.map(({ parcel }) => parcel);
    for (const { cancel } of this.#inFlight) cancel();
    this.#inFlight = [];
    this.rest();
    const all = [...sent, ...this.#backlog.takeAll()].toSorted((a, b) => a.from - b.from);
    for (const parcel of all) {
      const under = sent.includes(parcel) ? `${why}; an attempt was under way, so ${MAY_HAVE}` : why;
      this.#judge.giveUp(parcel, code, withLast(under, parcel));
    }
  }

  /** Everything is settled: no timer is to outlive that. */
  rest(): void {
    this.#options.clock.clearTimeout(this.#moment);
    this.#moment = undefined;
    this.#health.cancel();
    this.#pause.clear();
  }

  #next(): Parcel | undefined {
    const { ordered } = this.#options.settings;
    // While nothing succeeds, what was never sent comes first, the open batch included.
    if (this.#judge.isFailing && !ordered) this.#options.offer();
    const parcel = this.#pick();
    // In ordered delivery a batch that came back holds up the open one, which may as well grow.
    if (parcel || (ordered && this.#backlog.returned.length > 0)) return parcel;
    this.#options.offer();
    return this.#pick();
  }

  #pick(): Parcel | undefined {
    if (!this.#options.settings.ordered) {
      return this.#judge.isFailing ? this.#backlog.takeLeastTried() : this.#backlog.takeReady();
    }
    if (this.#wantsWitness) {
      this.#wantsWitness = false;
      this.#witness = this.#backlog.takeInOrder(isProven);
      if (this.#witness) return this.#witness;
    }
    return this.#backlog.takeInOrder();
  }

  /** A store that cannot tell is taken to be well where it said itself that the record failed: the answer to it shows that it is there. */
  #examine(parcel: Parcel, isSaid: boolean): void {
    this.#health.ask((isWell) => {
      if (isWell === undefined) parcel.checks = isSaid ? MOST_CHECKS : 0;
      else parcel.checks = isWell ? parcel.checks + 1 : 0;
      // At once: the store is well now.
      this.#wantsWitness = isProven(parcel);
      this.pump();
    });
  }

  #send(parcel: Parcel): void {
    const { settings, clock, write, tally } = this.#options;
    if (this.#judge.probing) this.#probe = parcel;
    if (++parcel.attempts > 1) tally.retries++;
    parcel.worked = parcel.since !== -1 && this.#progress.since(parcel.since);
    parcel.number = ++this.#progress.begun;
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
    const mayHitOthers = this.#judge.ended(parcel, end, durationMs);
    if (this.#witness === parcel) {
      this.#witness = undefined;
      if (this.#progress.since(parcel.number - 1)) this.#judge.convictSuspects();
    }
    if (mayHitOthers) this.#holdOn();
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

function withLast(reason: string, { cause, attempts, inDoubt }: Parcel): string {
  const isSaid = !inDoubt || reason.endsWith(MAY_HAVE);
  const why = isSaid ? reason : `${reason}; nobody knows what became of an earlier attempt, so ${MAY_HAVE}`;
  if (cause) return `${why}; last failure: ${cause.code}: ${cause.reason}`;
  return attempts === 0 ? `${why}; it was never sent` : why;
}
