import { comMeter, comReader } from "../records/com-text.ts";
import { Entry } from "../records/entry.ts";

// A block: the number of its records, a row for each of them, and their texts one behind the other. All numbers are
// 32 bits, little end first. Its checksum is kept beside it.
const HEADER_BYTES = 4;
/** A row: bytes of the text, bytes of `com` at its end, and whether the record is an event. */
const ROW_BYTES = 12;

/** How many bytes {@link packBlock} writes. */
export function blockBytes(entries: readonly Entry[]): number {
  return entries.reduce((sum, { headBytes }) => sum + headBytes, textsAfter(entries.length));
}

/**
 * Writes entries for the journal. Nothing of a record is worked out anew when it is read back, so that it has the id
 * and the text in every store that it would have had.
 * @param memory where it is written, from the beginning
 * @returns the part of the memory that is the block
 */
export function packBlock<Memory extends ArrayBufferLike>(
  entries: readonly Entry[],
  memory: Memory,
): Uint8Array<Memory> {
  const textsAt = textsAfter(entries.length);
  const buffer = Buffer.from(memory);
  const rows = new DataView(memory);
  const comBytes = comMeter();
  rows.setUint32(0, entries.length, true);
  let row = HEADER_BYTES;
  let at = textsAt;
  for (const entry of entries) {
    rows.setUint32(row, entry.headBytes, true);
    rows.setUint32(row + 4, comBytes(entry.com), true);
    rows.setUint32(row + 8, entry.isEvent ? 1 : 0, true);
    row += ROW_BYTES;
    at = entry.writeTo(buffer, at);
  }
  return new Uint8Array(memory, 0, at);
}

/** Where the texts of so many records begin. */
function textsAfter(count: number): number {
  return HEADER_BYTES + count * ROW_BYTES;
}

/** The entries of a block. */
export function unpackBlock(bytes: Uint8Array): Entry[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const count = buffer.readUInt32LE(0);
  const comOf = comReader();
  let at = HEADER_BYTES + count * ROW_BYTES;
  return Array.from({ length: count }, (_, index) => {
    const row = HEADER_BYTES + index * ROW_BYTES;
    const size = buffer.readUInt32LE(row);
    const comBytes = buffer.readUInt32LE(row + 4);
    const end = at + size;
    const text = buffer.toString("utf8", at, end);
    const com = comOf(`${buffer.toString("utf8", end - comBytes, end)}}`);
    at = end;
    return new Entry({ text, bytes: size, com, isBare: comBytes === 1, isEvent: buffer.readUInt32LE(row + 8) === 1 });
  });
}
