/**
 * `12,345`. What Node has for this loads the rules of a language first, which takes longer than the rest of a short run
 * (L-85).
 */
export function grouped(count: number | bigint): string {
  return String(count).replaceAll(/\B(?=(?:\d{3})+$)/gu, ",");
}
