/** The keys of a `delivery` map. */
export const DELIVERY_KEYS = [
  "batch",
  "queue",
  "concurrency",
  "ordered",
  "guarantee",
  "isolation",
  "spool",
  "timeout",
  "deadline",
  "fail_fast",
  "retry",
] as const;
