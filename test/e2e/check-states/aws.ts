import type { GatewayOptions } from "../../servers/aws/gateway.ts";
import type { Params, State } from "./state.ts";

/** Keys as AWS documents them. */
export const KEYS: Record<"AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY", string> = {
  AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
  AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
};

/** A domain or collection, and how the store is to use it. */
export interface AwsState {
  readonly gateway?: Partial<GatewayOptions>;
  readonly params?: Params;
  readonly env?: Record<string, string>;
}

/** What can be wrong with them. */
export const AWS: readonly State<AwsState>[] = [
  ["a domain", "ok", {}],
  ["a domain, no mapping of ours", "ok", { params: { mapping: "none" } }],
  ["a collection", "ok", { gateway: { service: "aoss" } }],
  ["a collection, no mapping of ours", "ok", { gateway: { service: "aoss" }, params: { mapping: "none" } }],
  ["a wrong secret key", "credentials", { env: { ...KEYS, AWS_SECRET_ACCESS_KEY: "other" } }],
  ["an unknown key", "credentials", { env: { ...KEYS, AWS_ACCESS_KEY_ID: "AKIDOTHER" } }],
  ["a token that is over", "credentials", { gateway: { token: "another" } }],
  ["another region", "credentials", { gateway: { region: "us-east-1" } }],
  ["no permission", "no_permission", { gateway: { denied: ["AKIDEXAMPLE"] } }],
  [
    "no permission, no mapping of ours",
    "no_permission",
    { gateway: { denied: ["AKIDEXAMPLE"] }, params: { mapping: "none" } },
  ],
  ["a clock that is behind", "clock", { gateway: { skewMs: 17 * 60_000 } }],
  ["not signed", "no_permission", { params: { aws: undefined } }],
];
