// What every store may need, whatever it writes to; the entries `/http`, `/time`, `/params`, `/batches` and `/disk` have the rest by theme.
export * from "./memo.ts";
export * from "./value-of.ts";
export * from "./wait.ts";
