import type { Interruption, World } from "./world.ts";

/** What the command does about an interruption. */
export interface InterruptionSteps {
  /** The first signal, or a crash: read no more, finish what was accepted. */
  finish(why: Interruption): void;
  /** The second signal: stop now. A third ends the process as the system does. */
  stop(): void;
}

/** Turns signals and crashes into the two steps, and lets the command wait for something only until the first of them. */
export class Interruptions {
  /** The first signal or crash. */
  why: Interruption | undefined;
  /** An exception that nobody caught. */
  crash: unknown;
  readonly #steps: InterruptionSteps;
  readonly #off: () => void;
  #signals = 0;
  #wake: (() => void) | undefined;

  constructor(world: Pick<World, "onInterruption">, steps: InterruptionSteps) {
    this.#steps = steps;
    this.#off = world.onInterruption((interruption) => {
      this.#take(interruption);
    });
  }

  /** Settles as the promise does, or with `undefined` when interrupted; never later than that. */
  until<T>(promise: Promise<T>): Promise<T | undefined> {
    // No Promise.race with one long-lived promise: each race would leave a reaction on it for the whole run.
    return new Promise((resolve, reject) => {
      if (this.why) resolve(undefined);
      this.#wake = () => {
        resolve(undefined);
      };
      promise.then(resolve, reject);
    });
  }

  /** Leaves signals to the system again. */
  end(): void {
    this.#off();
  }

  #take(interruption: Interruption): void {
    const first = this.why === undefined;
    if ("crash" in interruption) {
      // A plugin that throws from a timer may do so again and again: the others still get the time to finish.
      this.crash ??= interruption.crash;
    } else {
      this.#signals += 1;
      if (this.#signals > 1) {
        this.end();
        this.#steps.stop();
        return;
      }
    }
    if (!first) return;
    this.why = interruption;
    this.#steps.finish(interruption);
    this.#wake?.();
  }
}
