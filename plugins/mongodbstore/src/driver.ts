// What needs the driver, which is dear to load: a store loads it when it opens, and not to be listed, checked or explained.
export { check } from "./check.ts";
export { connect, makeClient } from "./client.ts";
export { Collections } from "./collections.ts";
export { findIds } from "./find-ids.ts";
export { outcomesOf } from "./outcomes.ts";
