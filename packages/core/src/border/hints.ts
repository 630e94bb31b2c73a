import type {
  BatchLimits,
  ExplainedRequest,
  ParamsProblem,
  Problem,
  StorePlugin,
  TapPlugin,
} from "@cloudmarker/store-api";
import { errorOf } from "../errors/error-of.ts";
import type { CloudmarkerError } from "../errors.ts";
import { type AroundCall, callPlainly } from "../plugin-call.ts";
import { isThenable } from "../realms.ts";
import { copyValue } from "../validation/plain-value.ts";
import { cut, describe, describeAnswer } from "./describe.ts";
import { judgeLimits } from "./limits.ts";
import { fieldsOf, itemsOf, MOST_TEXT } from "./read.ts";

type Params = Record<string, unknown>;

/** The most problems that are read of a plugin's params, and the most keys of each path. */
const MOST_PROBLEMS = 100;
const MOST_STEPS = 100;

/**
 * Calls `validate` of a plugin with copies of these params.
 * @param given the params without defaults
 * @throws CloudmarkerError PLUGIN_ANSWER_INVALID
 */
export function validateBy(
  plugin: StorePlugin | TapPlugin,
  params: Params,
  given: Params,
  around: AroundCall = callPlainly,
): readonly ParamsProblem[] {
  if (!plugin.validate) return [];
  const answer = ask(plugin, "validate", [params, given], around);
  if (answer === undefined || answer === null) return [];
  const items = itemsOf(answer, MOST_PROBLEMS);
  if (!items) throw noList(plugin, "validate", answer, "a list of problems");
  return items.map((item) => {
    const problem = problemOf(item) ?? fail(plugin, "validate", item);
    return fieldsOf(item, ["isWarning"])?.["isWarning"] === true ? { ...problem, isWarning: true } : problem;
  });
}

/**
 * Calls `batchFor` of a plugin with a copy of these params.
 * @throws CloudmarkerError PLUGIN_ANSWER_INVALID
 */
export function limitsBy(plugin: StorePlugin, params: Params, around: AroundCall = callPlainly): BatchLimits {
  if (!plugin.batchFor) return {};
  const { value, faults } = judgeLimits(ask(plugin, "batchFor", [params], around), "what batchFor() returned");
  if (faults.length > 0) throw errorOf("PLUGIN_ANSWER_INVALID", "limits", { plugin: plugin.name, faults });
  return value;
}

/** A problem that a plugin or a tap reported; undefined if it does not have the form of one. */
export function problemOf(item: unknown): Problem | undefined {
  const { path, message, code } = fieldsOf(item, ["path", "message", "code"]) ?? {};
  const steps = itemsOf(path, MOST_STEPS);
  if (typeof message !== "string" || !steps?.every(isStep)) return undefined;
  return {
    path: steps,
    message: cut(message, MOST_TEXT),
    ...(typeof code === "string" && { code: cut(code, MOST_TEXT) }),
  };
}

/**
 * The requests that `explain` of a plugin returned.
 * @throws CloudmarkerError PLUGIN_ANSWER_INVALID
 */
export function readRequests(answer: unknown, plugin: StorePlugin, records: number): readonly ExplainedRequest[] {
  // A store may need several requests for a record, but hardly more than these.
  const items = itemsOf(answer, 10 * records + 100);
  if (!items) throw noList(plugin, "explain", answer, "a list of requests");
  return items.map((item) => requestOf(item) ?? fail(plugin, "explain", item));
}

function requestOf(item: unknown): ExplainedRequest | undefined {
  const { method, url, proxy, headers, body, records } =
    fieldsOf(item, ["method", "url", "proxy", "headers", "body", "records"]) ?? {};
  if (typeof method !== "string" || typeof url !== "string" || typeof body !== "string") return undefined;
  if (typeof records !== "number" || !Number.isSafeInteger(records) || records < 0) return undefined;
  const way = typeof proxy === "string" && { proxy };
  if (headers === undefined) return { method, url, ...way, body, records };
  const copied = headersOf(headers);
  return copied && { method, url, ...way, headers: copied, body, records };
}

function headersOf(headers: unknown): Record<string, string> | undefined {
  try {
    const copied = { ...(headers as Record<string, unknown>) };
    return Object.values(copied).every((value) => typeof value === "string")
      ? (copied as Record<string, string>)
      : undefined;
  } catch {
    return undefined;
  }
}

function isStep(step: unknown): step is string | number {
  return typeof step === "string" || typeof step === "number";
}

/** What a plugin is asked, with its params. */
interface Asked {
  readonly name: string;
  validate?(params: never, given: never): unknown;
  batchFor?(params: never, given: never): unknown;
}

/** Calls the plugin with copies of the params. A promise as the answer is an error. */
function ask(plugin: Asked, name: "validate" | "batchFor", params: readonly Params[], around: AroundCall): unknown {
  let answer: unknown;
  try {
    answer = around({ plugin: plugin.name, call: name }, () => {
      const [all, given] = params.map((one) => copyValue(one));
      return plugin[name]?.(all as never, given as never);
    });
  } catch (cause) {
    throw errorOf("PLUGIN_ANSWER_INVALID", "threw", { plugin: plugin.name, call: name, cause }, { cause });
  }
  if (!isThenable(answer)) return answer;
  Promise.resolve(answer).catch(() => undefined);
  throw errorOf("PLUGIN_ANSWER_INVALID", "promise", { plugin: plugin.name, call: name });
}

function fail(plugin: Pick<Asked, "name">, name: "validate" | "explain", item: unknown): never {
  const wanted = name === "validate" ? "{ path, message }" : "{ method, url, body, records }, with texts as headers";
  const facts = { plugin: plugin.name, call: name, item: describe(item), wanted };
  throw errorOf("PLUGIN_ANSWER_INVALID", "item", facts);
}

function noList(plugin: Pick<Asked, "name">, call: string, answer: unknown, wanted: string): CloudmarkerError {
  const facts = { plugin: plugin.name, call, answer: describeAnswer(answer), wanted };
  return errorOf("PLUGIN_ANSWER_INVALID", "answer", facts);
}
