// The names that records get in a back end: of an index, a collection, a file.
export * from "./name-template.ts";
export * from "./remember.ts";
