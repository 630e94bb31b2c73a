import type { Fault } from "../../../packages/store-testkit/src/servers/http/faults.ts";

/** Params of a store. */
export type Params = Readonly<Record<string, unknown>>;

/** The codes of `check` and `write`: one for both, or one for each if `check` knows the reason more exactly. */
export type Codes = string | readonly [check: string, write: string];

/** A state of a server: what it is, and what comes of it. */
export type State<Given> = readonly [state: string, codes: Codes, given: Given];

/** The only user that a server knows. */
export const LOGIN: { readonly username: string; readonly password: string } = {
  username: "auditor",
  password: "right-pw",
};

/** A server answers every request so, or those of `on`. */
export function answers(status: number, body: unknown = "", on?: Fault["on"]): Fault {
  return { kind: "status", status, body, ...(on && { on }) };
}
