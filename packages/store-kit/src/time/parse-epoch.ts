import { isRawJson } from "@cloudmarker/store-api";
import type { Instant } from "./parse-time.ts";

/** The units of a number since 1970, and how many digits each has above a nanosecond. */
const DIGITS = { seconds: 9, milliseconds: 6, microseconds: 3, nanoseconds: 0 } as const;

/** A unit of {@link parseEpoch}. */
export type EpochUnit = keyof typeof DIGITS;

/** All of them, the largest first. */
export const EPOCH_UNITS: readonly EpochUnit[] = ["seconds", "milliseconds", "microseconds", "nanoseconds"];

const PLAIN = /^\s*([+-]?\d{1,25})(?:\.(\d{0,40}))?\s*$/u;
const DECIMAL = /^\s*[+-]?\d{1,25}(?:\.\d{0,40})?[eE][+-]?\d{1,3}\s*$/u;

/**
 * Reads a number since 1970, also as text, and with more digits than a JavaScript number holds.
 * @returns undefined if it is not one
 */
export function parseEpoch(value: unknown, unit: EpochUnit): Instant | undefined {
  if (typeof value === "number") return ofNumber(value, unit);
  const text = isRawJson(value) ? value.rawJSON : value;
  return typeof text === "string" ? ofText(text, unit) : undefined;
}

function ofNumber(value: number, unit: EpochUnit): Instant | undefined {
  if (unit === "seconds") {
    // The usual form: whole, or with up to three decimals.
    const ms = Math.round(value * 1000);
    if (ms / 1000 === value && Number.isSafeInteger(ms)) return { ms, nanos: 0 };
  }
  if (!Number.isSafeInteger(value)) return Number.isFinite(value) ? ofText(String(value), unit) : undefined;
  if (unit === "milliseconds" || unit === "seconds") return { ms: unit === "seconds" ? value * 1000 : value, nanos: 0 };
  const perMs = unit === "microseconds" ? 1_000 : 1_000_000;
  const ms = Math.floor(value / perMs);
  return { ms, nanos: (value - ms * perMs) * (1_000_000 / perMs) };
}

function ofText(text: string, unit: EpochUnit): Instant | undefined {
  const [whole, integer = "", fraction = ""] = PLAIN.exec(text) ?? [];
  if (whole === undefined) return DECIMAL.test(text) ? ofFloat(Number(text), unit) : undefined;
  const digits = DIGITS[unit];
  const nanos = BigInt(integer.replace("+", "") + fraction.slice(0, digits).padEnd(digits, "0"));
  const ms = Number(nanos / 1_000_000n) - (nanos < 0n && nanos % 1_000_000n !== 0n ? 1 : 0);
  return { ms, nanos: Number(((nanos % 1_000_000n) + 1_000_000n) % 1_000_000n) };
}

/** A number with an exponent: as exact as a JavaScript number. */
function ofFloat(value: number, unit: EpochUnit): Instant {
  return { ms: Math.floor(value * 10 ** (DIGITS[unit] - 6)), nanos: 0 };
}
