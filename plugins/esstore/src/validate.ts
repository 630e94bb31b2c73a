import { pointerProblem } from "@cloudmarker/store-api";
import type { ParamsProblem } from "@cloudmarker/store-api";
import { nameTemplateProblem } from "@cloudmarker/store-kit/names";
import { type Finding, onlyOneOf, problemsOf } from "@cloudmarker/store-kit/params";
import { proxyParamProblem, serverUrlProblem, tlsProblems } from "@cloudmarker/store-kit/http";
import { timeFindings } from "@cloudmarker/store-kit/time";
import type { EsStoreParams } from "./params.ts";
import { cloudNode, nodesOf } from "./server.ts";
import { indexName, indexNameProblem } from "./index-name.ts";
import { indexPattern, withParts } from "./mapping/template.ts";

/** Top-level names of the documents that the store makes itself. */
const TAKEN: ReadonlySet<string> = new Set(["raw", "ext", "com", "@timestamp", "unindexed"]);

/** Problems that the schema cannot express. */
export function validate(given: EsStoreParams, written: Partial<EsStoreParams> = {}): ParamsProblem[] {
  const { username, password, api_key, bearer, aws, mode, op, timestamp, routing, pipeline, require_alias } = given;
  const isStream = mode === "data_stream";
  const others = problemsOf([
    ["username", username !== undefined && password === undefined && "username needs password."],
    ["password", password !== undefined && username === undefined && "password needs username."],
    ["username", username?.includes(":") && "username cannot have a colon."],
    // The client would silently pick one (ES-47).
    ...onlyOneOf({ username, api_key, bearer, aws }),
    [
      "aws",
      aws && given.cloud_id !== undefined && "aws cannot be used with cloud_id, which names a server of Elastic.",
    ],
    ["api_key", api_key && !/^[\w+/=-]+$/u.test(api_key) && keyProblem(api_key)],
    ["bearer", bearer && !/^[!-~]+$/u.test(bearer) && "bearer has a character that no header can have."],
    ["index", indexProblem(given)],
    ["routing", routing && nameTemplateProblem(routing)],
    ["pipeline", pipeline && nameTemplateProblem(pipeline)],
    ["op", isStream && op === "index" && "A data stream takes `op: create` only."],
    ["timestamp", isStream && !timestamp && "A data stream takes no document without `@timestamp`."],
    ["routing", isStream && routing !== undefined && "A data stream takes no routing."],
    ["require_alias", isStream && require_alias && "A data stream is not an alias."],
    ...headerFindings(given),
    ...fieldFindings(given),
    ...timeFindings(given.time),
  ]);
  return [...addressProblems(given, written), ...others];
}

/** Headers that the store sets itself, with what to give instead. */
const OWN_HEADERS: ReadonlyMap<string, string> = new Map([
  ["authorization", "give username and password, api_key or bearer, or aws"],
  ["content-encoding", "see compression"],
  ...[
    "accept",
    "accept-encoding",
    "connection",
    "content-length",
    "content-type",
    "host",
    "transfer-encoding",
    "user-agent",
  ].map((name) => [name, "leave it out"] as const),
]);

