import { isComment } from "../comment.ts";
import { flagAdvice, list, quote, quoteKey, show, typeWords } from "../../validation/show.ts";
import { missingBlank } from "./files.ts";
import { didYouMean, type Known, nearOrKnown, type ProblemRows } from "./row.ts";

/** A value; `at` is its path as a text. */
interface Value {
  readonly at: string;
  readonly value: unknown;
}

/** A name in a list; `at` is the path of the list or of the name. */
interface Listed {
  readonly at: string;
  readonly name: string;
}

/** An option; `of` names the call that has it. */
interface Option {
  readonly of: string;
  readonly found: string;
  readonly advice?: string | undefined;
}

/** Facts of the problems of keys and values. */
export interface StructureFacts {
  unknown_key: {
    /** `advice` is better than a similar word. */
    key: Known & {
      readonly where: string;
      readonly key: string;
      readonly value: unknown;
      readonly advice?: string | undefined;
    };
    option: Known & { readonly where: string; readonly name: string };
  };
  type: {
    /** `wanted` completes "must be …". */
    /** `example` is what to write. */
    shape: Value & { readonly wanted: string; readonly example: string };
    kind: Value & { readonly wanted: string };
    value: Value & { readonly wanted: string };
    /** `found` is what the value is, in words. */
    option: Option & { readonly name: string; readonly wanted: string };
    options: Option;
  };
  required: {
    plugin: { readonly at: string; readonly slip?: string | undefined; readonly isShifted: boolean };
    /** `known` are the keys that can be listed. */
    stores: { readonly at: string; readonly known: readonly string[] };
    audit: { readonly known: readonly string[] };
  };
  duplicate: { name: Listed };
  undefined_plugin: { name: Listed & Known; to: Known & { readonly name: string } };
  undefined_audit: { name: Listed & Known };
  unknown_audit: { audit: Known & { readonly name: string } };
  not_a_store: { python: Listed & { readonly ref: string; readonly meant?: string | undefined } };
  pointer: { pointer: { readonly at: string; readonly problem: string } };
  range: { retry: { readonly at: string; readonly min: unknown; readonly max: unknown } };
}

/** The rows of the problems of keys and values. */
export const STRUCTURE_PROBLEMS: ProblemRows<StructureFacts> = {
  unknown_key: {
    what: "A key that does not exist.",
    texts: {
      key: ({ where, key, value, advice, ...names }) =>
        `${where} has an unknown key ${quoteKey(key, value)}. ${advice ?? nearOrKnown(names)}`,
      option: ({ where, name, ...names }) => `${where} has an unknown option ${quote(name)}. ${nearOrKnown(names)}`,
    },
  },
  type: {
    what: "A value of the wrong kind.",
    texts: {
      shape: ({ at, wanted, value, example }) => `${at} must be ${wanted}, not ${typeWords(value)}. Write ${example}.`,
      kind: ({ at, wanted, value }) => `${at} must be ${wanted}, not ${typeWords(value)}.${flagOf(wanted, value)}`,
      value: ({ at, wanted, value }) => `${at} must be ${wanted}, not ${show(value)}.${flagOf(wanted, value)}`,
      option: ({ name, of, wanted, found, advice }) =>
        `${name} of ${of} must be ${wanted}, not ${found}.${advice === undefined ? "" : ` ${advice}`}`,
      options: ({ of, found, advice }) =>
        `${of} takes an object of options, not ${found}.${advice === undefined ? "" : ` ${advice}`}`,
    },
  },
  required: {
    what: "Something that must be there is missing.",
    texts: {
      plugin: ({ at, slip, isShifted }) => `${at} does not say which plugin it is. ${whichPlugin(at, slip, isShifted)}`,
      stores: ({ at, known }) =>
        `${at} has no stores. List at least one, such as stores: [${known.slice(0, 3).join(", ")}].`,
      audit: ({ known }) => `run names no audit. Name ${known.length === 0 ? "one" : `one of ${list(known)}`}.`,
    },
  },
  duplicate: {
    what: "A list names the same thing twice.",
    texts: { name: ({ at, name }) => `${at} names ${quote(name)} twice. Keep one.` },
  },
  undefined_plugin: {
    what: "An audit, or the option `to` of a replay, names a plugin that is not defined.",
    texts: {
      name: (facts) => notDefined(facts, "plugins"),
      to: ({ name, ...names }) =>
        `Dead letters cannot be sent to ${quote(name)} (--to, or replay.to of createHost()), which is not defined under plugins. ${nearOrKnown(names)}`,
    },
  },
  undefined_audit: {
    what: "`run` names an audit that is not defined.",
    texts: { name: (facts) => notDefined(facts, "audits") },
  },
  unknown_audit: {
    what: "The audit that is to run does not exist.",
    texts: { audit: ({ name, ...names }) => `There is no audit called ${quote(name)}. ${nearOrKnown(names)}` },
  },
  not_a_store: {
    what: "An audit names a Python class that is not a store here.",
    texts: {
      python: ({ at, name, ref, meant }) =>
        `${at} names ${quote(name)}, which is the Python class ${quote(ref)} and not a store here. ${
          didYouMean(meant) ?? "Name a store."
        }`,
    },
  },
  pointer: {
    what: "A JSON pointer of `id` does not lead to what identifies a record.",
    texts: { pointer: ({ at, problem }) => `${at}: ${problem}` },
  },
  range: {
    what: "The lower end of a range is above the upper one.",
    texts: {
      retry: ({ at, min, max }) => `${at} has a min of ${show(min)}, which is longer than its max of ${show(max)}.`,
    },
  },
};

