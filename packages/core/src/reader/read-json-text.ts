import { isMap } from "../realms.ts";
import { errorOf } from "../errors/error-of.ts";
import { isMarkedText, isRecordValue, JsonText } from "../records/json-text.ts";
import type { ByteWindow } from "./byte-source.ts";
import { RecordScanner } from "./record-scanner.ts";

/**
 * Returns the object as a {@link JsonText}, if this or another copy of the package made it. A text of another copy is
 * checked like any text.
 * @throws CloudmarkerError `RECORD_INVALID` if the object is marked as a text but has no valid text
 */
export function asJsonText(value: object): JsonText | undefined {
  if (value instanceof JsonText) return value;
  if (!isMarkedText(value)) return undefined;
  const { text } = value as Partial<JsonText>;
  if (typeof text === "string") return jsonText(text);
  throw errorOf("RECORD_INVALID", "noText", {});
}

/**
 * Checks a text and puts it on one line: removes line breaks and the indentation behind them, and keeps all else byte
 * for byte. Escapes lone surrogates, which UTF-8 cannot represent.
 * @throws CloudmarkerError `RECORD_INVALID`
 */
export function jsonText(text: string): JsonText {
  const source = text.trim();
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch (cause) {
    throw errorOf("RECORD_INVALID", "notJson", { cause }, { cause });
  }
  if (!isMap(value)) {
    const kind = Array.isArray(value) ? "an array" : JSON.stringify(value).slice(0, 60);
    throw errorOf("RECORD_INVALID", "otherJson", { kind });
  }
  const whole = source.isWellFormed() ? source : source.replace(/[\uD800-\uDFFF]/gu, escapeSurrogate);
  const line = whole.includes("\n") || whole.includes("\r") ? onOneLine(whole) : whole;
  return new JsonText(line, isRecordValue(value), Buffer.byteLength(line));
}

function escapeSurrogate(surrogate: string): string {
  return `\\u${surrogate.charCodeAt(0).toString(16)}`;
}

function onOneLine(text: string): string {
  const buffer = Buffer.from(text);
  const window: ByteWindow = { buffer, pos: 0, end: buffer.length, base: 0, line: 1, lineStart: 0 };
  const scanner = new RecordScanner();
  scanner.begin();
  scanner.scan(window);
  return scanner.take()?.text ?? text;
}
