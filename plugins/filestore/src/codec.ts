import { promisify } from "node:util";
import { crc32, gzip, inflateRaw, zstdCompress, zstdDecompress } from "node:zlib";

/** The first member of some compressed data. */
export interface Member {
  readonly text: Buffer;
  /** Bytes that the member takes. */
  readonly length: number;
}

/**
 * A compression whose files are a row of complete members (zstd calls them frames), so that a crash leaves a readable beginning
 * (FS-12). Every tool for these formats reads them all, except Node's own zstd, which stops after the first frame.
 */
export interface Codec {
  /** Of the file name, such as `.gz`. */
  readonly extension: string;
  /** One complete member, made in the thread pool. */
  encode(data: Buffer): Promise<Buffer>;
  /** Rejects with the code Z_BUF_ERROR where `data` ends before the member does, and with another where it is damaged. */
  decodeFirst(data: Buffer): Promise<Member>;
}

/** What zlib writes has a header of ten bytes, and a trailer of checksum and size. */
const HEADER_BYTES = 10;
const TRAILER_BYTES = 8;
const GZIP_MAGIC = Buffer.from([0x1f, 0x8b, 8, 0]);

const GZIP: Codec = {
  extension: ".gz",
  encode: promisify<Buffer, Buffer>(gzip),
  // By hand, since gunzip goes on to the next member and does not say where the first ended.
  async decodeFirst(data) {
    const { text, length } = await decompress(inflateRaw, data.subarray(HEADER_BYTES));
    const end = HEADER_BYTES + length + TRAILER_BYTES;
    if (data.length < end) throw Object.assign(new Error("The trailer is missing."), { code: "Z_BUF_ERROR" });
    const isSound =
      data.subarray(0, GZIP_MAGIC.length).equals(GZIP_MAGIC) && data.readUInt32LE(end - 8) === crc32(text);
    if (!isSound) throw new Error("The checksum is wrong.");
    return { text, length: end };
  },
};

const ZSTD: Codec = {
  extension: ".zst",
  encode: promisify<Buffer, Buffer>(zstdCompress),
  decodeFirst: (data) => decompress(zstdDecompress, data),
};

/** By the values of the param `compress`. */
export const CODECS: Readonly<Record<"none" | "gzip" | "zstd", Codec | undefined>> = {
  none: undefined,
  gzip: GZIP,
  zstd: ZSTD,
};

/** Which codec a file name asks for. */
export function codecOf(file: string): Codec | undefined {
  return [GZIP, ZSTD].find(({ extension }) => file.endsWith(extension));
}

type Decompress = (data: Buffer, options: object, done: (error: Error | null, result: unknown) => void) => void;

/** With `info`, zlib returns its engine too, which knows how many bytes it took; the types do not say so. */
function decompress(method: Decompress, data: Buffer): Promise<Member> {
  return new Promise((resolve, reject) => {
    method(data, { info: true }, (error, result) => {
      if (error) reject(error);
      else {
        const { buffer, engine } = result as { buffer: Buffer; engine: { bytesWritten: number } };
        resolve({ text: buffer, length: engine.bytesWritten });
      }
    });
  });
}
