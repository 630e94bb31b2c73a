import type { Clock } from "@cloudmarker/store-api";

/** Time that one call on the disk is given, in milliseconds; and that which is left to it once the run has to end. */
const PATIENT_MS = 30_000;
const HURRIED_MS = 5_000;

/**
 * Limits the time of the host's own calls on the disk. Nobody can take such a call back: it goes on in its thread, and what it would have answered is
 * ignored. While it hangs, no further call waits for the same file.
 */
export class DiskTime {
  readonly #clock: Clock;
  readonly #hanging = new Set<string>();
  /** Ends the limits that are running, for shorter ones. */
  readonly #shorten = new Set<() => void>();
  #limitMs = PATIENT_MS;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The deadline has passed or somebody stops the run: from now on, also for calls that are under way, there is less time. */
  hurry(): void {
    this.#limitMs = HURRIED_MS;
    for (const shorten of this.#shorten) shorten();
  }

  /**
   * Settles as the call does, if that is in time.
   * @param path the file that it is about
   * @throws Error where the disk does not answer
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
