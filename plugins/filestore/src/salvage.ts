import type { FileHandle } from "node:fs/promises";
import type { Codec, Member } from "./codec.ts";
import { parseJson } from "./control.ts";
import { errnoOf } from "./disk-errors.ts";
import { formatOf, loadCodec } from "./format.ts";
import { openPlain } from "./plain-file.ts";

const CHUNK_BYTES = 1 << 20;
/** A longer member counts as torn. FileStore's own members hold about a MiB of records, or one larger record. */
const MEMBER_LIMIT_BYTES = 64 << 20;
const NEWLINE = 0x0a;

/**
 * Cuts a file that a killed process left to its last complete record and closes it, so that it is valid JSON or NDJSON.
 * @param target the name the file was going to have: it says format and compression
 * @returns false if the file holds no complete record
 */
export async function salvage(path: string, target: string): Promise<boolean> {
  const codec = await loadCodec(target);
  const { close } = formatOf(target);
  const handle = await openPlain(path);
  try {
    const { size } = await handle.stat();
    const { end, closed } = codec
      ? await lastMember(handle, size, codec, close)
      : await lastRecord(handle, await firstNul(handle, size), close !== "");
    if (end === 0) return false;
    await handle.truncate(end);
    const missing = Buffer.from(closed ? "" : close || (codec ? "" : "\n"));
    if (missing.length > 0) await handle.write(codec ? await codec.encode(missing) : missing, 0, undefined, end);
    await handle.sync();
    return true;
  } finally {
    await handle.close();
  }
}

/** How much of a file is valid. */
interface Sound {
  /** Bytes to keep; 0 if there is no record. */
  readonly end: number;
  /** The file is complete as it is. */
  readonly closed: boolean;
}

/** Finds the last complete record: a line that is followed by a newline, or a last line that parses. */
async function lastRecord(handle: FileHandle, size: number, isArray: boolean): Promise<Sound> {
  let end = size;
  for (;;) {
    const start = await lineStart(handle, end);
    const line = await read(handle, start, end - start);
    const text = line.toString().trimEnd();
    if (isArray && text === "[") return { end: 0, closed: false };
    if (text !== "" && text !== "]" && parseJson(text.replace(/,$/, "")) !== undefined) {
      const comma = isArray && text.endsWith(",") ? 1 : 0;
      return { end: start + Buffer.byteLength(text) - comma, closed: false };
    }
    if (start === 0) return { end: 0, closed: false };
    end = start - 1;
  }
}

/** Where the line begins that ends at `end`. */
export async function lineStart(handle: FileHandle, end: number): Promise<number> {
  for (let stop = end; stop > 0;) {
    const start = Math.max(0, stop - CHUNK_BYTES);
    const at = (await read(handle, start, stop - start)).lastIndexOf(NEWLINE);
    if (at >= 0) return start + at + 1;
    stop = start;
  }
  return 0;
}

/** After a power loss, blocks that never reached the disk read as NULs, which JSON text cannot hold. */
async function firstNul(handle: FileHandle, size: number): Promise<number> {
  for (let start = 0; start < size; start += CHUNK_BYTES) {
    const at = (await read(handle, start, Math.min(CHUNK_BYTES, size - start))).indexOf(0);
    if (at >= 0) return start + at;
  }
  return size;
}

/** Finds the last complete member: members hold whole records. */
async function lastMember(handle: FileHandle, size: number, codec: Codec, close: string): Promise<Sound> {
  let end = 0;
  let tail = "";
  for (;;) {
    const member = await readMember(handle, end, size, codec);
    if (!member) return { end, closed: tail === close };
    end += member.length;
    tail = member.text.subarray(-close.length).toString();
  }
}

/** The member that begins at `start`; undefined where it is torn or damaged, or there is none. */
export async function readMember(
  handle: FileHandle,
  start: number,
  size: number,
  codec: Codec,
): Promise<Member | undefined> {
  const available = Math.min(size - start, MEMBER_LIMIT_BYTES);
  for (let length = Math.min(CHUNK_BYTES, available); ; length = Math.min(length * 2, available)) {
    try {
      return await codec.decodeFirst(await read(handle, start, length));
    } catch (error) {
      if (errnoOf(error) !== "Z_BUF_ERROR" || length === available) return undefined;
    }
  }
}

/** The bytes from `start`, fewer only at the end of the file. */
export async function read(handle: FileHandle, start: number, length: number): Promise<Buffer> {
  const data = Buffer.allocUnsafe(length);
  for (let done = 0; done < length;) {
    const { bytesRead } = await handle.read(data, done, length - done, start + done);
    if (bytesRead === 0) return data.subarray(0, done);
    done += bytesRead;
  }
  return data;
}
