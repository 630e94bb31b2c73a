import type { FileHandle } from "node:fs/promises";
import { formatOf, loadCodec } from "./format.ts";
import { openPlain } from "./plain-file.ts";
import { read, readMember } from "./salvage.ts";

const CHUNK_BYTES = 1 << 20;
const NEWLINE = 0x0a;
const COMMA = 0x2c;

/** A part of a file that holds whole records, each in a line of its own. */
export interface Extent {
  readonly path: string;
  /** Name that says format and compression. */
  readonly target: string;
  /** First byte. @default 0 */
  readonly start?: number;
  /** The byte after the last one. @default the end of the file */
  readonly end?: number;
}

/** Reads the records in their order, some at a time, without comma and line break. Stops at a damaged member. */
export async function* recordLines(extent: Extent): AsyncGenerator<Buffer[]> {
  const handle = await openPlain(extent.path, "r");
  try {
    const isArray = formatOf(extent.target).close !== "";
    let rest: Buffer[] = [];
    for await (const text of texts(handle, extent)) {
      const last = text.lastIndexOf(NEWLINE);
      if (last < 0) {
        rest.push(text);
        continue;
      }
      yield split(Buffer.concat([...rest, text.subarray(0, last)]), isArray);
      rest = [text.subarray(last + 1)];
    }
    yield split(Buffer.concat(rest), isArray);
  } finally {
    await handle.close();
  }
}

/** Reads a part of a file, unpacked. */
async function* texts(handle: FileHandle, { target, start = 0, end = Infinity }: Extent): AsyncGenerator<Buffer> {
  const codec = await loadCodec(target);
  const stop = Math.min(end, (await handle.stat()).size);
  for (let at = start; at < stop;) {
    if (codec) {
      const member = await readMember(handle, at, stop, codec);
      if (!member) return;
      yield member.text;
      at += member.length;
    } else {
      const text = await read(handle, at, Math.min(CHUNK_BYTES, stop - at));
      if (text.length === 0) return;
      yield text;
      at += text.length;
    }
  }
}

function split(text: Buffer, isArray: boolean): Buffer[] {
  const lines: Buffer[] = [];
  for (let start = 0; start < text.length;) {
    const found = text.indexOf(NEWLINE, start);
    const end = found < 0 ? text.length : found;
    const line = text.subarray(start, isArray && text[end - 1] === COMMA ? end - 1 : end);
    // The brackets of an array are not records.
    if (line.length > 1) lines.push(line);
    start = end + 1;
  }
  return lines;
}
