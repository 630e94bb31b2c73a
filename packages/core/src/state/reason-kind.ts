/** Characters of it that are compared. */
const LONGEST = 200;

/** Quoted texts, ids and numbers: what differs from record to record. */
const OWN = /'[^']*'|"[^"]*"|`[^`]*`|\b(?=[a-f-]*\d)[\da-f-]{8,}\b|\d+(?:[.,]\d+)*/giu;

/**
 * What reasons of the same kind have in common: `failed to parse field [raw.n] of type [long] in document with id …`.
 */
export function reasonKind(reason: string): string {
  return reason
    .slice(0, 2 * LONGEST)
    .replace(OWN, "…")
    .slice(0, LONGEST);
}
