import { formatPointer, parsePointer } from "@cloudmarker/store-api";

/**
 * The keys of a path into a JSON document. A path that begins with `/` is a JSON pointer (RFC 6901); any other has keys
 * joined by dots. A key with a dot, a slash, a bracket or blanks around it can only be written as a pointer.
 */
export function parsePath(text: string): readonly string[] {
  return text.startsWith("/") ? parsePointer(text) : text.split(".");
}

/**
 * What is wrong with a path, as a sentence with the form that was probably meant; undefined if the path is valid. A
 * wrong path must be refused, since every document without such a key would look like a report without findings.
 */
export function pathProblem(text: string): string | undefined {
  const wrong = faultOf(text);
  if (wrong === undefined) return undefined;
  const meant = meantBy(text);
  return faultOf(meant) === undefined ? `${wrong} Write ${JSON.stringify(meant)}.` : wrong;
}

/** Writes keys as a path for {@link parsePath}: with dots if that is unambiguous. */
export function formatPath(keys: readonly string[]): string {
  const dotted = keys.join(".");
  if (keys.every((key) => !key.includes(".")) && faultOf(dotted) === undefined) return dotted;
  return formatPointer(keys);
}

/**
 * What is wrong with a path beside others, as a sentence; undefined if nothing is. A path must not lead into what
 * another one takes, since the same text would be in two records.
 */
export function overlapProblem(text: string, others: readonly string[]): string | undefined {
  const keys = parsePath(text);
  for (const other of others) {
    const known = parsePath(other);
    const length = Math.min(keys.length, known.length);
    if (keys.slice(0, length).every((key, index) => key === known[index]))
      return keys.length === known.length
        ? `The path ${JSON.stringify(other)} is there twice.`
        : `One of ${JSON.stringify(other)} and ${JSON.stringify(text)} leads into what the other takes.`;
  }
  return undefined;
}

function faultOf(text: string): string | undefined {
  if (text.trim() === "") return "It must not be empty.";
  if (text !== text.trim()) return "It must not have blanks around it.";
  const isPointer = text.startsWith("/");
  const keys = text.slice(isPointer ? 1 : 0).split(isPointer ? "/" : ".");
  // The document itself, as jq and JSONPath call it.
  if (text === "." || text === "$" || text.startsWith("$.") || text.startsWith("$[") || text.startsWith("#/")) {
    return "Begin with a key: the document itself has no name.";
  }
  if (keys.some((key) => key === "*" || /\[\*?\]$/u.test(key))) {
    return "Leave out [] and *: every element of a list is read.";
  }
  if (keys.includes("")) return "It has an empty key.";
  if (isPointer) return undefined;
  if (text.includes("/")) return "A path with slashes must begin with a slash.";
  if (/[[\]]/u.test(text)) return "Leave out the brackets: a number alone picks an element.";
  return keys.some((key) => key !== key.trim()) ? "A key must not have blanks around it." : undefined;
}

/** The path without the syntax of other path languages. */
function meantBy(text: string): string {
  const own = text.trim().replace(/^[$#]/u, "");
  const separator = own.includes("/") ? "/" : ".";
  const keys = own
    .replaceAll(/\[\*?\]/gu, "")
    .replaceAll(/\[["']?([^[\]"']*)["']?\]/gu, `${separator}$1`)
    .split(separator)
    .map((key) => key.trim())
    .filter((key) => key !== "" && key !== "*");
  return separator === "/" && keys.length > 0 ? `/${keys.join("/")}` : keys.join(".");
}
