import { isDiskBusy, VirtualClock } from "../../packages/core/test/support/virtual-clock.ts";

/** Milliseconds in which nothing may happen, one after the other, before nothing is taken to be going on. */
const QUIET_TURNS = 4;

/** The most turns that wait for the disk: a call may hang without end. */
const MOST_DISK_TURNS = 20_000;

/**
 * A clock that jumps to its next timer whenever nothing is going on, so that a test with real sockets sees an hour pass
 * in a moment. What is going on is the caller's to say.
 */
export class QuietClock extends VirtualClock {
  /** A promise for a moment of this clock. */
  after(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.setTimeout(resolve, ms);
    });
  }

  /**
   * Lets time pass until the promise settles.
   * @param activity - any number that changes while something is going on; undefined while time must stand still
   */
  async runBeside<T>(promise: Promise<T>, activity: () => number | undefined): Promise<T> {
    const state = { done: false };
    const finished = (): void => {
      state.done = true;
    };
    promise.then(finished, finished);
    let last: number | undefined;
    let quiet = 0;
    let diskTurns = 0;
    while (!state.done) {
      await realTurn();
      const seen = activity();
      // Calls on the real disk come back before virtual time goes on: dead letters have a time limit as well.
      const isWaiting = isDiskBusy() && diskTurns++ < MOST_DISK_TURNS;
      quiet = seen !== undefined && seen === last && !isWaiting ? quiet + 1 : 0;
      last = seen;
      if (quiet < QUIET_TURNS) continue;
      diskTurns = 0;
      quiet = 0;
      this.jump();
    }
    return promise;
  }
}

/** Everything that can happen at once happens meanwhile: server and client share this process. */
function realTurn(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(() => setImmediate(resolve), 1);
  });
}
