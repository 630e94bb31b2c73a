// Turns a batch into requests: cuts it into groups, writes bodies, and reads members and notes of its records.
export * from "./batch-id.ts";
export * from "./body-writer.ts";
export * from "./buffer-pool.ts";
export * from "./groups.ts";
export * from "./member-writer.ts";
export * from "./nesting.ts";
export * from "./quote.ts";
export * from "./record-notes.ts";
export * from "./value-of.ts";
