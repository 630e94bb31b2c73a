import { type ParamsProblem, pointerProblem } from "@cloudmarker/store-api";
import { nameTemplateProblem } from "@cloudmarker/store-kit/names";
import { type Finding, problemsOf } from "@cloudmarker/store-kit/params";
import { pathProblem } from "@cloudmarker/store-kit/disk";
import { proxyParamProblem, serverUrlProblem, tlsProblems, UNVERIFIED } from "@cloudmarker/store-kit/http";
import { timeFindings } from "@cloudmarker/store-kit/time";
import type { SplunkHecStoreParams } from "./params.ts";
import { endpointOf } from "./server.ts";

const TWICE = "ca_cert is short for tls.ca and tls.verify: give one or the other.";

/** Problems that the schema cannot express. */
export function validate(given: SplunkHecStoreParams): ParamsProblem[] {
  const { uri, token, index, host, source, sourcetype, ca_cert, fields, time, tls, proxy } = given;
  const isTwice = ca_cert !== undefined && (tls.ca !== undefined || !tls.verify);
  const problems = problemsOf([
    ["uri", serverUrlProblem("uri", uri) ?? endpointProblem(uri)],
    ["token", tokenProblem(token)],
    ...Object.entries({ index, host, source, sourcetype }).map(([name, text]): Finding => [
      name,
      text !== undefined && nameTemplateProblem(text),
    ]),
    [["tls", tls.ca === undefined ? "verify" : "ca"], isTwice && TWICE],
    ["ca_cert", isTwice && TWICE],
    ["ca_cert", typeof ca_cert === "string" && certificateProblem(ca_cert)],
    [["fields", "record_id"], "record_id" in fields && "fields.record_id is always the record's id; use another name."],
    ...Object.entries(fields).map(([name, from]): Finding => [["fields", name], pointerProblem(from)]),
    ...timeFindings(time),
    ["proxy", proxyParamProblem(proxy)],
  ]);
  const isOpen = ca_cert === false && tls.verify;
  const open = isOpen ? [{ path: ["ca_cert"], message: UNVERIFIED, isWarning: true }] : [];
  return [...problems, ...indexWarnings(index), ...open, ...tlsProblems(tls)];
}

/** What Splunk refuses in the name of an index; `{…}` and `%Y` are filled in. */
function indexWarnings(index: string | undefined): ParamsProblem[] {
  const [found] = /^[-+]|[^a-z\d_-]/u.exec(index?.replaceAll(/\{[^{}]*\}|%[YmdH]/gu, "0") ?? "") ?? [];
  if (index === undefined || found === undefined || nameTemplateProblem(index) !== undefined) return [];
  const message = `Splunk refuses the index ${JSON.stringify(index)} with ${JSON.stringify(found)} in it: its indexes have lower case letters, digits, _ and -, and begin with a letter, a digit or _.`;
  return [{ path: ["index"], message, isWarning: true }];
}

/** YAML 1.1 and the predecessor read these as true or false; in YAML 1.2 they are text (L-63). */
function certificateProblem(path: string): string | undefined {
  const isFlag = /^(?:y|yes|on|true|n|no|off|false)$/iu.exec(path);
  if (!isFlag) return pathProblem("ca_cert", path);
  const value = /^(?:y|yes|on|true)$/iu.test(path);
  return `ca_cert is the text ${JSON.stringify(path)}: write ${String(value)} without quotes for that. A file of that name is ./${path}.`;
}

/** Undici would refuse such a header when the first records are sent (HEC-02). */
function tokenProblem(token: string): string | undefined {
  if (/^splunk\s/iu.test(token)) return 'token begins with "Splunk": give the token alone, the word is added.';
  if (/[^\x21-\x7e]/u.test(token))
    return `token has a space, a line break or another character in it that no token has.${/^\$|\{\{/u.test(token) ? " A variable is written ${NAME}." : ""}`;
  return undefined;
}

/** The problem of a URL that is valid otherwise, or undefined. */
function endpointProblem(uri: string): string | undefined {
  const { search, hash } = new URL(uri);
  if (search !== "" || hash !== "") return "uri has a query or fragment in it; leave that out.";
  if (/\/services\/collector./u.test(endpointOf(uri).path))
    return "uri names another endpoint of the collector than /services/collector/event; leave out what follows the port.";
  return undefined;
}
