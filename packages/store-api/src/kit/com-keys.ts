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
