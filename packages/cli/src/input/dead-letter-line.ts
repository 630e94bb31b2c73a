import { open } from "node:fs/promises";
import { quoted } from "../runs/resume-command.ts";
import type { KnownFile } from "./known-file.ts";

const TEXT = String.raw`"(?:[^"\\]|\\.)*"`;

/** Members of an object as the host writes them: nothing between them, and always in this order. */
function begins(members: readonly (readonly [name: string, value: string])[]): RegExp {
  return new RegExp(String.raw`^\s*\{${members.map(([name, value]) => `"${name}":${value}`).join(",")}`, "u");
}

/** A dead letter: of a file of earlier versions, or of `cloudmarker dead-letters export`. Its `record` follows. */
const LETTER: RegExp = begins([
  ...["time", "run", "audit", "store", "code", "reason"].map((name) => [name, TEXT] as const),
  ["attempts", String.raw`\d+`],
  ["id", TEXT],
  ["record", String.raw`\{`],
]);

/** A line of `dead-letters/input.ndjson`. */
const BAD_LINE: RegExp = begins([
  ...["time", "run", "input"].map((name) => [name, TEXT] as const),
  ...["line", "byte", "bytes"].map((name) => [name, String.raw`\d+`] as const),
  ["code", '"INPUT_MALFORMED"'],
]);

/** What is looked at: a reason has 300 characters or so. */
const HEAD_BYTES = 64 * 1024;

/**
 * Recognises dead letters by their first line, or its beginning. They are not records: `write` would wrap each as the `raw`
 * of a new record, with another id.
 * @param name of the input, for the command that is named
 * @returns why they are not written, and what to do, as the end of a sentence about the input
 */
export function whyNoRecords(text: string, name: string): string | undefined {
  const head = text.slice(0, HEAD_BYTES);
  if (LETTER.test(head))
    return `it holds dead letters; to send them again: cloudmarker dead-letters replay ${name === "stdin" ? "-" : quoted(name)}`;
  if (BAD_LINE.test(head))
    return `it holds lines that were no records; correct their texts and write these: jq -r .text FILE | … | cloudmarker write`;
  return undefined;
}

/** The same for a file, before anything of it is read. */
export async function whyNoRecordsIn({ path, from = 0 }: KnownFile, name: string): Promise<string | undefined> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, from);
    return whyNoRecords(buffer.toString("utf8", 0, bytesRead), name);
  } finally {
    await file.close();
  }
}
