import type { Clock } from "@cloudmarker/store-api";

/** What {@link Health} needs. */
export interface HealthOptions {
  /** Asks the store; `undefined` where it cannot tell. A rejection means that it is not well. */
  readonly check: () => Promise<boolean | undefined>;
  readonly clock: Clock;
  readonly timeoutMs: number;
}

/**
 * Asks a store whether it is well: the only thing that tells so in ordered delivery, where no other record may be sent
 * before the first one.
 */
export class Health {
  readonly #options: HealthOptions;
  #cancel: (() => void) | undefined;

  constructor(options: HealthOptions) {
    this.#options = options;
  }

  /** The store was asked and has not answered. */
  get isAsking(): boolean {
    return this.#cancel !== undefined;
  }

  /** @param answered never called synchronously, and not at all after {@link cancel} */
  ask(answered: (isWell: boolean | undefined) => void): void {
    const { check, clock, timeoutMs } = this.#options;
    const end = (isWell: boolean | undefined): void => {
      if (this.#cancel !== cancel) return;
      cancel();
      answered(isWell);
    };
    const timer = clock.setTimeout(() => end(false), timeoutMs);
    const cancel = (): void => {
      clock.clearTimeout(timer);
      this.#cancel = undefined;
    };
    this.#cancel = cancel;
    check().then(end, () => end(false));
  }

  cancel(): void {
    this.#cancel?.();
  }
}
