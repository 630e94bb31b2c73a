import type { Crash, Interruption, Listening, World } from "./world.ts";

/** Callbacks for an interruption of the command. */
export interface InterruptionSteps {
  /** The first signal, or a crash: read no more, finish what was accepted. */
  finish(why: Interruption): void;
  /** The first uncaught exception, whatever came before it. Called before `finish` if it is the first interruption. */
  crashed(crash: Crash): void;
  /** The second signal: stop now. A third one ends the process in the system's way. */
  stop(): void;
}

/** Turns signals and crashes into these callbacks, and lets the command stop waiting at the first of them. */
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

  /** Settles as the promise does, or with `undefined` at the first interruption. */
  until<T>(promise: Promise<T>): Promise<T | undefined> {
    // Promise.race is not used: each race would leave a reaction on the long-lived promise for the whole run.
    return new Promise((resolve, reject) => {
      if (this.why) resolve(undefined);
      this.#wake = () => {
        resolve(undefined);
      };
      promise.then(resolve, reject);
    });
  }

  /** Gives signals back to the system. */
  end(): void {
    this.#listening.end();
  }

  #take(interruption: Interruption): void {
    const first = this.why === undefined;
    if ("crash" in interruption) {
      // A plugin may throw from a timer again and again: the other stores still get time to finish.
      if (!this.crash) {
        this.crash = interruption.crash;
        this.#steps.crashed(interruption.crash);
      }
    } else if (interruption.signal !== "SIGHUP" || this.#signals === 0) {
      // When a terminal closes, the system and the shell may both send SIGHUP: the second one is not a second request.
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
