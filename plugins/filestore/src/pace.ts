import { RetryError } from "@cloudmarker/store-api";

/** How long work reports its progress and can be stopped. */
export interface Pace {
  /** Once it is aborted, the work ends. */
  readonly signal?: AbortSignal;
  /** Called from time to time while the work advances. */
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
