// Params that several stores have, and the problems of params.
export * from "./name-template.ts";
export * from "./problems.ts";
