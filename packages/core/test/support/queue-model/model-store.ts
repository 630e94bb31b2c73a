import type { Batch, Clock, Outcome, WriteContext } from "@cloudmarker/store-api";
import { StoreError, UnknownOutcomeError } from "@cloudmarker/store-api";
import { type Answer, answerEach, mixture, nonsense, outcomeOf, throttled } from "./answers.ts";
import type { Attempt, Ledger } from "./ledger.ts";
import { OF_BATCHES } from "./plan.ts";
import type { Manner, Mood, Nature, Plan, Spell } from "./plan.ts";

const ENDS_BATCH: ReadonlySet<string> = new Set(OF_BATCHES);

interface Wait {
  readonly retryAfterMs?: number;
}

interface Running extends PromiseWithResolvers<readonly Outcome[]> {
  readonly attempt: Attempt;
  readonly settle: (outcomes: readonly Outcome[]) => void;
  hasSettled: boolean;
}

/** A back end that follows a plan, and writes into the ledger what it really did. */
export class ModelStore {
  /** Its own timers, which may outlive what the host waits for. */
  naps = 0;
  readonly #plan: Plan;
  readonly #clock: Clock;
  readonly #ledger: Ledger;
  readonly #bornAt: number;
  readonly #running = new Set<Running>();

  constructor(plan: Plan, clock: Clock, ledger: Ledger) {
    this.#plan = plan;
    this.#clock = clock;
    this.#ledger = ledger;
    this.#bornAt = clock.now();
  }

  write(batch: Batch, { attempt: no, signal, settle = () => undefined }: WriteContext): Promise<readonly Outcome[]> {
    const { latencies, moods } = this.#plan;
    const attempt = this.#ledger.start(batch, no, this.#clock.now(), signal);
    const running = { ...Promise.withResolvers<readonly Outcome[]>(), attempt, settle, hasSettled: false };
    this.#running.add(running);
    signal.addEventListener("abort", () => this.#running.delete(running));
    const begun = this.#spellAt(attempt.startedAt);
    const end = (): void => {
      // A crash has ended it before.
      if (attempt.ended) return;
      const cut = begun ?? this.#spellThatCut(attempt.startedAt);
      this.#end(running, cut ?? this.#moodOf(attempt.numbers) ?? moods[attempt.no - 1]);
    };
    const latency = latencies[attempt.no % latencies.length] ?? 0;
    if (latency === 0) end();
    else this.#nap(end, latency);
    return running.promise;
  }

  /** Whether it is well; it takes its time to say so. */
  async check(): Promise<boolean | undefined> {
    const { hasCheck, latencies } = this.#plan;
    if (!hasCheck) return undefined;
    const spell = this.#spellAt(this.#clock.now());
    await new Promise<void>((resolve) => this.#nap(resolve, latencies[0] ?? 0));
    if (spell?.manner === "hangs") return new Promise(() => undefined);
    if (spell?.manner === "fails") throw new Error("It fails.");
    return spell === undefined;
  }

  #spellAt(now: number): Spell | undefined {
    const at = now - this.#bornAt;
    return this.#plan.spells.find(({ fromMs, lastsMs }) => at >= fromMs && at < fromMs + lastsMs);
  }

  #spellThatCut(startedAt: number): Spell | undefined {
    const [from, to] = [startedAt - this.#bornAt, this.#clock.now() - this.#bornAt];
    return this.#plan.spells.find(({ cuts, fromMs }) => cuts && fromMs > from && fromMs <= to);
  }

  /** What the first record does to its batch that does something to it. */
  #moodOf(numbers: readonly number[]): Mood | undefined {
    const manner = numbers.map((number) => this.#nature(number)).find((nature) => ENDS_BATCH.has(nature));
    return manner === undefined ? undefined : { manner: manner as Manner, retryAfterMs: 0 };
  }

  #nature(number: number): Nature {
    return this.#plan.natures[number - 1] ?? "good";
  }

