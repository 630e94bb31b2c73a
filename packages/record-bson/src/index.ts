/**
 * Records as BSON documents, for stores that speak MongoDB's protocol.
 *
 * @packageDocumentation
 */
export { documentWriter } from "./document-writer.ts";
export type { Documents, DocumentWriter } from "./document-writer.ts";
export type { KeyRule } from "./documents.ts";
export { toExtendedJson } from "./extended-json.ts";
