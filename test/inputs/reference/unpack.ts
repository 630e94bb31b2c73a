import { gunzip, type Unpacked } from "./gunzip.ts";
import { isZstd, unpackZstd } from "./zstd.ts";

/** The bytes themselves, or the text that they hold where they begin like gzip or zstd data. */
export function unpack(bytes: Buffer): Unpacked {
  return isZstd(bytes, 0) ? unpackZstd(bytes) : gunzip(bytes);
}
