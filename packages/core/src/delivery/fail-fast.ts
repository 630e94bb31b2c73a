import type { Cause } from "./history.ts";

/** `auto`: with a journal as `true`, without one `blocked`; a deadline of whoever ends the run has precedence. */
export type FailFastSetting = "auto" | boolean;

/** Which store is not waited for; `blocked`: one that is blocked. `true`: also one that refuses connections. */
export type FailFast = boolean | "blocked";

/** Refused connections in a row after which a store is taken not to be there. */
export const MOST_REFUSALS = 3;

/** Nothing listens there, or the name does not exist: what our own stores say, and Node. */
const REFUSALS: ReadonlySet<string> = new Set(["refused", "unknown_host", "ECONNREFUSED", "ENOTFOUND"]);

/** The code where a store did not open, and did not say why: the reason may pass. */
export const OPEN_FAILED = "open_failed";

/** What is known of a store. */
export interface KnownOfStore {
  /** Something was acknowledged in this process. */
  readonly hasWorked: boolean;
  readonly blocked: Cause | undefined;
  readonly refused: Cause | undefined;
}

/** The attempt never came to a server. */
export function isRefusal({ code }: Cause): boolean {
  return REFUSALS.has(code);
}

/** @param hasDeadline whoever ends the run says how long that may take */
export function failFastOf(setting: FailFastSetting, isKept: boolean, hasDeadline: boolean): FailFast {
  if (setting !== "auto") return setting;
  if (hasDeadline) return false;
  return isKept ? true : "blocked";
}

/**
 * The whole rule of `delivery.fail_fast`: why a store is plainly wrong, so that nothing waits for it. A store that has
 * acknowledged something has worked, and may work again. One that says when to come back, or that did not open and does
 * not say why, is waited for.
 */
export function plainlyWrong(mode: FailFast, { hasWorked, blocked, refused }: KnownOfStore): Cause | undefined {
  if (mode === false || hasWorked) return undefined;
  const cause = blocked ?? (mode === true ? refused : undefined);
  return cause && cause.retryAfterMs === 0 && cause.code !== OPEN_FAILED ? cause : undefined;
}
