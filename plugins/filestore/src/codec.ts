import { promisify } from "node:util";
import { constants, crc32, gzip, inflateRaw, zstdCompress, zstdDecompress } from "node:zlib";
import type { ZstdOptions } from "node:zlib";

/** The first member of some compressed data. */
export interface Member {
  readonly text: Buffer;
  /** Bytes that the member takes. */
  readonly length: number;
}

/**
 * A compression whose files are a row of complete members (zstd calls them frames), so that a crash leaves a readable
 * beginning (FS-12). Every tool for these formats reads them all, except the zstd of older Nodes, which stops after the
 * first frame.
 */
export interface Codec {
  /** Of the file name, such as `.gz`. */
  readonly extension: string;
  /** One complete member, made in the thread pool. */
  encode(data: Buffer): Promise<Buffer>;
  /**
   * Rejects with the code Z_BUF_ERROR where `data` ends before the member does, and with another where it is damaged.
   */
  decodeFirst(data: Buffer): Promise<Member>;
}

/** zlib writes a header of ten bytes, and a trailer of checksum and size. */
const HEADER_BYTES = 10;
const TRAILER_BYTES = 8;
const GZIP_MAGIC = Buffer.from([0x1f, 0x8b, 8, 0]);
const ZSTD_MAGIC = 0xfd2fb528;

const compressZstd = promisify<Buffer, ZstdOptions, Buffer>(zstdCompress);
const decompressZstd = promisify<Buffer, Buffer>(zstdDecompress);

const GZIP: Codec = {
  extension: ".gz",
  encode: promisify<Buffer, Buffer>(gzip),
  // Not by gunzip, since that goes on to the next member and does not say where the first ended.
  async decodeFirst(data) {
    const { text, length } = await inflate(data.subarray(HEADER_BYTES));
    const end = HEADER_BYTES + length + TRAILER_BYTES;
    if (data.length < end) throw tooShort();
    const isSound =
      data.subarray(0, GZIP_MAGIC.length).equals(GZIP_MAGIC) && data.readUInt32LE(end - 8) === crc32(text);
    if (!isSound) throw new Error("The checksum is wrong.");
    return { text, length: end };
  },
};

const ZSTD: Codec = {
  extension: ".zst",
  encode: (data) => compressZstd(data, { params: { [constants.ZSTD_c_checksumFlag]: 1 } }),
  // Node's versions differ in what they do after the first frame, so they get the first frame alone.
  async decodeFirst(data) {
    const length = frameLength(data);
    return { text: await decompressZstd(data.subarray(0, length)), length };
  },
};

/** By the values of the param `compress`. */
export const CODECS: Readonly<Record<"gzip" | "zstd", Codec>> = {
  gzip: GZIP,
  zstd: ZSTD,
};

/** The codec that a file name asks for. */
export function codecOf(file: string): Codec | undefined {
  return [GZIP, ZSTD].find(({ extension }) => file.endsWith(extension));
}

/** With `info`, zlib returns its engine too, which knows how many bytes it took; the types do not say so. */
function inflate(data: Buffer): Promise<Member> {
  return new Promise((resolve, reject) => {
    inflateRaw(data, { info: true }, (error, result: unknown) => {
      if (error) reject(error);
      else {
        const { buffer, engine } = result as { buffer: Buffer; engine: { bytesWritten: number } };
        resolve({ text: buffer, length: engine.bytesWritten });
      }
    });
  });
}

/** The length of the zstd frame at the beginning of `data`: RFC 8878, section 3.1.1. */
function frameLength(data: Buffer): number {
  if (data.length < 5) throw tooShort();
  if (data.readUInt32LE(0) !== ZSTD_MAGIC) throw new Error("No zstd frame.");
  const descriptor = data.readUInt8(4);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const windowBytes = isSingleSegment ? 0 : 1;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const sizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  let at = 5 + windowBytes + dictionaryBytes + sizeBytes;
  for (let isLast = false; !isLast;) {
    if (data.length < at + 3) throw tooShort();
    const header = data.readUIntLE(at, 3);
    isLast = (header & 1) !== 0;
    const isRunLength = ((header >> 1) & 3) === 1;
    at += 3 + (isRunLength ? 1 : header >> 3);
  }
  const checksumBytes = (descriptor & 4) === 0 ? 0 : 4;
  if (data.length < at + checksumBytes) throw tooShort();
  return at + checksumBytes;
}

function tooShort(): Error {
  return Object.assign(new Error("The data ends before the member does."), { code: "Z_BUF_ERROR" });
}
