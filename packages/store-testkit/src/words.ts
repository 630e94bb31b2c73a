import { markOf } from "./marks.ts";
import type { StoredRow } from "./options.ts";

/** A few of many, for a sentence. */
export function few(items: readonly string[]): string {
  const shown = items.slice(0, 3).join(", ");
  return items.length > 3 ? `${shown} and ${items.length - 3} more` : shown;
}

/** Records that are there more than once, in a sentence. */
export function repeated(rows: readonly StoredRow[]): string | undefined {
  const seen = new Set<string>();
  const again = rows.flatMap(({ json, id }) => {
    const mark = markOf(json) ?? id ?? "";
    return seen.size === seen.add(mark).size ? [mark] : [];
  });
  return again.length > 0 ? `${again.length} records are there again: ${few(again)}` : undefined;
}

/** An error, with where it was thrown. */
export function describe(error: unknown): string {
  return (error as Partial<Error> | undefined)?.stack ?? String(error);
}
