// The time of a record: found, read and written.
export * from "./parse-epoch.ts";
export * from "./parse-time.ts";
export * from "./record-time.ts";
export * from "./time-text.ts";
