import type { ParamsProblem } from "@cloudmarker/store-api";
import { nameTemplateProblem, parseNameTemplate } from "@cloudmarker/store-kit/names";
import { onlyOneOf, problemsOf } from "@cloudmarker/store-kit/params";
import { timeFindings } from "@cloudmarker/store-kit/time";
import { tlsProblems } from "@cloudmarker/store-kit/http";
import type { MongoDBStoreParams } from "./params.ts";
import { hostsOf, isUri } from "./server.ts";

/** Most bytes of `DATABASE.COLLECTION` since MongoDB 4.4. */
const NAMESPACE_BYTES = 255;

/** Options of a connection string that hold a secret, in lower case. */
const SECRET_OPTIONS: ReadonlySet<string> = new Set([
  "authmechanismproperties",
  "proxypassword",
  "tlscertificatekeyfilepassword",
]);

/** Problems that the schema cannot express for valid params. */
export function validate(params: MongoDBStoreParams, given: Partial<MongoDBStoreParams> = {}): ParamsProblem[] {
  const { uri, host, port, db, collection, tls } = params;
  const { w } = params.write_concern;
  // An empty text, too, is read as 0.
  const isUnacknowledged = Number(w) < 1;
  const concern = "write_concern.w must be at least 1: unacknowledged records could not be accounted for.";
  const others = problemsOf([
    ...onlyOneOf({ uri, host: given.host, port: uri === undefined ? undefined : given.port }),
    ["uri", uri !== undefined && uriProblem(uri)],
    ["host", uri === undefined && hostProblem(host)],
    ["port", port > 65_535 && "port must be at most 65535."],
    ["db", databaseProblem(db)],
    ["collection", nameTemplateProblem(collection) ?? constantProblem(params)],
    ...timeFindings(params.time),
    [["write_concern", "w"], isUnacknowledged && concern],
  ]);
  return [...credentialProblems(params), ...tlsProblems(tls), ...others];
}

/** The problem of the name of a collection, or undefined. */
export function collectionProblem(db: string, name: string): string | undefined {
  const quoted = JSON.stringify(name.length > 80 ? `${name.slice(0, 79)}…` : name);
  if (name === "" || name.startsWith(".") || name.endsWith("."))
    return `The collection ${quoted} must not be empty, or begin or end with a dot.`;
  if (name.includes("$") || name.includes("\0")) return `The collection ${quoted} must not have $ or NUL in its name.`;
  if (name.startsWith("system.")) return `The collection ${quoted} is the server's own.`;
  if (Buffer.byteLength(db) + 1 + Buffer.byteLength(name) > NAMESPACE_BYTES)
    return `The collection ${quoted} is too long: with the database ${NAMESPACE_BYTES} bytes are allowed.`;
  return undefined;
}

function databaseProblem(name: string): string | undefined {
  if (/[/\\. "$*<>:|?\0]/u.test(name)) return 'db must not have any of /\\. "$*<>:|? or NUL.';
  return Buffer.byteLength(name) > 63 ? "db must be at most 63 bytes long." : undefined;
}

/**
 * The problem of one host, several, or a connection string in their place (L-63). The text is not quoted: see {@link
 * uriProblem}.
 */
function hostProblem(host: MongoDBStoreParams["host"]): string | undefined {
  if (isUri(host)) return uriProblem(host)?.replace(/^uri/u, "host");
  const isWrong = hostsOf(host).some((one) => one === "" || /[/?#@,\s]/u.test(one));
  return isWrong ? "host must be a name or an address, or a list of them; see `uri` for more." : undefined;
}

/** The problem of a connection string. The text is not quoted, since it may contain a password (MG-20). */
function uriProblem(uri: string): string | undefined {
  const [, hosts, options] = /^mongodb(?:\+srv)?:\/\/([^/?]*)(?:\/[^?]*)?(?:\?(.*))?$/su.exec(uri) ?? [];
  // An unescaped slash in a password would move the rest of it behind the hosts.
  if (uri.includes("@"))
    return "uri has a user name or password in it; write them as params of their own, and an @ elsewhere as %40.";
  if (hosts === undefined) return "uri must begin with mongodb:// or mongodb+srv://, such as mongodb://HOST:27017.";
  if (hosts.split(",").some((host) => host === "")) return "uri must name a host, and one more behind each comma.";
  if (hosts.split(",").some((host) => Number(/:(\d+)$/u.exec(host)?.[1] ?? 1) > 65_535))
    return "uri has a port above 65535.";
  for (const [name] of new URLSearchParams(options)) {
    if (SECRET_OPTIONS.has(name.toLowerCase())) return `uri has a secret in it: ${name} is not taken from there.`;
    if (name.toLowerCase() === "timeoutms") return "uri has timeoutMS in it; set socket_timeout and the like instead.";
  }
  return undefined;
}

function constantProblem({ db, collection }: MongoDBStoreParams): string | undefined {
  const { constant } = parseNameTemplate(collection);
  return constant === undefined ? undefined : collectionProblem(db, constant);
}

/** Which credentials a mechanism takes (MG-20). */
function credentialProblems(params: MongoDBStoreParams): ParamsProblem[] {
  const { auth_mechanism: mechanism, auth_source: source, tls } = params;
  // The predecessor's tutorial writes them as null.
  const [username, password] = [params.username ?? undefined, params.password ?? undefined];
  if (mechanism === "MONGODB-AWS") {
    if (username === undefined && password === undefined) return [];
    return problem("username", "MONGODB-AWS takes its credentials from the AWS SDK; leave username and password out.");
  }
  if (mechanism === "MONGODB-X509") {
    if (password !== undefined) return problem("password", "MONGODB-X509 has no password; leave it out.");
    if (tls.cert === undefined) return problem("auth_mechanism", "MONGODB-X509 needs tls.cert and tls.key.");
    if (source !== undefined && source !== "$external")
      return problem("auth_source", "With MONGODB-X509 auth_source is $external; leave it out.");
    return [];
  }
  if (username !== undefined && password === undefined) return problem("username", "username needs a password.");
  if (username !== undefined) return [];
  if (password !== undefined) return problem("password", "password is of no use without username.");
  if (source !== undefined) return problem("auth_source", "auth_source is of no use without username.");
  return mechanism === "DEFAULT" ? [] : problem("auth_mechanism", `${mechanism} needs username and password.`);
}

function problem(param: string, message: string): ParamsProblem[] {
  return [{ path: [param], message }];
}
