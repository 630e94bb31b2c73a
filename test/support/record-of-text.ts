import type { Com, StoreRecord } from "@cloudmarker/store-api";

/**
 * A record of this very text, as the host hands it out.
 * @param parse - how its value is read
 */
export function recordOfText(
  json: string,
  com: Com = {},
  id = "0",
  parse: (text: string) => unknown = JSON.parse,
): StoreRecord {
  const text = Buffer.from(json);
  return {
    json,
    bytes: text.length,
    writeTo(target, at) {
      target.set(text, at);
      return text.length;
    },
    id,
    com,
    get value() {
      return parse(json) as StoreRecord["value"];
    },
  };
}
