import { open } from "node:fs/promises";
import { kindOfLine } from "../letters/letter-lines.ts";
import { shellWord } from "@cloudmarker/core";
import type { KnownFile } from "./known-file.ts";

/** What is looked at: a reason has 300 characters or so. */
const HEAD_BYTES = 64 * 1024;

/**
 * Recognises dead letters by their first line, or its beginning. They are not records: `write` would wrap each as the
 * `raw` of a new record, with another id.
 * @param name of the input, for the command that is named
 * @returns why they are not written, and what to do, as the end of a sentence about the input
 */
export function whyNoRecords(text: string, name: string): string | undefined {
  const head = text.slice(0, HEAD_BYTES);
  const kind = kindOfLine(head);
  if (kind === "dead letter")
    return `it holds dead letters; to send them again: cloudmarker dead-letters replay ${name === "stdin" ? "-" : shellWord(name)}`;
  if (kind === "bad line")
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