/** Where a key beside `plugin` belongs. */
export function whereItBelongs(
  where: "audit" | "delivery" | "param",
  { name, key }: { readonly name: string; readonly key: string },
): string {
  if (where === "audit") return `It belongs under an audit, such as audits: { nightly: { stores: [${key}] } }.`;
  if (where === "delivery") return `Write plugins.${key}.delivery.${name}.`;
  return `Write it under plugins.${key}.params, where it is called ${name}.`;
}

/**
 * Where a key belongs that stands at the top; `name` is a plugin, `stores` are keys. `isEntries`: it has what stands
 * below `plugins` or `audits`.
 */
export function whereFromTop(
  key: string,
  known: {
    readonly name: string;
    readonly stores: readonly string[];
    readonly delivery: readonly string[];
    readonly isEntries: boolean;
  },
): string | undefined {
  const { name, stores, delivery, isEntries } = known;
  if (isComment(key)) return "A comment of YAML begins with #: a text that begins with / is a part of the next key.";
  if (isEntries) return `Write ${key === "audit" ? "audits" : "plugins"}: in its place.`;
  if (key === "plugin" || key === "params")
    return `It belongs under plugins, below a name of your own: plugins: { ${name}: { plugin: ${name}, params: { … } } }.`;
  if (["stores", "taps", "id", "origin"].includes(key))
    return `It belongs under an audit: audits: { nightly: { stores: [${stores.join(", ")}] } }.`;
  return delivery.includes(key)
    ? `It belongs under delivery, or under delivery of one plugin: delivery.${key}.`
    : undefined;
}

function whichPlugin(at: string, slip: string | undefined, isShifted: boolean): string {
  if (slip?.startsWith("plugin:")) return missingBlank("plugin", slip.slice("plugin:".length));
  if (slip !== undefined) return `Did you mean "plugin" by ${quote(slip)}?`;
  if (!isShifted) return "Name one, such as plugin: filestore.";
  const word = at.slice(at.lastIndexOf(".") + 1);
  return `If it is the ${word} of the plugin above, indent it by two blanks more.`;
}

function flagOf(wanted: string, value: unknown): string {
  return wanted.includes("true or false") ? flagAdvice(value) : "";
}

function notDefined({ at, name, known, meant }: Listed & Known, where: "plugins" | "audits"): string {
  const advice = known.length === 0 ? "Define it there." : `Define it there, or name one of ${list(known)}.`;
  return `${at} names ${quote(name)}, which is not defined under ${where}. ${didYouMean(meant) ?? advice}`;
}
