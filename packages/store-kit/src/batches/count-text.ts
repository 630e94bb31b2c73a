/** A count for a person, such as `1,000`. */
export function countText(count: number): string {
  // Node's own function loads the rules of a language first, which takes longer than the rest of a short run.
  return String(count).replaceAll(/\B(?=(?:\d{3})+$)/gu, ",");
}

/** Such as `1,000 records`. */
export function recordsText(count: number): string {
  return `${countText(count)} ${count === 1 ? "record" : "records"}`;
}
