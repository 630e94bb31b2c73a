import type { Clock, StoreContext, StorePlugin, StoreTarget } from "@cloudmarker/store-api";
import { errorOf } from "../errors/error-of.ts";
import type { AroundCall } from "../plugin-call.ts";
import { copyValue } from "../validation/plain-value.ts";
import { withTimeout } from "../with-timeout.ts";
import { cut, describe, describeAnswer } from "./describe.ts";
import { fieldsOf, itemsOf, MOST_CODE, MOST_LOCATION } from "./read.ts";

/** Time limit of `target()`, in milliseconds: it may have to read a disk. */
const TARGET_MS = 5_000;

/** The most keys of one target that are read. A cluster rarely has more nodes. */
const MOST_KEYS = 1_000;

/** Params of the store, and how paths and time limits work. */
export interface TargetQuestion {
  readonly params: Record<string, unknown>;
  readonly context: Pick<StoreContext, "resolvePath">;
  readonly clock: Clock;
  readonly around: AroundCall;
}

/** A target with its keys. */
export type Target = StoreTarget & { readonly keys: readonly string[] };

/**
 * Asks the plugin what a store with these params writes to. Undefined if the plugin does not say.
 * @throws CloudmarkerError PLUGIN_ANSWER_INVALID
 */
export async function targetBy(plugin: StorePlugin, question: TargetQuestion): Promise<Target | undefined> {
  const { params, context, clock, around } = question;
  let answer: unknown;
  try {
    const ask = async (): Promise<unknown> => plugin.target?.(copyValue(params) as never, context);
    const asked = around({ plugin: plugin.name, call: "target" }, ask);
    answer = await withTimeout(asked, TARGET_MS, clock, "no answer");
  } catch (cause) {
    throw errorOf("PLUGIN_ANSWER_INVALID", "target", { plugin: plugin.name, cause }, { cause });
  }
  if (answer === undefined || answer === null) return undefined;
  const target = targetOf(answer);
  if (target) return target;
  throw errorOf("PLUGIN_ANSWER_INVALID", "answer", {
    plugin: plugin.name,
    call: "target",
    answer: `${describeAnswer(answer)}${fieldFaults(answer)}`,
    wanted: "{ name: a text, keys: a list of texts, exclusive: true or false, param: a text }, all but name optional",
  });
}

function targetOf(answer: unknown): Target | undefined {
  const { name, keys = [name], exclusive = false, param } = fieldsOf(answer, FIELDS) ?? {};
  const texts = itemsOf(keys, MOST_KEYS);
  if (typeof name !== "string" || name === "" || !texts?.every((key) => typeof key === "string")) return undefined;
  if (typeof exclusive !== "boolean" || (param !== undefined && typeof param !== "string")) return undefined;
  const known = { name: cut(name, MOST_LOCATION), keys: texts, exclusive };
  return param === undefined ? known : { ...known, param: cut(param, MOST_CODE) };
}

function fieldFaults(answer: unknown): string {
  const fields = fieldsOf(answer, FIELDS);
  if (!fields) return "";
  return ` with ${FIELDS.map((field) => `${field} ${describe(fields[field])}`).join(", ")}`;
}

const FIELDS = ["name", "keys", "exclusive", "param"] as const;
