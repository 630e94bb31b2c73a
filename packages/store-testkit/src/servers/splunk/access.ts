import type { RequestHead } from "../http/request.ts";
import type { HecCode } from "./codes.ts";
import type { HecToken } from "./hec.ts";

/** Tokens by their value. */
export type HecTokens = Readonly<Record<string, HecToken>>;

/** A token that was found good. */
export interface Access {
  readonly name: string;
  readonly token: HecToken;
}

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** Who sends, or the code of why not: 16 for a token in the query, 2, 3, 4 and 1. */
export function authorize({ headers, query }: RequestHead, tokens: HecTokens): Access | HecCode {
  const header = headers.authorization;
  if (header === undefined) return query.has("token") ? 16 : 2;
  const name = /^Splunk +(.+)$/i.exec(header)?.[1];
  if (name === undefined) return 3;
  const token = Object.hasOwn(tokens, name) ? tokens[name] : undefined;
  if (!token) return 4;
  return token.disabled ? 1 : { name, token };
}

/** The channel that a request names in its header or its query, or the code of why not. */
export function channelOf({ headers, query }: RequestHead, cloud: boolean): { channel: string } | HecCode {
  const header = headers["x-splunk-request-channel"];
  const channel = (typeof header === "string" ? header : undefined) ?? query.get("channel") ?? "";
  if (channel === "") return cloud ? 28 : 10;
  return UUID.test(channel) ? { channel: channel.toLowerCase() } : 11;
}
