import type { Com } from "@cloudmarker/store-api";
import { parseLossless } from "./raw-json.ts";

/**
 * Measures the text of `com` as it stands in front of a stamp, without its last brace; the last is kept, since many
 * records share theirs.
 */
export function comMeter(): (com: Com) => number {
  let last: { readonly com: Com; readonly bytes: number } | undefined;
  return (com) => {
    if (last?.com !== com) last = { com, bytes: Buffer.byteLength(JSON.stringify(com)) - 1 };
    return last.bytes;
  };
}

/** Reads `com`; the last is kept, since records of one origin have the same. */
export function comReader(): (text: string) => Com {
  let last: { readonly text: string; readonly com: Com } | undefined;
  return (text) => {
    if (last?.text !== text) last = { text, com: Object.freeze(parseLossless(text) as Com) };
    return last.com;
  };
}
