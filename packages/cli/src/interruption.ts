import type { Crash, Interruption, Listening, World } from "./world.ts";

/** What the command does about an interruption. */
export interface InterruptionSteps {
  /** The first signal, or a crash: read no more, finish what was accepted. */
  finish(why: Interruption): void;
  /** The first exception that nobody caught, whatever came before it; before `finish` where it is the first interruption. */
  crashed(crash: Crash): void;
  /** The second signal: stop now. A third ends the process as the system does. */
  stop(): void;
}

/** Turns signals and crashes into these steps, and lets the command wait for something only until the first of them. */
export class Interruptions {
  /** The first signal or crash. */
  why: Interruption | undefined;
  crash: Crash | undefined;
  readonly #steps: InterruptionSteps;
  readonly #listening: Listening;
  #signals = 0;
  #wake: (() => void) | undefined;

  constructor(world: Pick<World, "onInterruption">, steps: InterruptionSteps) {
    this.#steps = steps;
    this.#listening = world.onInterruption((interruption) => {
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
    this.#listening.end();
  }

  #take(interruption: Interruption): void {
    const first = this.why === undefined;
    if ("crash" in interruption) {
      // A plugin that throws from a timer may do so again and again: the others still get the time to finish.
      if (!this.crash) {
        this.crash = interruption.crash;
        this.#steps.crashed(interruption.crash);
      }
    } else if (interruption.signal !== "SIGHUP" || this.#signals === 0) {
      // When a terminal closes, the system and the shell may both send SIGHUP: that is no one who insists.
      this.#signals += 1;
      if (this.#signals > 1) {
        this.#listening.leaveSignals();
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
