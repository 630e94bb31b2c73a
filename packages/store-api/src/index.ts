export * from "./errors.ts";
export * from "./json.ts";
export * from "./outcome.ts";
export * from "./receipt.ts";
export * from "./record.ts";
export * from "./schema.ts";
export * from "./store.ts";
export * from "./tap.ts";
