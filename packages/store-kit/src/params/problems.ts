import type { ParamsProblem } from "@cloudmarker/store-api";

/** What may be wrong with a param: nothing where there is no message. */
export type Finding = readonly [param: string | ParamsProblem["path"], message: string | false | undefined];

/** The problems among findings, for `validate`. */
export function problemsOf(findings: readonly Finding[]): ParamsProblem[] {
  return findings.flatMap(([param, message]) => {
    const path = typeof param === "string" ? [param] : param;
    return message ? [{ path, message }] : [];
  });
}

/** Of params that exclude each other, the second that is given is one too many. */
export function onlyOneOf(params: Readonly<Record<string, unknown>>): Finding {
  const given = Object.keys(params).filter((name) => params[name] !== undefined);
  return [given[1] ?? "", given.length > 1 && `Give only one of ${given.join(", ")}.`];
}
