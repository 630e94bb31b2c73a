import { parseDuration } from "@cloudmarker/core";
import { usageError } from "./errors.ts";

/** `--since` in milliseconds since the epoch. @throws UsageError */
export function sinceOf({ since }: { readonly since?: string }): number | undefined {
  if (since === undefined) return undefined;
  const before = parseDuration(since);
  const ms = before === undefined ? Date.parse(since) : Date.now() - before;
  if (!Number.isNaN(ms)) return ms;
  throw usageError("since", { since });
}
