/** Any value that JSON text can hold. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A JSON object. */
export type JsonObject = { [key: string]: Json };

/**
 * A number literal that a JavaScript number cannot hold, as `JSON.rawJSON` makes it: `JSON.stringify` writes
 * {@link RawJson.rawJSON} back unchanged. Records that came in as JSON text carry one in place of every number that would
 * lose digits, such as `14517067005933136034`; `JSON.isRawJSON(value)` tells one.
 */
export interface RawJson {
  readonly rawJSON: string;
}
