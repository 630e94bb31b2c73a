import { parsePointer } from "@cloudmarker/store-api";
import type { ParamsProblem } from "@cloudmarker/store-api";
import { nameTemplateProblem, proxyProblem, serverUrlProblem, tlsProblems } from "@cloudmarker/store-api/kit";
import type { EsStoreParams } from "./params.ts";
import { cloudNode, nodesOf } from "./server.ts";
import { indexPattern } from "./template.ts";

/** Top-level names of the documents that the store makes itself. */
const TAKEN: ReadonlySet<string> = new Set(["raw", "ext", "com", "@timestamp", "unindexed"]);

/** What an index must not have in its name (ES-08). */
const FORBIDDEN = /[\\/*?"<>|\s,#:]/u;

/** What the schema cannot say. */
export function validate(given: EsStoreParams): ParamsProblem[] {
  return [...addressProblems(given), ...credentialProblems(given), ...targetProblems(given), ...fieldProblems(given)];
}

function addressProblems(given: EsStoreParams): ParamsProblem[] {
  const { node, nodes, cloud_id, tls, ca_fingerprint, proxy } = given;
  const ways = Object.entries({ node, nodes, cloud_id }).flatMap(([name, value]) =>
    value === undefined ? [] : [name],
  );
  if (ways.length > 1) return [problem(String(ways[1]), `Give only one of ${ways.join(", ")}.`)];
  if (nodes?.length === 0) return [problem("nodes", "nodes needs at least one URL.")];
  if (cloud_id !== undefined && cloudNode(cloud_id) === undefined)
    return [problem("cloud_id", "cloud_id is not what Elastic Cloud shows: NAME:BASE64.")];
  const urls = [
    ...(node === undefined ? [] : [{ path: ["node"], url: node }]),
    ...(nodes ?? []).map((url, n) => ({ path: ["nodes", n], url })),
  ];
  const problems: ParamsProblem[] = urls.flatMap(({ path, url }) => {
    const message = serverUrlProblem(path.join("."), url);
    return message === undefined ? [] : [{ path, message }];
  });
  const refused = proxy === undefined ? undefined : proxyProblem(proxy);
  if (refused !== undefined) problems.push(problem("proxy", refused));
  if (problems.length > 0) return problems;
  const secured = Object.keys(tls).find((key) => key !== "verify") ?? (tls.verify ? undefined : "verify");
  if (nodesOf(given).some((url) => url.startsWith("http:"))) {
    if (secured !== undefined)
      problems.push(problem("tls", `tls.${secured} is of no use with http; give the server as node: https://….`));
    if (ca_fingerprint !== undefined)
      problems.push(
        problem("ca_fingerprint", "ca_fingerprint is of no use with http; give the server as node: https://…."),
      );
  }
  return [...problems, ...tlsProblems(tls)];
}

function credentialProblems({ username, password, api_key, bearer }: EsStoreParams): ParamsProblem[] {
  const problems: ParamsProblem[] = [];
  if (username !== undefined && password === undefined) problems.push(problem("username", "username needs password."));
  if (password !== undefined && username === undefined) problems.push(problem("password", "password needs username."));
  if (username?.includes(":")) problems.push(problem("username", "username cannot have a colon."));
  // The client would pick one without a word (ES-47).
  const kinds = Object.entries({ username, api_key, bearer }).flatMap(([name, value]) =>
    value === undefined ? [] : [name],
  );
  if (kinds.length > 1) problems.push(problem(String(kinds[1]), `Give only one of ${kinds.join(", ")}.`));
  if (api_key !== undefined && !/^[\w+/=-]+$/u.test(api_key))
    problems.push(problem("api_key", "api_key must be the encoded key: base64 of ID:KEY."));
  if (bearer !== undefined && !/^[!-~]+$/u.test(bearer))
    problems.push(problem("bearer", "bearer has a character that no header can have."));
  return problems;
}

function targetProblems({ index, mode, op, mapping, routing, require_alias }: EsStoreParams): ParamsProblem[] {
  const problems: ParamsProblem[] = [];
  const indexProblem = nameTemplateProblem(index) ?? indexNameProblem(index.replaceAll(/%[YmdH]|\{[^{}]*\}/gu, "0"));
  if (indexProblem !== undefined) problems.push(problem("index", indexProblem));
  else if (mapping === "managed" && indexPattern(index).startsWith("*"))
    problems.push(
      problem(
        "index",
        "A managed mapping needs an index that begins with text, such as `audit-{com.origin_worker}`, or it would apply to other people's indices. Else choose `mapping: none`.",
      ),
    );
  const routingProblem = routing === undefined ? undefined : nameTemplateProblem(routing);
  if (routingProblem !== undefined) problems.push(problem("routing", routingProblem));
  if (mode !== "data_stream") return problems;
  if (op === "index") problems.push(problem("op", "A data stream takes `op: create` only (ES-04)."));
  if (routing !== undefined) problems.push(problem("routing", "A data stream takes no routing."));
  if (require_alias) problems.push(problem("require_alias", "A data stream is no alias."));
  return problems;
}

/** What is wrong with the name of an index, alias or data stream, or undefined (ES-08). */
export function indexNameProblem(name: string): string | undefined {
  const found = FORBIDDEN.exec(name)?.[0];
  if (found !== undefined) return `The index name "${name}" has "${found}" in it, which is not allowed.`;
  if (name === "." || name === "..") return `"${name}" is no index name.`;
  if (/^[-_+]/u.test(name)) return `The index name "${name}" begins with "${name[0]}", which is not allowed.`;
  if (name !== name.toLowerCase()) return `The index name "${name}" has capital letters, which is not allowed.`;
  if (Buffer.byteLength(name) > 255) return `The index name "${name.slice(0, 40)}…" is longer than 255 bytes.`;
  return undefined;
}

function fieldProblems({ fields }: EsStoreParams): ParamsProblem[] {
  const names = Object.keys(fields);
  return Object.entries(fields).flatMap(([name, { from }]) => {
    const parts = name.split(".");
    const path = ["fields", name];
    const longer = names.find((other) => other.startsWith(`${name}.`));
    if (TAKEN.has(String(parts[0])))
      return [{ path, message: `"${parts[0]}" is a part of every document; choose another name.` }];
    if (parts.includes("") || name.startsWith("_") || name.includes("*"))
      return [{ path, message: `"${name}" is no name for a field: no _ in front, no empty part between dots, no *.` }];
    if (longer !== undefined)
      return [{ path, message: `"${name}" cannot be a value and hold "${longer}" at the same time.` }];
    if (!["raw", "ext", "com"].includes(String(parsePointer(from)[0])))
      return [{ path: [...path, "from"], message: `${from} leads nowhere: a record has /raw, /ext and /com.` }];
    return [];
  });
}

function problem(param: string, message: string): ParamsProblem {
  return { path: [param], message };
}
