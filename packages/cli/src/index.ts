/** What the docs are generated from, and nothing with a side effect. The command itself is `bin/cloudmarker.js`. */
export { EXIT_TABLE } from "./exit-codes.ts";
export { createProgram, type Actions } from "./program.ts";
export type { CommonOptions, StoreOptions, WriteOptions } from "./options.ts";
