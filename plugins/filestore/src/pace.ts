import { RetryError } from "@cloudmarker/store-api";

/** How work that may take long is held to account. */
export interface Pace {
  /** Once it is aborted, the work ends where it stands. */
  readonly signal?: AbortSignal;
  /** Called now and then while it advances, so that nobody takes it for a standstill. */
  readonly tick?: () => void;
}

/**
 * Called for each MiB or so.
 * @throws RetryError `stopped`
 */
export function keepPace({ signal, tick }: Pace): void {
  if (signal?.aborted) throw new RetryError("stopped", "The time was over.");
  tick?.();
}
