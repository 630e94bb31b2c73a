import { createHash } from "node:crypto";

/** A text of so many characters, the same for the same seed, that cannot be compressed: on disk it takes its room. */
export function noise(length: number, seed: number): string {
  const bytes = createHash("shake256", { outputLength: length }).update(String(seed)).digest("base64");
  return bytes.slice(0, length);
}
