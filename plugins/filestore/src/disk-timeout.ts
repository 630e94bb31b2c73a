import { type Clock, RetryError } from "@cloudmarker/store-api";

/** Shorter than the time that the host waits for `done` after its deadline. */
const GRACE_MS = 500;

/** Rejects shortly after the deadline of `done`: a call of the disk that hangs cannot be cancelled. */
export function diskTimeout(folder: string, deadline: AbortSignal, clock: Clock): Promise<never> {
  return new Promise((_, reject) => {
    const start = (): void => {
      const what = `The disk does not answer. What was written may lie in hidden files of ${folder}, which the next run recovers.`;
      clock.setTimeout(() => reject(new RetryError("no_answer", what)), GRACE_MS);
    };
    if (deadline.aborted) start();
    else deadline.addEventListener("abort", start, { once: true });
  });
}
