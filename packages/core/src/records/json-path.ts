import { parsePointer } from "@cloudmarker/store-api";

/**
 * The keys of a path into a JSON document: a JSON pointer (RFC 6901) where it begins with `/`, else keys joined by dots.
 * A key that has a dot in it can only be written as a pointer.
 */
export function parsePath(text: string): readonly string[] {
  return text.startsWith("/") ? parsePointer(text) : text.split(".");
}

/** Writes keys so that {@link parsePath} reads them: dotted where that is unambiguous. */
export function formatPath(keys: readonly string[]): string {
  if (keys.every((key) => key !== "" && !key.includes(".") && !key.includes("/"))) return keys.join(".");
  return keys.map((key) => `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
