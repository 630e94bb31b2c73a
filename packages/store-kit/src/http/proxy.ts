import { BlockList, isIP } from "node:net";
import { BlockedError, type StoreContext } from "@cloudmarker/store-api";
import { isLoopback, proxyProblem } from "./server-url.ts";

type Env = StoreContext["env"];

/** A proxy, and where it was set. */
export interface Proxy {
  /** May hold credentials. */
  readonly url: string;
  /** The environment variable that names it; undefined if the param does. */
  readonly variable?: string;
}

/** The schema of the param `proxy`, which {@link proxyFor} reads. */
export const PROXY_PARAM = {
  "x-also": ["proxy_url", "http_proxy", "https_proxy"],
  type: "string",
  minLength: 1,
  writeOnly: true,
  description:
    "URL of an HTTP proxy; may hold a user name and password. `none`: no proxy. Without it, `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` of the environment count.",
} as const;

/** The problem of the param `proxy`, or undefined. */
export function proxyParamProblem(param: string | undefined): string | undefined {
  return param === undefined || param === NONE ? undefined : proxyProblem(param);
}

const NONE = "none";

/**
 * The proxy on the way to a server, or undefined: the one of the param, else that of the environment, read as by curl
 * and Python. A server on this machine is reached directly, unless the param says otherwise, since a proxy could
 * not reach it. Undici's own agent is not used: it does not say which way it took, which every message needs. It also
 * has one set of credentials for two proxies, and no networks in `NO_PROXY`.
 * @param target - URL of the server
 * @throws BlockedError `proxy`: the value in the environment is not a proxy
 */
export function proxyFor(target: string, param: string | undefined, env: Env): Proxy | undefined {
  if (param !== undefined) return param === NONE ? undefined : { url: param };
  const url = new URL(target);
  if (isLoopback(url.hostname)) return undefined;
  const name = url.protocol === "https:" ? "https_proxy" : "http_proxy";
  const variable = [name, name.toUpperCase()].find((one) => env[one] !== undefined) ?? name;
  const given = env[variable]?.trim() ?? "";
  if (given === "" || isExempt(url, env["no_proxy"] ?? env["NO_PROXY"] ?? "")) return undefined;
  const proxy = given.includes("://") ? given : `http://${given}`;
  const problem = proxyProblem(proxy, `${variable} of the environment`);
  if (problem !== undefined) throw new BlockedError("proxy", `${problem} Or choose \`proxy: none\`.`);
  return { url: proxy, variable };
}

/**
 * Whether a list such as `.example.com, es:9200, 10.0.0.0/8` names the server. A name also stands for all names below
 * it.
 */
function isExempt({ hostname, port, protocol }: URL, list: string): boolean {
  const host = bare(hostname);
  const ownPort = port || (protocol === "https:" ? "443" : "80");
  return list.split(/[\s,]+/u).some((entry) => {
    if (entry === "*") return true;
    const [, name = entry, only] = /^(\[[^\]]*\]|[^:]*):(\d+)$/u.exec(entry) ?? [];
    const wanted = bare(name).replace(/^\*?\./u, "");
    if (wanted === "" || (only !== undefined && only !== ownPort)) return false;
    return host === wanted || (isIP(host) === 0 ? host.endsWith(`.${wanted}`) : isInNetwork(host, wanted));
  });
}

/** A host without the brackets of an IPv6 address, and without the dot at the end of a full name. */
function bare(host: string): string {
  return host.toLowerCase().replace(/^\[|\]$|\.$/gu, "");
}

/** Whether an address is in a network such as `10.0.0.0/8`. */
function isInNetwork(address: string, network: string): boolean {
  const [, base = "", bits = ""] = /^(.+)\/(\d{1,3})$/u.exec(network) ?? [];
  const version = isIP(base);
  if (version === 0 || version !== isIP(address) || Number(bits) > (version === 4 ? 32 : 128)) return false;
  const family = version === 4 ? "ipv4" : "ipv6";
  const list = new BlockList();
  list.addSubnet(base, Number(bits), family);
  return list.check(address, family);
}

/** A proxy as a person knows it, without its credentials. */
export function proxyName({ url, variable }: Proxy): string {
  return `${new URL(url).host}${variable === undefined ? "" : ` (${variable})`}`;
}

/** The peer of the connection itself, as a person knows it: the proxy, or the server. */
export function firstPeer(peer: string, proxy: Proxy | undefined): string {
  return proxy ? `The proxy ${proxyName(proxy)}, on the way to ${peer},` : peer;
}
