// What every store may use; the entries `/http`, `/time`, `/params`, `/batches` and `/disk` have the rest by theme.
export * from "./first-few.ts";
export * from "./memo.ts";
export * from "./task-queue.ts";
export * from "./value-of.ts";
export * from "./wait.ts";
