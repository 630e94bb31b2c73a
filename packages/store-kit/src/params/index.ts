// Params that several stores have, and what is wrong with them.
export * from "./name-template.ts";
export * from "./problems.ts";