  #end(running: Running, mood: Mood | undefined): void {
    const { numbers, no } = running.attempt;
    const wait = mood && mood.retryAfterMs > 0 ? { retryAfterMs: mood.retryAfterMs } : {};
    switch (mood?.manner) {
      case undefined:
        return this.#answer(
          running,
          answerEach(numbers, (number) => outcomeOf(this.#nature(number)), wait),
          wait,
        );
      case "mixed":
        return this.#answer(running, answerEach(numbers, mixture(no), wait), wait);
      case "throttled":
        return this.#answer(running, answerEach(numbers, throttled(numbers, no), wait), wait);
      case "nonsense":
        return this.#answer(running, nonsense(numbers, no), {});
      case "gibberish":
        return this.#answer(running, nonsense(numbers, 0), {});
      case "hangs":
        return this.#settle(running);
      case "crashes":
        return this.#endAll(() => new UnknownOutcomeError("crashed", "It crashed."));
      case "collapses":
        return this.#endAll(() => new Error("It collapsed."));
      case "fails":
        return this.#throw(running, Object.assign(new Error("It failed."), wait), wait);
      case "breaks":
        return this.#throw(running, new UnknownOutcomeError("connection_lost", "It broke.", wait), wait);
      case "reject":
      case "too_large":
        return this.#throw(running, new StoreError(mood.manner, mood.manner, "It is refused."), {}, []);
      case "retry":
        this.#mustRest(running.attempt, mood.retryAfterMs);
        return this.#throw(running, new StoreError("retry", "busy", "Later.", wait), wait, []);
      case "blocked":
        return this.#throw(running, new StoreError("blocked", "locked", "It is locked.", wait), wait, []);
    }
  }

  #endAll(reason: () => Error): void {
    this.#ledger.crash();
    for (const one of this.#running) this.#throw(one, reason(), {});
  }

  /** Says of some good records that it has them, before it fails. */
  #settle(running: Running): void {
    const { attempt, settle } = running;
    // One that hangs may end by the crash of another.
    if (running.hasSettled) return;
    running.hasSettled = true;
    settle(attempt.numbers.flatMap((n, index) => (this.#isSettled(n, attempt) ? { index, status: "written" } : [])));
    if (attempt.signal.aborted) return;
    this.#ledger.acknowledge(attempt.numbers.filter((number) => this.#isSettled(number, attempt)));
  }

  #isSettled(number: number, { no }: Attempt): boolean {
    const { settles } = this.#plan;
    const percent = settles[no % settles.length] ?? 0;
    return this.#nature(number) === "good" && (number * 37 + no * 11) % 100 < percent;
  }

  #throw(running: Running, error: Error, wait: Wait, inDoubt: readonly number[] = running.attempt.numbers): void {
    const { attempt, reject } = running;
    this.#settle(running);
    this.#close(attempt, { acknowledged: [], inDoubt, again: attempt.numbers }, wait);
    reject(error);
  }

  #answer({ attempt, resolve }: Running, said: Answer, wait: Wait): void {
    this.#close(attempt, said, wait);
    resolve(said.answer as readonly Outcome[]);
  }

  #close(attempt: Attempt, { acknowledged, inDoubt, again }: Omit<Answer, "answer">, { retryAfterMs = 0 }: Wait): void {
    // A late answer is ignored.
    const isHeard = !attempt.signal.aborted;
    this.#ledger.doubt(isHeard ? inDoubt : attempt.numbers);
    if (isHeard) this.#ledger.acknowledge(acknowledged);
    if (isHeard && this.#isObeyed(retryAfterMs)) this.#ledger.wait(again, this.#clock.now() + retryAfterMs);
    this.#ledger.end(attempt);
    for (const one of this.#running) if (one.attempt === attempt) this.#running.delete(one);
  }

  /** The store as a whole wants to be left alone. */
  #mustRest(attempt: Attempt, ms: number): void {
    const { numbers, isFirst, signal } = attempt;
    const now = this.#clock.now();
    // What is left of a batch waits by itself.
    if (numbers.some((number) => this.#isSettled(number, attempt))) return;
    if (isFirst && !signal.aborted && this.#isObeyed(ms)) this.#ledger.rest(now, now + ms);
  }

  /** A tap may say otherwise. */
  #isObeyed(retryAfterMs: number): boolean {
    return retryAfterMs > 0 && this.#plan.taps.length === 0;
  }

  #nap(fn: () => void, ms: number): void {
    this.naps++;
    this.#clock.setTimeout(() => {
      this.naps--;
      fn();
    }, ms);
  }
}
