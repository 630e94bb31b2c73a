import type { ParamsProblem } from "@cloudmarker/store-api";
import { nameTemplateProblem, parseNameTemplate, tlsProblems } from "@cloudmarker/store-api/kit";
import { collectionProblem, databaseProblem } from "./names.ts";
import type { MongoDBStoreParams } from "./params.ts";
import { uriProblem } from "./server.ts";

/** What the schema cannot say of valid params. */
export function validate(params: MongoDBStoreParams): ParamsProblem[] {
  const problems = [...credentialProblems(params), ...tlsProblems(params.tls)];
  const add = (path: readonly string[], message: string | undefined): void => {
    if (message !== undefined) problems.push({ path, message });
  };
  if (params.uri !== undefined) add(["uri"], uriProblem(params.uri));
  else if (/[/?#@,\s]/u.test(params.host))
    add(["host"], "host must be a name or an address alone; see `uri` for more.");
  if (params.port > 65_535) add(["port"], "port must be at most 65535.");
  add(["db"], databaseProblem(params.db));
  add(["collection"], nameTemplateProblem(params.collection) ?? constantProblem(params));
  const { w } = params.write_concern;
  if (w === "" || (typeof w === "number" && w < 1))
    add(
      ["write_concern", "w"],
      "write_concern.w must be at least 1: unacknowledged records could not be accounted for.",
    );
  return problems;
}

function constantProblem({ db, collection }: MongoDBStoreParams): string | undefined {
  const { constant } = parseNameTemplate(collection);
  return constant === undefined ? undefined : collectionProblem(db, constant);
}

/** Which credentials a mechanism takes (MG-20). */
function credentialProblems(params: MongoDBStoreParams): ParamsProblem[] {
  const { username, password, auth_mechanism: mechanism, auth_source: source, tls } = params;
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
