type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

const json = JSON as unknown as { rawJSON(text: string): unknown; parse(text: string, reviver: Reviver): unknown };

/**
 * `JSON.parse` in which every number keeps its literal: `JSON.stringify` writes it as it was. Shares nothing with the
 * product.
 */
export function readLossless(text: string): unknown {
  return json.parse(text, (_key, value, { source }) =>
    typeof value === "number" ? json.rawJSON(source ?? "") : value,
  );
}

/** JSON text without white space, strings escaped in one way, numbers as they are. */
export function canonical(text: string): string {
  return JSON.stringify(readLossless(text));
}
