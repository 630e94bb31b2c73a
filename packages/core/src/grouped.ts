/**
 * Writes a number as `12,345`. Node's own function first loads the rules of a language, which takes longer than the
 * rest of a short run.
 */
export function grouped(count: number | bigint): string {
  return String(count).replaceAll(/\B(?=(?:\d{3})+$)/gu, ",");
}

/** `1 record`, `12,345 records`. */
export function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? "" : "s"}`;
}
