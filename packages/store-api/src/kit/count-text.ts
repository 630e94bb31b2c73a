/** A count for a person, such as `1,000`. */
export function countText(count: number): string {
  return count.toLocaleString("en-US");
}

/** Such as `1,000 records`. */
export function recordsText(count: number): string {
  return `${countText(count)} ${count === 1 ? "record" : "records"}`;
}