function headerFindings({ headers }: EsStoreParams): Finding[] {
  const names = Object.keys(headers);
  return Object.entries(headers).map(([name, value]) => {
    const path = ["headers", name];
    const own = OWN_HEADERS.get(name.toLowerCase());
    if (own !== undefined) return [path, `The store sets the header ${name} itself; ${own}.`];
    if (!/^[!#$%&'*+.^`|~\w-]+$/u.test(name)) return [path, `"${name}" is not a valid name for a header.`];
    if (names.findLast((other) => other.toLowerCase() === name.toLowerCase()) !== name)
      return [path, `The header ${name} is there twice; names of headers know no capital letters.`];
    return [path, !/^[\t\x20-\x7e]*$/u.test(value) && `The header ${name} has a character that no header can have.`];
  });
}

function addressProblems(given: EsStoreParams, written: Partial<EsStoreParams>): ParamsProblem[] {
  const { node, nodes = [], cloud_id, tls, ca_fingerprint, proxy } = given;
  const isElsewhere = node !== undefined || given.nodes !== undefined || cloud_id !== undefined;
  const problems = problemsOf([
    ...onlyOneOf({
      node,
      nodes: given.nodes,
      cloud_id,
      host: written.host,
      port: isElsewhere ? written.port : undefined,
    }),
    ["host", hostProblem(given.host, written.port)],
    ["nodes", given.nodes?.length === 0 && "nodes needs at least one URL."],
    ["cloud_id", cloud_id && !cloudNode(cloud_id) && "cloud_id is not what Elastic Cloud shows: NAME:BASE64."],
    ["node", node && nodeProblem("node", node)],
    ...nodes.map((url, n): Finding => [["nodes", n], nodeProblem(`nodes.${n}`, url)]),
    ["proxy", proxyParamProblem(proxy)],
  ]);
  if (problems.length > 0) return problems;
  const isPlain = nodesOf(given).some((url) => url.startsWith("http:"));
  const secured = Object.keys(tls).find((key) => key !== "verify") ?? (tls.verify ? undefined : "verify");
  const useless = "is of no use with http; give the server as node: https://….";
  const plain = problemsOf([
    [["tls", secured ?? ""], isPlain && secured && `tls.${secured} ${useless}`],
    ["ca_fingerprint", isPlain && ca_fingerprint && `ca_fingerprint ${useless}`],
  ]);
  return [...plain, ...tlsProblems(tls)];
}

/** The problem of `host`, which may also be `HOST:PORT` or a URL. The predecessor's client took these as well. */
function hostProblem(host: string, port: number | undefined): string | undefined {
  if (/^https?:\/\//u.test(host)) {
    if (port !== undefined) return "host is a URL, and has its port in it; leave port out.";
    return nodeProblem("host", host) || undefined;
  }
  const [, name = "", own] = /^(\[.*\]|[^:]*):(\d+)$/u.exec(host) ?? [];
  if (own !== undefined && port !== undefined && Number(own) !== port)
    return `host has the port ${own} in it, and port is ${port}: keep one.`;
  if (/\s/u.test(host)) return "host has a blank in it, which no name of a server has.";
  if (/[,;]/u.test(host)) return "host names several servers: give them as nodes, a list of URLs.";
  if (/[/?#@]/u.test(name || host))
    return "host has more than the name of a server in it. Write a URL as node: such as https://es.example:9200/path.";
  return undefined;
}

function keyProblem(key: string): string {
  const isVariable = /^\$|\{\{/u.test(key);
  return `api_key must be the encoded key: base64 of ID:KEY.${isVariable ? " A variable is written ${NAME}." : ""}`;
}

function nodeProblem(param: string, url: string): string | false {
  const hasMore = /[?#]/u.test(url) && `${param} has a query or fragment in it; leave that out.`;
  return serverUrlProblem(param, url) ?? hasMore;
}

function indexProblem({ index, mapping }: EsStoreParams): string | undefined {
  const problem = nameTemplateProblem(index) ?? indexNameProblem(indexName(withParts(index, "0")), index);
  if (problem !== undefined || mapping === "none" || !indexPattern(index).startsWith("*")) return problem;
  return "A managed mapping needs an index that begins with text, such as `audit-{com.origin_worker}`, or it would apply to other people's indices. Else choose `mapping: none`.";
}

function fieldFindings({ fields }: EsStoreParams): Finding[] {
  const names = Object.keys(fields);
  return Object.entries(fields).map(([name, { from }]) => {
    const path = ["fields", name];
    const parts = name.split(".");
    const [first = ""] = parts;
    const longer = names.find((other) => other.startsWith(`${name}.`));
    if (TAKEN.has(first)) return [path, `"${first}" is a part of every document; choose another name.`];
    if (parts.includes("") || name.startsWith("_") || name.includes("*"))
      return [
        path,
        `"${name}" is not a valid name for a field: it must have no _ in front, no empty part between dots, and no *.`,
      ];
    if (longer !== undefined) return [path, `"${name}" cannot be a value and hold "${longer}" at the same time.`];
    return [[...path, "from"], pointerProblem(from)];
  });
}
