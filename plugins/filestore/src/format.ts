/** How records become a file. */
export interface Format {
  /** Of the file name, before that of the compression. */
  readonly extension: string;
  /** Before the first record. */
  readonly open: string;
  /** Between two records. */
  readonly between: string;
  /** Behind every record. */
  readonly after: string;
  /** At the end of the file. */
  readonly close: string;
}

/** By the values of the param `format` (FS-04). */
export const FORMATS: Readonly<Record<"json" | "ndjson", Format>> = {
  json: { extension: ".json", open: "[\n", between: ",\n", after: "", close: "\n]\n" },
  ndjson: { extension: ".ndjson", open: "", between: "", after: "\n", close: "" },
};

/** Which format a file name says. */
export function formatOf(file: string): Format {
  return /\.ndjson(?:\.gz|\.zst)?$/.test(file) ? FORMATS.ndjson : FORMATS.json;
}

/** Whether a file name says that the file is compressed. */
export function isCompressed(file: string): boolean {
  return file.endsWith(".gz") || file.endsWith(".zst");
}
