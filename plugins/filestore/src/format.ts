import type { Codec } from "./codec.ts";

/** How records become the text of a file. */
export interface Format {
  /** Extension of the file name, before that of the compression. */
  readonly extension: string;
  /** Text before the first record. */
  readonly open: string;
  /** Text between two records. */
  readonly between: string;
  /** Text after every record. */
  readonly after: string;
  /** Text at the end of the file. */
  readonly close: string;
}

/** By the values of the param `format` (FS-04). */
export const FORMATS: Readonly<Record<"json" | "ndjson", Format>> = {
  json: { extension: ".json", open: "[\n", between: ",\n", after: "", close: "\n]\n" },
  ndjson: { extension: ".ndjson", open: "", between: "", after: "\n", close: "" },
};

/** By the values of the param `compress`. */
const COMPRESSED: Readonly<Record<"none" | "gzip" | "zstd", string>> = { none: "", gzip: ".gz", zstd: ".zst" };

/** The extension of file names. */
export function extensionOf(format: keyof typeof FORMATS, compress: keyof typeof COMPRESSED): string {
  return FORMATS[format].extension + COMPRESSED[compress];
}

/** The format that a file name says. */
export function formatOf(file: string): Format {
  return /\.ndjson(?:\.gz|\.zst)?$/.test(file) ? FORMATS.ndjson : FORMATS.json;
}

/** Whether a file name says that the file is compressed. */
export function isCompressed(file: string): boolean {
  return file.endsWith(".gz") || file.endsWith(".zst");
}

/**
 * The codec that a file name says, if any. zlib is loaded only when it is needed: loading takes long for a small run.
 */
export async function loadCodec(file: string): Promise<Codec | undefined> {
  return isCompressed(file) ? (await import("./codec.ts")).codecOf(file) : undefined;
}
