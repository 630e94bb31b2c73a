import type { MongoDBStoreParams } from "./params.ts";

/** Where the server is. */
export interface Server {
  /** For the driver; without credentials. */
  readonly uri: string;
  /** For people: without path and options too. */
  readonly peer: string;
  readonly tls: boolean;
  /** The first host, to find out what answers there; undefined where only the name service knows it. */
  readonly first: Address | undefined;
}

/** A host, without brackets, and a port. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

const URI = /^(?<scheme>mongodb(?:\+srv)?:\/\/)(?<hosts>[^/?]*)(?:\/[^?]*)?(?:\?(?<options>.*))?$/su;
const DEFAULT_PORT = 27017;

/** Options of a connection string that hold a secret, in lower case. */
const SECRET_OPTIONS: ReadonlySet<string> = new Set([
  "authmechanismproperties",
  "proxypassword",
  "tlscertificatekeyfilepassword",
]);

/** What is wrong with a connection string, or undefined. It is not quoted: there may be a password in it (MG-20). */
export function uriProblem(uri: string): string | undefined {
  const { hosts, options = "" } = URI.exec(uri)?.groups ?? {};
  // An unescaped slash in a password would move the rest of it behind the hosts.
  if (uri.includes("@"))
    return "uri has a user name or password in it; write them as params of their own, and an @ elsewhere as %40.";
  if (hosts === undefined) return "uri must begin with mongodb:// or mongodb+srv://.";
  if (hosts.split(",").some((host) => host === "")) return "uri must name a host, and one more behind each comma.";
  for (const [name] of new URLSearchParams(options))
    if (SECRET_OPTIONS.has(name.toLowerCase())) return `uri has a secret in it: ${name} is not taken from there.`;
  return undefined;
}

/** Where params that {@link uriProblem} finds nothing wrong with lead. */
export function serverOf(params: MongoDBStoreParams): Server {
  const host = params.host.includes(":") && !params.host.startsWith("[") ? `[${params.host}]` : params.host;
  const uri = params.uri ?? `mongodb://${host}:${params.port}/`;
  const { scheme = "", hosts = "", options } = URI.exec(uri)?.groups ?? {};
  const isSrv = scheme === "mongodb+srv://";
  return {
    uri,
    peer: scheme + hosts,
    tls: asksForTls(params) || saysTls(options, isSrv),
    first: isSrv ? undefined : firstHost(hosts),
  };
}

function asksForTls({ use_tls, tls }: MongoDBStoreParams): boolean {
  return use_tls || !tls.verify || Object.keys(tls).length > 1;
}

function saysTls(options: string | undefined, byDefault: boolean): boolean {
  for (const [name, value] of new URLSearchParams(options))
    if (["tls", "ssl"].includes(name.toLowerCase())) return value === "true";
  return byDefault;
}

function firstHost(hosts: string): Address {
  const { name = "", port } = /^(?<name>\[[^\]]*\]|[^:,]*)(?::(?<port>\d+))?/u.exec(hosts)?.groups ?? {};
  return { host: name.replace(/^\[|\]$/gu, ""), port: Number(port ?? DEFAULT_PORT) };
}
