import { CloudmarkerError } from "@cloudmarker/core";

/** An errno as one of our errors; anything else is a bug, and does not pass for a bad input. */
export function asInputError(name: string, error: unknown): unknown {
  if (error instanceof CloudmarkerError || !(error instanceof Error) || !("errno" in error)) return error;
  return new CloudmarkerError("INPUT_UNREADABLE", `${name}: ${error.message}`, { cause: error });
}
