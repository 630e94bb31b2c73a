/** Any value that JSON text can hold. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A JSON object. */
export type JsonObject = { [key: string]: Json };

/**
 * A number literal that a JavaScript number cannot hold, as `JSON.rawJSON` makes it: `JSON.stringify` writes {@link
 * RawJson.rawJSON} unchanged. Records that came in as JSON text have one in place of every number that would lose
 * digits, such as `14517067005933136034`. {@link isRawJson} recognises it. Code that walks over keys sees an object:
 * use `mapValues`.
 */
export interface RawJson {
  readonly rawJSON: string;
}

/** Node 22 has it; TypeScript's library does not describe it yet. */
const { isRawJSON } = JSON as unknown as { isRawJSON(value: unknown): value is RawJson };

/** Whether a value is a {@link RawJson}. */
export function isRawJson(value: unknown): value is RawJson {
  return isRawJSON(value);
}
