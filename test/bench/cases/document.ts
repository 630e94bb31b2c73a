/** The stamps of a run, as the host writes them. */
const COM = {
  origin_worker: "bench",
  audit_key: "default",
  audit_version: "20260101_000000",
  target_key: "files",
  target_class: "FileStore",
  target_worker: "default_files",
  target_type: "store",
} as const;

/** What a store writes for a record of a scanner: the same document as the host makes. */
export interface BenchDocument {
  readonly raw: unknown;
  readonly ext: object;
  readonly com: typeof COM;
}

/** Wraps a record as the host does. */
export function documentOf(raw: unknown): BenchDocument {
  return { raw, ext: {}, com: COM };
}
