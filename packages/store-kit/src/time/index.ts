// The time of a record: how to find, read and write it.
export * from "./parse-epoch.ts";
export * from "./parse-time.ts";
export * from "./record-time.ts";
export * from "./time-text.ts";
