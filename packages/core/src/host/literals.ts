import { type ProblemText, writeProblem } from "../config/problems.ts";
import { pathText } from "../config/tree.ts";
import type { ConfigPath, LoadedConfig } from "../config/types.ts";
import type { Schema } from "../validation/schema-walk.ts";
import { visitParams } from "../validation/secrets.ts";

/** A text that is used as it is, and probably not meant as it is. */
export interface Literal {
  readonly path: ConfigPath;
  readonly problem: ProblemText;
}

/** `$NAME`, alone or at the beginning of a path. A name of a secret must look like one of the environment. */
const VARIABLE = /^\$([A-Za-z_]\w*)(?=$|[/\\])/u;
const LOUD_VARIABLE = /^\$[A-Z][A-Z0-9_]{2,}$/u;
const WINDOWS_VARIABLE = /^%([A-Za-z_][\w()]{2,})%/u;
const COMMAND = /^(?:\$\(.*\)|`.*`)$/su;
/** With a blank or a dot: `{{` alone stands for a brace in the name of an index. */
const TEMPLATE = /\{\{-?\s.*\}\}|\{\{-?\./su;
/** Quotes of a word processor, at an end of the text. */
const QUOTES = /^[“”„‘’«]|[“”‘’»]$/u;

/**
 * Texts among params that other programs would replace, such as `$ES_PASSWORD`, and texts that YAML has cut. What came
 * from a variable or from a program is meant as it is.
 */
export function literalsIn(root: Schema, given: unknown, path: ConfigPath, config: LoadedConfig): readonly Literal[] {
  const found: Literal[] = [];
  visitParams(root, given, (below, node, kind) => {
    if (typeof node !== "string") return;
    const at = [...path, ...below];
    if (!config.locate(at, "value") || config.writtenAs(at) !== undefined) return;
    const problem = problemOf(node, pathText(at), kind !== "public", config.isCut(at));
    if (problem) found.push({ path: at, problem });
  });
  return found;
}

function problemOf(text: string, at: string, isSecret: boolean, isCut: boolean): ProblemText | undefined {
  const value = isSecret ? undefined : text;
  const [, name] = VARIABLE.exec(text) ?? WINDOWS_VARIABLE.exec(text) ?? [];
  if (name !== undefined && (!isSecret || LOUD_VARIABLE.test(text) || WINDOWS_VARIABLE.test(text)))
    return writeProblem("literal", "variable", { at, value, name: isSecret ? undefined : name });
  if (COMMAND.test(text)) return writeProblem("literal", "command", { at, value });
  if (TEMPLATE.test(text)) return writeProblem("literal", "template", { at, value });
  const mark = QUOTES.exec(text)?.[0];
  if (mark !== undefined) return writeProblem("literal", "quotes", { at, mark });
  return isCut ? writeProblem("literal", "cut", { at }) : undefined;
}
