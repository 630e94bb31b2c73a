import { messageOf } from "@cloudmarker/core";
import { interruptedError, type InterruptedWork } from "./errors.ts";
import { CommandError } from "./exit-codes.ts";
import { Interruptions } from "./interruption.ts";
import { describeCall } from "./plugin-calls.ts";
import type { Session } from "./session.ts";
import type { World } from "./world.ts";

/** The error of something that a signal or a crash ended before it had begun. */
export function neverBegan(
  { why, crash }: Interruptions,
  what: InterruptedWork,
  { calls }: Pick<World, "calls">,
): CommandError {
  const by = why && "signal" in why ? why.signal : "an exception";
  return interruptedError({ what, by, isCrash: crash !== undefined, underWay: calls.underWay.map(describeCall) });
}

/** Whether a signal has ended something before it had begun: nothing else is begun then. */
export function hasNeverBegun(error: unknown): boolean {
  return error instanceof CommandError && error.code === "INTERRUPTED";
}

/**
 * Waits for what comes before anything is sent.
 * @throws CommandError after a signal or a crash: then it is not waited for any longer
 */
export async function beforeSending<T>(
  what: InterruptedWork,
  { world, reporter }: Session,
  promise: Promise<T>,
): Promise<T> {
  const interruptions = new Interruptions(world, {
    finish: () => undefined,
    crashed: ({ error }) => reporter.error(`an uncaught exception, so that nothing is sent: ${messageOf(error)}`),
    stop: () => undefined,
  });
  try {
    const found = await interruptions.until(promise.then((value) => ({ value })));
    if (found) return found.value;
    throw neverBegan(interruptions, what, world);
  } finally {
    interruptions.end();
  }
}
