import zlib from "node:zlib";

/**
 * How a frame of zstd begins (RFC 8878, section 3.1.1). A block that is not compressed begins with its number of
 * entries, which is far less.
 */
const ZSTD = 0xfd2fb528;

/** Findings take a tenth to a twentieth of their size, and zstd is faster than the disk. */
const params = { [zlib.constants.ZSTD_c_compressionLevel]: 1 };

/** A block as it is on disk. Where Node has no zstd, it stays as it is. */
export function compressed(bytes: Uint8Array): Uint8Array {
  return typeof zlib.zstdCompressSync === "function" ? zlib.zstdCompressSync(bytes, { params }) : bytes;
}

/** The block again, in memory of its own. @throws Error where Node has no zstd */
export function decompressed(stored: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = stored;
  const isZstd = byteLength >= 4 && new DataView(buffer, byteOffset).getUint32(0, true) === ZSTD;
  return isZstd ? new Uint8Array(zlib.zstdDecompressSync(stored)) : stored;
}
