import type { Clock, PublishReport, RunEnd } from "@cloudmarker/store-api";
import type { Unnamed } from "../delivery/events.ts";
import { withTimeout } from "../with-timeout.ts";

/** Once the deadline has passed, a store that publishes must make a step within so many milliseconds. */
const STEP_MS = 5_000;

/** At most so many milliseconds past the deadline a store may publish, even if it reports steps all the time. */
const EXTRA_MS = 3_600_000;

/** Time for a store to return after its signal was aborted, in milliseconds. */
const LAST_WORD_MS = 1_000;

/** How much time there is, and where steps are reported. */
export interface PublishingOptions {
  /** Milliseconds that are left of the deadline. */
  readonly ms: number;
  readonly clock: Clock;
  /** Whether the host was stopped: then publishing ends at the deadline. */
  readonly isStopped: () => boolean;
  /** Called for each step; must not throw. */
  readonly report: (report: Unnamed<PublishReport>) => void;
}

/**
 * Lets a store publish until the deadline, and past it as long as the store reports steps: 100,000 files take long, and
 * publishing that is cut short has to be recovered. Then the signal is aborted, and the store has {@link LAST_WORD_MS}
 * to return.
 * @throws what `work` throws, or an Error that says how far it came
 */
export async function publishWithin<T>(
  { ms, clock, isStopped, report }: PublishingOptions,
  work: (end: Required<Omit<RunEnd, "complete">>) => Promise<T>,
): Promise<T> {
  const ending = new AbortController();
  const steps = new Steps(report);
  const { signal } = ending;
  const publishing = work({ signal, progress: (done, total) => steps.take(done, total) });
  const latest = clock.now() + ms + EXTRA_MS;
  let waitMs = ms;
  for (let seen = steps.made; !(await isSettledWithin(publishing, waitMs, clock)); seen = steps.made) {
    if (steps.made === seen || isStopped() || clock.now() >= latest) {
      ending.abort(new DOMException("the time to publish is over", "TimeoutError"));
      if (await isSettledWithin(publishing, LAST_WORD_MS, clock)) break;
      throw new Error(steps.standstill(ms));
    }
    waitMs = STEP_MS;
  }
  return publishing;
}

/** The steps that a store has reported. */
class Steps {
  readonly #report: (report: Unnamed<PublishReport>) => void;
  #last: Unnamed<PublishReport> | undefined;
  made = 0;

  constructor(report: (report: Unnamed<PublishReport>) => void) {
    this.#report = report;
  }

  /** Takes a report of a plugin. It counts as a step only if it is further than all before. */
  take(done: unknown, total: unknown): void {
    if (!isCount(done) || !isCount(total) || done > total || done <= (this.#last?.done ?? 0)) return;
    this.#last = { done, total };
    this.made += 1;
    this.#report(this.#last);
  }

  standstill(ms: number): string {
    if (!this.#last) return `no answer within ${ms} ms`;
    const { done, total } = this.#last;
    return `it made ${done} of ${total} steps and then none within ${STEP_MS} ms`;
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0;
}

function isSettledWithin(work: Promise<unknown>, ms: number, clock: Clock): Promise<boolean> {
  return withTimeout(work.then(isOver, isOver), ms, clock, "no end").catch(() => false);
}

function isOver(): boolean {
  return true;
}
