/** The runs that are under way, and what takes their errors. */
const running = new Set<{ readonly take: (error: unknown) => void }>();

const EVENTS = ["uncaughtException", "unhandledRejection"] as const;

/** Puts back the handlers that were there before. */
let restore: (() => void) | undefined;

/**
 * Takes every error that is thrown outside of a call while `work` runs, in place of the handlers of the process: those
 * of a test runner would end the run. Runs may overlap; an error is given to each.
 */
export async function catchingUncaught<T>(take: (error: unknown) => void, work: () => Promise<T>): Promise<T> {
  const run = { take };
  running.add(run);
  restore ??= replaceHandlers();
  try {
    return await work();
  } finally {
    // A rejection that nobody waits for is reported when no code runs.
    await new Promise((resolve) => void setImmediate(resolve));
    running.delete(run);
    if (running.size === 0) {
      restore?.();
      restore = undefined;
    }
  }
}

type Listener = (...args: unknown[]) => void;

function replaceHandlers(): () => void {
  const before = EVENTS.map((event) => [event, process.rawListeners(event) as Listener[]] as const);
  for (const event of EVENTS) process.removeAllListeners(event).on(event, takeAll);
  return () => {
    for (const [event, listeners] of before) {
      process.removeListener(event, takeAll);
      for (const listener of listeners) process.on(event, listener);
    }
  };
}

function takeAll(error: unknown): void {
  for (const { take } of running) take(error);
}
