// What the reader of inputs must make of some bytes: by trying `JSON.parse` on one beginning after the other.
import { unpack } from "./unpack.ts";

/** The records as they are written, and whether the input has a fault behind them. */
export interface Expected {
  readonly records: readonly string[];
  readonly isFaulty: boolean;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function read(bytes: Buffer): Expected {
  const { text, isFaulty } = unpack(bytes);
  const found = readText(text);
  return { records: found.records, isFaulty: isFaulty || found.isFaulty };
}

export function readText(text: Buffer): Expected {
  const records: string[] = [];
  const state = { at: 0 };
  const isFaulty = !readDocuments(text, state, records);
  return { records, isFaulty };
}

function readDocuments(text: Buffer, state: { at: number }, records: string[]): boolean {
  for (;;) {
    passBetween(text, state);
    const byte = charAt(text, state.at);
    if (byte === "") return true;
    if (byte === "{") {
      if (!readObject(text, state, records)) return false;
    } else if (byte !== "[" || !readList(text, state, records)) return false;
  }
}

function readList(text: Buffer, state: { at: number }, records: string[]): boolean {
  state.at++;
  passSpace(text, state);
  if (charAt(text, state.at) === "]") {
    state.at++;
    return true;
  }
  for (;;) {
    if (charAt(text, state.at) !== "{" || !readObject(text, state, records)) return false;
    passSpace(text, state);
    const next = charAt(text, state.at++);
    if (next === "]") return true;
    if (next !== ",") return false;
    passSpace(text, state);
  }
}

/** An object ends at the first brace at which its text is JSON. */
function readObject(text: Buffer, state: { at: number }, records: string[]): boolean {
  for (let end = text.indexOf("}", state.at); end !== -1; end = text.indexOf("}", end + 1)) {
    const found = jsonOf(text.subarray(state.at, end + 1));
    if (found === undefined) continue;
    records.push(found);
    state.at = end + 1;
    return true;
  }
  return false;
}

function jsonOf(bytes: Uint8Array): string | undefined {
  try {
    const text = utf8.decode(bytes);
    JSON.parse(text);
    return text;
  } catch {
    return undefined;
  }
}

function charAt(text: Buffer, at: number): string {
  return text.toString("latin1", at, at + 1);
}

/** White space, byte order marks and the separators of RFC 7464. @returns whether there are such separators */
export function passBetween(text: Buffer, state: { at: number }): boolean {
  let isSequence = false;
  for (let before = -1; before !== state.at;) {
    before = state.at;
    passSpace(text, state);
    if (text.subarray(state.at, state.at + 3).equals(Buffer.from("\uFEFF"))) state.at += 3;
    while (text[state.at] === 0x1e) {
      isSequence = true;
      state.at++;
    }
  }
  return isSequence;
}

function passSpace(text: Buffer, state: { at: number }): void {
  while (state.at < text.length && " \t\r\n".includes(charAt(text, state.at))) state.at++;
}
