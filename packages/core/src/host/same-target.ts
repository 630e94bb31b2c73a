import type { Clock } from "@cloudmarker/store-api";
import { type Target, targetBy } from "../border/target.ts";
import { expandPath } from "../config/expand-path.ts";
import { writeProblem, type ProblemText } from "../config/problems.ts";
import type { ConfigPath, LoadedConfig } from "../config/types.ts";
import { type ConfigProblem, isCloudmarkerError } from "../errors.ts";
import type { InspectedStore } from "./inspection.ts";
import type { AroundCall } from "../plugin-call.ts";

/** The configuration, and how plugins are called. */
export interface TargetCheck {
  readonly config: LoadedConfig;
  readonly home: string;
  readonly clock: Clock;
  readonly around: AroundCall;
}

/** Problems and warnings about the targets of a run. */
export interface TargetFindings {
  readonly problems: ConfigProblem[];
  readonly warnings: string[];
}

/** A store of an audit, what it writes to, and where the configuration says so. */
interface Targeted {
  readonly store: InspectedStore;
  readonly target: Target;
  readonly path: ConfigPath;
  /** Where the audit lists it. */
  readonly listed: ConfigPath;
}

/**
 * Finds stores of a run that write to the same target. It is a problem if one would destroy what the other
 * writes. Two stores of one audit get a warning, since a record has the same id in both. Two audits may share a target,
 * since each has its own documents.
 * @param stores those whose params are valid
 */
export async function checkTargets(stores: readonly InspectedStore[], check: TargetCheck): Promise<TargetFindings> {
  const found: TargetFindings = { problems: [], warnings: [] };
  for (const alike of Map.groupBy(stores, ({ plugin }) => plugin.name).values()) {
    if (alike.length < 2) continue;
    const targeted = await askAll(alike, check, found);
    for (const [index, second] of targeted.entries()) {
      const first = targeted.slice(0, index).find((other) => isShared(other, second));
      if (!first) continue;
      if (isDestructive(first, second)) found.problems.push(problemOf(first, second, check.config));
      else found.warnings.push(warningOf(first, second, check.config));
    }
  }
  return found;
}

/**
 * Asks the plugin once for each key. If it does not answer, only the use of one store by several audits is reported.
 */
async function askAll(
  stores: readonly InspectedStore[],
  check: TargetCheck,
  found: TargetFindings,
): Promise<Targeted[]> {
  const targeted: Targeted[] = [];
  for (const [key, uses] of Map.groupBy(stores, (store) => store.key)) {
    const target = await ask(key, uses, check, found);
    if (target) {
      targeted.push(...uses.map((store) => placed(store, target, check.config)));
    } else if (uses.length > 1) {
      const names = uses.map((store) => store.audit).join(" and ");
      found.warnings.push(
        `Audits ${names} both use the store "${key}": where they write the same file, the last one wins.`,
      );
    }
  }
  return targeted;
}

async function ask(
  key: string,
  [first]: readonly InspectedStore[],
  { config, home, clock, around }: TargetCheck,
  { problems }: TargetFindings,
): Promise<Target | undefined> {
  if (!first?.plugin.target) return undefined;
  const resolvePath = (param: string, path: string): string =>
    expandPath(path, config.directoryOf(["plugins", key, "params", param]), home);
  try {
    return await targetBy(first.plugin, { params: first.params, context: { resolvePath }, clock, around });
  } catch (error) {
    if (!isCloudmarkerError(error)) throw error;
    problems.push(located(error, ["plugins", key, "plugin"], config));
    return undefined;
  }
}

function placed(store: InspectedStore, target: Target, config: LoadedConfig): Targeted {
  const { audit, key } = store;
  const path = ["plugins", key, ...(target.param === undefined ? [] : ["params", target.param])];
  const listed = ["audits", audit, "stores", config.value.audits[audit]?.stores.indexOf(key) ?? 0];
  return { store, target, path, listed };
}

function isShared(first: Targeted, second: Targeted): boolean {
  if (!isDestructive(first, second) && first.store.audit !== second.store.audit) return false;
  return first.target.keys.some((key) => second.target.keys.includes(key));
}

function isDestructive(first: Targeted, second: Targeted): boolean {
  return first.target.exclusive === true || second.target.exclusive === true;
}

function problemOf(first: Targeted, second: Targeted, config: LoadedConfig): ConfigProblem {
  const { target, store } = second;
  const facts = { target: target.name, param: target.param };
  if (first.store.key === store.key) {
    const one = shown(first.store.audit, first.listed, config);
    const audits = { ...facts, first: one, second: store.audit, key: store.key };
    return located(writeProblem("same_target", "audits", audits), second.listed, config);
  }
  const stores = { ...facts, first: shown(first.store.key, first.path, config), second: store.key };
  return located(writeProblem("same_target", "stores", stores), second.path, config);
}

function warningOf(first: Targeted, second: Targeted, config: LoadedConfig): string {
  const { store, target } = second;
  const [one, two] = [first, second].map((each) => shown(each.store.key, each.path, config));
  const effect = store.plugin.supports.idempotent
    ? "each record is there once, and counts as a duplicate for one of them"
    : "each record is there twice";
  return `${one} and ${two} of audit ${store.audit} both write to ${target.name}: ${effect}.`;
}

/** `"archive" (FILE:LINE:COLUMN)`. */
function shown(name: string, path: ConfigPath, config: LoadedConfig): string {
  const location = config.locate(path, "value");
  return `"${name}" (${location ? `${location.file}:${location.line}:${location.column}` : path.join(".")})`;
}

function located({ code, message }: ProblemText, path: ConfigPath, config: LoadedConfig): ConfigProblem {
  const location = config.locate(path, "value");
  return { code, message, path, ...(location && { location }) };
}
