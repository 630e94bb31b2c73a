const MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

const BYTES: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1000,
  mb: 1000 ** 2,
  gb: 1000 ** 3,
  tb: 1000 ** 4,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  tib: 1024 ** 4,
};

/**
 * Reads a duration in milliseconds: a number, or a text such as `500ms`, `1.5s`, `5m`, `1h`, `90d`. Undefined for
 * anything else.
 */
export function parseDuration(value: unknown): number | undefined {
  return parseQuantity(value, MS);
}

/**
 * Reads a size in bytes: a whole number, or a text such as `512KiB`, `5MB`, `16MiB`, in any case. Undefined for
 * anything else.
 */
export function parseBytes(value: unknown): number | undefined {
  const bytes = parseQuantity(value, BYTES);
  return typeof value === "number" && !Number.isInteger(value) ? undefined : bytes;
}

function parseQuantity(value: unknown, units: Readonly<Record<string, number>>): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) && value >= 0 ? value : undefined;
  if (typeof value !== "string") return undefined;
  const match = /^(\d{1,15}(?:\.\d{1,9})?) ?([a-z]+)$/i.exec(value.trim());
  const unit = match?.[2]?.toLowerCase() ?? "";
  const factor = Object.hasOwn(units, unit) ? units[unit] : undefined;
  return factor === undefined ? undefined : Math.round(Number(match?.[1]) * factor);
}
