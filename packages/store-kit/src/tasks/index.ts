// What is done once, one after another, or with a limit of time.
export * from "./once.ts";
export * from "./task-queue.ts";
export * from "./wait.ts";
