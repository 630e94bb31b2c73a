import { comMeter, comReader } from "../records/com-text.ts";
import { Entry } from "../records/entry.ts";
import { Fork, type Forked, hasForks, NO_TEXT } from "./fork.ts";

// A block: the number of its rows, the rows, and the texts one behind the other. A record has one row; one that is not
// the same for all stores has a row for each text. All numbers are 32 bits, little end first. The checksum of a block
// is kept beside it. A block with rows that have other flags than the first one needs a journal of version 2.
const NUMBER_BYTES = 4;
const HEADER_BYTES = NUMBER_BYTES;
/** A row: bytes of the text, bytes of `com` at its end, and flags. */
const ROW_BYTES = 3 * NUMBER_BYTES;

/** The record is an event. */
const IS_EVENT = 1;
/** Another text of the record of the row before. */
const IS_OTHER_TEXT = 2;
/** The text is for some lanes: their number, and each of them, stand before it. */
const HAS_LANES = 4;
/** There is no text: all stores have settled the record. */
const IS_GONE = 8;

/** How many bytes {@link packBlock} writes. */
export function blockBytes(entries: readonly Forked[]): number {
  let bytes = HEADER_BYTES;
  for (const one of entries) {
    bytes += rowsOf(one) * ROW_BYTES + one.headBytes;
    if (one instanceof Fork) for (const { lanes } of one.texts) bytes += lanesBytes(lanes);
  }
  return bytes;
}

/**
 * Writes entries for the journal. Nothing of a record is worked out anew when it is read back, so that it has the id
 * and the text in every store that it would have had.
 * @param memory where it is written, from the beginning
 * @returns the part of the memory that is the block
 */
export function packBlock<Memory extends ArrayBufferLike>(
  entries: readonly Forked[],
  memory: Memory,
): Uint8Array<Memory> {
  const count = entries.reduce((sum, one) => sum + rowsOf(one), 0);
  let row = HEADER_BYTES;
  let at = HEADER_BYTES + count * ROW_BYTES;
  const buffer = Buffer.from(memory);
  const rows = new DataView(memory);
  const comBytes = comMeter();
  const put = (entry: Entry, flags: number): void => {
    rows.setUint32(row, entry.headBytes, true);
    rows.setUint32(row + NUMBER_BYTES, comBytes(entry.com), true);
    rows.setUint32(row + 2 * NUMBER_BYTES, flags | (entry.isEvent ? IS_EVENT : 0), true);
    row += ROW_BYTES;
    at = entry.writeTo(buffer, at);
  };
  const skip = (): void => {
    for (const number of [0, 0, IS_GONE]) {
      rows.setUint32(row, number, true);
      row += NUMBER_BYTES;
    }
  };
  rows.setUint32(0, count, true);
  for (const one of entries) {
    if (!(one instanceof Fork)) put(one, 0);
    else if (one.texts.length === 0) skip();
    else {
      for (const [index, { entry, lanes }] of one.texts.entries()) {
        for (const number of [lanes.length, ...lanes]) at = buffer.writeUInt32LE(number, at);
        put(entry, HAS_LANES | (index > 0 ? IS_OTHER_TEXT : 0));
      }
    }
  }
  return new Uint8Array(memory, 0, at);
}

function rowsOf(one: Forked): number {
  return one instanceof Fork ? Math.max(1, one.texts.length) : 1;
}

/** The entries of a block. */
export function unpackBlock(bytes: Uint8Array): Forked[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const count = buffer.readUInt32LE(0);
  const comOf = comReader();
  const entries: Forked[] = [];
  let at = HEADER_BYTES + count * ROW_BYTES;
  for (let index = 0; index < count; index++) {
    const row = HEADER_BYTES + index * ROW_BYTES;
    const size = buffer.readUInt32LE(row);
    const comBytes = buffer.readUInt32LE(row + NUMBER_BYTES);
    const flags = buffer.readUInt32LE(row + 2 * NUMBER_BYTES);
    if (flags & IS_GONE) {
      entries.push(NO_TEXT);
      continue;
    }
    const lanes = flags & HAS_LANES ? readLanes(buffer, at) : [];
    const start = flags & HAS_LANES ? at + lanesBytes(lanes) : at;
    const end = start + size;
    const text = buffer.toString("utf8", start, end);
    const com = comOf(`${buffer.toString("utf8", end - comBytes, end)}}`);
    const isEvent = (flags & IS_EVENT) !== 0;
    const entry = new Entry({ text, bytes: size, com, isBare: comBytes === 1, isEvent });
    at = end;
    if (!(flags & HAS_LANES)) entries.push(entry);
    else {
      const before = flags & IS_OTHER_TEXT ? entries.pop() : undefined;
      entries.push(new Fork([...(before instanceof Fork ? before.texts : []), { entry, lanes }]));
    }
  }
  return entries;
}

/** The entries, without the texts that no lane has yet to get. @param isNeeded asked for a lane and an index */
export function withoutUnneeded(
  entries: readonly Forked[],
  isNeeded: (lane: number, index: number) => boolean,
): readonly Forked[] {
  if (!hasForks(entries)) return entries;
  return entries.map((one, index) => {
    if (!(one instanceof Fork)) return one;
    const needed = one.texts.filter(({ lanes }) => lanes.some((lane) => isNeeded(lane, index)));
    return needed.length > 0 ? new Fork(needed) : NO_TEXT;
  });
}

function lanesBytes({ length }: readonly number[]): number {
  return (length + 1) * NUMBER_BYTES;
}

function readLanes(buffer: Buffer, at: number): number[] {
  const count = buffer.readUInt32LE(at);
  return Array.from({ length: count }, (_, index) => buffer.readUInt32LE(at + (index + 1) * NUMBER_BYTES));
}
