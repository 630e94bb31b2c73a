import type { Clock } from "@cloudmarker/store-api";
import { LONGEST_TIMER_MS } from "./clock.ts";

/** Time limits of one call on the disk, in milliseconds: during the run, and when the run has to end. */
const PATIENT_MS = 30_000;
const HURRIED_MS = 5_000;

/**
 * Limits the time of the host's own calls on the disk. Such a call cannot be cancelled: it goes on in its thread, and
 * its answer is ignored. While it hangs, further calls for the same file fail at once.
 */
export class DiskTime {
  readonly #clock: Clock;
  readonly #hanging = new Set<string>();
  /** Functions that shorten the running limits. */
  readonly #shorten = new Set<() => void>();
  #limitMs = PATIENT_MS;
  #timer: unknown;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Shortens the limits of all calls, also of those under way: the deadline has passed, or the run is being stopped.
   */
  hurry(): void {
    this.#limitMs = HURRIED_MS;
    for (const shorten of this.#shorten) shorten();
  }

  /** Calls {@link hurry} after this many milliseconds, unless {@link rest} is called before. */
  hurryIn(ms: number): void {
    this.rest();
    this.#timer = this.#clock.setTimeout(() => this.hurry(), Math.min(ms, LONGEST_TIMER_MS));
  }

  /** Nothing is hurried any more: the run is over. */
  rest(): void {
    this.#clock.clearTimeout(this.#timer);
  }

  /**
   * Settles as the call does, within the time limit.
   * @param path the file that it is about
   * @throws Error if the disk does not answer
   */
  async within<T>(path: string, call: () => Promise<T>): Promise<T> {
    if (this.#hanging.has(path)) throw new Error(`the disk still does not answer for ${path}`);
    const late = Promise.withResolvers<never>();
    let timer: unknown;
    const start = (): void => {
      this.#clock.clearTimeout(timer);
      const ms = this.#limitMs;
      const end = (): void => {
        this.#hanging.add(path);
        late.reject(new Error(`the disk did not answer within ${ms} ms for ${path}`));
      };
      timer = this.#clock.setTimeout(end, ms);
    };
    start();
    this.#shorten.add(start);
    const answer = call().finally(() => this.#hanging.delete(path));
    try {
      return await Promise.race([answer, late.promise]);
    } finally {
      this.#clock.clearTimeout(timer);
      this.#shorten.delete(start);
    }
  }
}
