import { messageOf, type PluginCall } from "@cloudmarker/core";
import { endedError } from "./errors.ts";
import type { CommandError } from "./exit-codes.ts";
import { describeCall } from "./plugin-calls.ts";

/** The facts that are known when the process ends without a result. */
export interface Ending {
  /** Where `process.exit` was called. */
  readonly place?: string | undefined;
  /** An uncaught exception. */
  readonly crash?: { readonly error: unknown } | undefined;
  /** The call to which the code at that place belongs. */
  readonly running?: PluginCall | undefined;
  readonly underWay: readonly PluginCall[];
}

/** Says what ended the process, or what it waited for if nothing was left to wait for. */
export function unfinished({ place, crash, running, underWay }: Ending, mask: (text: string) => string): CommandError {
  const others = underWay.filter((call) => call !== running).map(describeCall);
  return endedError({
    place,
    crash: crash && mask(messageOf(crash.error)),
    running: running && describeCall(running),
    isStore: running?.store !== undefined,
    underWay: [...new Set(others)],
  });
}
