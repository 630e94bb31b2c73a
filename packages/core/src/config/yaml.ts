import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, stringify } from "yaml";

/** What is used of the parser. */
export type Yaml = Pick<
  typeof import("yaml"),
  "isAlias" | "isMap" | "isNode" | "isScalar" | "isSeq" | "LineCounter" | "parseDocument" | "stringify"
>;

/** The parser: a bundle has no more of it than this. */
export const yaml: Yaml = { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, stringify };
