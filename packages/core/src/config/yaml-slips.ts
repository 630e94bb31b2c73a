import type { YAMLError } from "yaml";
import { type ProblemText, writeProblem } from "./problems.ts";

/** A frequent slip in YAML, and the offset of its place. */
interface Slip {
  readonly problem: ProblemText;
  readonly offset: number;
}

/** `plugin:filestore`, `- path:./out`: a key and its value without a blank between them. */
const GLUED = /^(?:- +)?([\w-]+):(?=\S)([^\s,}\]]*)/u;

/** What a person probably did, if the parser's own words do not say it. No value of the file is shown. */
export function slipOf({ code, message, pos: [start] }: YAMLError, text: string): Slip | undefined {
  switch (code) {
    case "MULTILINE_IMPLICIT_KEY":
    case "BLOCK_AS_IMPLICIT_KEY": {
      const end = text.indexOf("\n", start);
      const rest = text.slice(start, end < 0 ? text.length : end);
      const [, key, value = ""] = GLUED.exec(rest) ?? [];
      if (key !== undefined) return { problem: gluedKey(key, value), offset: start };
      if (/:(?:\s|$)/u.test(rest)) return { problem: writeProblem("CONFIG_UNREADABLE", "colon", {}), offset: start };
      return { problem: writeProblem("CONFIG_UNREADABLE", "deeper", {}), offset: textBehind(text, end) };
    }
    case "BAD_INDENT": {
      const [, open] = /^Flow (sequence|map) /u.exec(message) ?? [];
      if (open !== undefined) {
        const [begin, close] = open === "map" ? ["{", "}"] : ["[", "]"];
        return { problem: writeProblem("CONFIG_UNREADABLE", "bracket", { begin, close }), offset: start };
      }
      return { problem: writeProblem("CONFIG_UNREADABLE", "indent", {}), offset: textBehind(text, start) };
    }
    default:
      return undefined;
  }
}

/** Where the token begins that an error is about: the parser points behind the first character of some. */
export function startOf({ message, pos: [start] }: YAMLError, text: string): number {
  const isBehind = message.startsWith("Block scalar header") || text.startsWith("${", start - 1);
  return isBehind ? start - 1 : start;
}

/** The name of a plugin is no secret; any other value may be one. */
function gluedKey(key: string, value: string): ProblemText {
  return writeProblem("CONFIG_UNREADABLE", "blank", { key, value: key === "plugin" ? value : "…" });
}

/** The first character that is not blank. */
function textBehind(text: string, offset: number): number {
  const found = text.slice(Math.max(offset, 0)).search(/\S/u);
  return found < 0 ? offset : Math.max(offset, 0) + found;
}
