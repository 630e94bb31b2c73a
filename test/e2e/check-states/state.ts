import type { Fault } from "../../servers/http/faults.ts";

/** Params of a store. */
export type Params = Readonly<Record<string, unknown>>;

/**
 * What `check` and `write` say: one word for both, or one each where the reason is told more exactly before anything is
 * sent.
 */
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
