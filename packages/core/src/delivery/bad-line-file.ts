import { isUtf8 } from "node:buffer";
import { existsSync } from "node:fs";
import { open } from "node:fs/promises";
import type { BadLine } from "../reader/bad-line.ts";
import type { DiskTime } from "../disk-time.ts";
import { LineFile } from "./line-file.ts";

/** Which run read the lines, and when. */
export interface BadLineRun {
  readonly run: string;
  /** ISO 8601, UTC. */
  readonly time: string;
}

/**
 * Appends lines of an input that are no records to a file as NDJSON, and resolves when they are on disk:
 * `{"time","run","input","line","byte","bytes","code","reason","text"}`. In place of `text` a line that is not UTF-8
 * has `base64`; one of which only the beginning is kept has `"cut":true`. For the owner alone, as all dead letters. The
 * file is not held open: bad lines are rare, and come many at a time.
 * @throws the error of the file system, such as ENOSPC; then none of them is in the file
 */
export async function keepBadLines(
  path: string,
  lines: readonly BadLine[],
  about: BadLineRun,
  disk?: DiskTime,
): Promise<void> {
  if (lines.length === 0) return;
  const file = new LineFile(path, disk);
  try {
    await file.append(lines.map((line) => formatLine(line, about)));
  } finally {
    // What is in it is on disk: that it does not close costs nothing.
    await file.close().catch(() => undefined);
  }
}

/**
 * How far the lines of a run are in the file: by the name of each input, the byte at which its last one begins. They
 * are added in order, so that an earlier process of the run had kept all before that as well.
 */
export async function lastKeptOf(path: string, run: string): Promise<ReadonlyMap<string, number>> {
  const last = new Map<string, number>();
  if (!existsSync(path)) return last;
  const file = await open(path);
  try {
    for await (const text of file.readLines()) {
      const line = text.includes(JSON.stringify(run)) ? parsed(text) : undefined;
      if (line?.run === run) last.set(line.input, Math.max(line.byte, last.get(line.input) ?? 0));
    }
  } finally {
    await file.close();
  }
  return last;
}

/** @returns undefined for a line that a kill has torn */
function parsed(text: string): (Pick<BadLine, "input" | "byte"> & { readonly run: string }) | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function formatLine({ input, line, byte, bytes, reason, content }: BadLine, { run, time }: BadLineRun): string {
  const kept = Buffer.from(content.buffer, content.byteOffset, content.length);
  const text = isUtf8(kept) ? { text: kept.toString("utf8") } : { base64: kept.toString("base64") };
  const cut = bytes > content.length ? { cut: true } : {};
  return `${JSON.stringify({ time, run, input, line, byte, bytes, code: "INPUT_MALFORMED", reason, ...cut, ...text })}\n`;
}
