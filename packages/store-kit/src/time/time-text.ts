import type { Instant } from "./parse-time.ts";

/** ISO 8601 in UTC, with milliseconds, or with nanoseconds if there are any: `2026-11-23T14:53:14.123456789Z`. */
export function isoTime({ ms, nanos }: Instant): string {
  const text = new Date(ms).toISOString();
  return nanos === 0 ? text : `${text.slice(0, -1)}${sixDigits(nanos)}Z`;
}

/** Seconds since 1970 as a JSON number, with as many decimals as needed: `1700000000.123456789`. */
export function epochSeconds({ ms, nanos }: Instant): string {
  if (nanos === 0) return String(ms / 1000);
  const seconds = Math.floor(ms / 1000);
  return `${seconds}.${String(ms - seconds * 1000).padStart(3, "0")}${sixDigits(nanos)}`;
}

function sixDigits(nanos: number): string {
  return String(nanos).padStart(6, "0");
}
