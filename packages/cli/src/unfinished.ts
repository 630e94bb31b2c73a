import { EXIT, messageOf, type PluginCall } from "@cloudmarker/core";
import { CommandError } from "./exit-codes.ts";
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
  const message = crash
    ? `an uncaught exception ended the command: ${mask(messageOf(crash.error))}`
    : "the process ended before the command had a result.";
  const others = underWay.filter((call) => call !== running).map(describeCall);
  const details = [
    ...(running
      ? [`It was ended by ${describeCall(running)}${at(place)}.`]
      : place
        ? [`It was ended${at(place)}.`]
        : []),
    ...(running || place || crash
      ? []
      : ["Nothing was left to wait for: what was under way can never come to its end."]),
    ...(others.length > 0 ? [`Under way: ${[...new Set(others)].join(", ")}.`] : []),
    "There is no receipt. Records may be missing, and stores that publish at the end have not published.",
    ...(running?.store === undefined
      ? []
      : ["delivery.isolation: thread keeps a store that ends the process apart from the others."]),
  ];
  return new CommandError("ENDED", EXIT.SOFTWARE, message, details.join("\n"));
}

function at(place: string | undefined): string {
  return place === undefined ? "" : `, at ${place}`;
}
