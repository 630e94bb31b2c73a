import type { Com, StoreRecord } from "@cloudmarker/store-api";

/** A record of this very text, as the host hands it out. */
export function recordOfText(json: string, com: Com = {}, id = "0"): StoreRecord {
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
      return (/[\d.]{16}|\d[eE]/u.test(json) ? parseLossless(json) : JSON.parse(json)) as StoreRecord["value"];
    },
  };
}

/** The same with the common bucket that is in the text. */
export function recordOf(json: string, id?: string): StoreRecord {
  return recordOfText(json, JSON.parse(json).com, id);
}

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

const json = JSON as unknown as { rawJSON(text: string): unknown; parse(text: string, reviver: Reviver): unknown };

/** A literal that a double may not hold is kept as it is. */
function parseLossless(text: string): unknown {
  return json.parse(text, (_key, value, { source = "" }) => {
    if (typeof value !== "number" || String(value) === source) return value;
    const digits = source
      .replace(/[eE].*$/u, "")
      .replaceAll(/[-.]/gu, "")
      .replaceAll(/^0+|0+$/gu, "");
    return digits.length > 15 || !Number.isFinite(value) ? json.rawJSON(source) : value;
  });
}
