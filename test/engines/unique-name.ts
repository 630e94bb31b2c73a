import { randomBytes } from "node:crypto";

/**
 * A name that no other test uses, for an index, a collection or a source: the prefix, a dash and 12 lower-case hex
 * digits.
 */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomBytes(6).toString("hex")}`;
}
