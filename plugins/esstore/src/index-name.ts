/** What an index must not have in its name (ES-08). */
const FORBIDDEN = /[\\/*?"<>|\s,#:]/u;
const FORBIDDEN_OR_HALF = /[\\/*?"<>|\s,#:]|\p{Surrogate}/gu;

/** The name as an index can have it: capital letters are not allowed (L-42). */
export function indexName(name: string): string {
  return name.toLowerCase();
}

/**
 * A record's value as a part of the name of an index: in small letters, and `_` for each character that is not allowed
 * (L-42).
 */
export function cleanForIndex(value: string): string {
  return value.toLowerCase().replaceAll(FORBIDDEN_OR_HALF, "_");
}

/**
 * The problem of the name of an index, alias or data stream, or undefined (ES-08).
 * @param written the name as it is written, where it has placeholders
 */
export function indexNameProblem(name: string, written: string = name): string | undefined {
  // A cluster that must create such an index no longer answers any request.
  if (!name.isWellFormed()) return `The index name "${name.toWellFormed()}" has half a character in it.`;
  const found = FORBIDDEN.exec(name)?.[0];
  if (found !== undefined) return `The index name "${written}" has "${found}" in it, which is not allowed.`;
  if (name === "." || name === "..") return `"${name}" is not an index name.`;
  if (/^[-_+]/u.test(name)) return `The index name "${written}" begins with "${name[0]}", which is not allowed.`;
  if (Buffer.byteLength(name) > 255) return `The index name "${name.slice(0, 40)}…" is longer than 255 bytes.`;
  return undefined;
}
