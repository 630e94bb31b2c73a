const UNITS = ["KiB", "MiB", "GiB", "TiB"] as const;

/** A size for a person: `512 bytes`, `3.4 KiB`, `120 GiB`, in powers of 1,024 as in the configuration. */
export function sizeWords(bytes: number): string {
  if (bytes < 1024) return bytes === 1 ? "1 byte" : `${bytes} bytes`;
  const power = Math.min(UNITS.length, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${value < 10 ? value.toFixed(1).replace(/\.0$/, "") : Math.round(value)} ${UNITS[power - 1]}`;
}
