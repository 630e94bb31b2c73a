// The problems of params, for `validate`.
import type { ParamsProblem } from "@cloudmarker/store-api";

/** A possible problem of a param: there is none if the message is undefined. */
export type Finding = readonly [param: string | ParamsProblem["path"], message: string | false | undefined];

/** The problems among findings, for `validate`. */
export function problemsOf(findings: readonly Finding[]): ParamsProblem[] {
  return findings.flatMap(([param, message]) => {
    const path = typeof param === "string" ? [param] : param;
    return message ? [{ path, message }] : [];
  });
}

/** If params exclude each other, each one that is set is reported. */
export function onlyOneOf(params: Readonly<Record<string, unknown>>): readonly Finding[] {
  const given = Object.keys(params).filter((name) => params[name] !== undefined);
  if (given.length < 2) return [];
  return given.map((name) => [name, `Give only one of ${given.join(", ")}.`]);
}
