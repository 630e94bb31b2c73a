/**
 * The common bucket of a record: who produced it, in which run, and for which store. All keys of the predecessor are
 * strings; a producer may add keys of its own.
 */
export interface Com {
  /** Name of the audit, stamped by the host. */
  readonly audit_key?: string;
  /** Run id, stamped by the host, such as `20261123_145314_k3x09a`. */
  readonly audit_version?: string;
  readonly origin_key?: string;
  readonly origin_class?: string;
  /** Names the file in which FileStore writes the record. */
  readonly origin_worker?: string;
  readonly origin_type?: string;
  readonly record_type?: string;
  /**
   * The id that the producer gave the record; part of {@link StoreRecord.id}. Different records may have the same one.
   */
  readonly record_id?: string;
  readonly target_key?: string;
  readonly target_class?: string;
  readonly target_worker?: string;
  readonly target_type?: string;
  readonly [key: string]: unknown;
}

/**
 * The value of a record: `raw` is what the audited system returned, `ext` is metadata of that source, `com` is the
 * common bucket.
 */
export interface RecordValue {
  /** Absent if the producer gave none, as on the `begin_audit` and `end_audit` markers. The same holds for `ext`. */
  raw?: unknown;
  ext?: unknown;
  com: Com;
}

/**
 * One record of a batch, as a store sees it. Text and value are made when they are first read, so a store that needs
 * only one of them does not pay for the other.
 */
export interface StoreRecord {
  /** The record as JSON text on one line, without a line break at its end. Number literals are those of the input. */
  readonly json: string;
  /** Length of {@link StoreRecord.json} in UTF-8 bytes. */
  readonly bytes: number;
  /**
   * Writes {@link StoreRecord.json} as UTF-8 into `target`, from `at` on; {@link StoreRecord.bytes} must fit there. For
   * a store that sends bytes this is several times faster than the string, and fastest into a `Buffer`.
   * @returns how many bytes it wrote: {@link StoreRecord.bytes}
   */
  writeTo(target: Uint8Array, at: number): number;
  /**
   * The document id, 32 hex digits. It is a hash of the run, of the record's identity (`com.record_id`, else
   * the values that `audits.<name>.id` points to) and of its text without the stamp. The same record sent again in the
   * same run has the same id, and no other record has it.
   */
  readonly id: string;
  /** The common bucket, stamps included. */
  readonly com: Com;
  /**
   * The record as a JavaScript value of its own, safe to change. Numbers that would lose digits are {@link RawJson}.
   */
  readonly value: RecordValue;
}

/** Keys of the common bucket that the host knows: a store can give them fields or columns of their own. */
export const COM_KEYS: readonly string[] = [
  "audit_key",
  "audit_version",
  "origin_key",
  "origin_class",
  "origin_worker",
  "origin_type",
  "record_type",
  "record_id",
  "target_key",
  "target_class",
  "target_worker",
  "target_type",
];
