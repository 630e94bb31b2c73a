import { list, quote, quoteKey, show, typeWords } from "../../validation/show.ts";
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
    key: Known & { readonly where: string; readonly key: string; readonly value: unknown };
    option: Known & { readonly where: string; readonly name: string };
  };
  type: {
    /** `wanted` completes "must be …". */
    kind: Value & { readonly wanted: string };
    value: Value & { readonly wanted: string };
    /** `found` is what the value is, in words. */
    option: Option & { readonly name: string; readonly wanted: string };
    options: Option;
  };
  required: {
    plugin: { readonly at: string; readonly slip?: string | undefined };
    stores: { readonly at: string };
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
      key: ({ where, key, value, ...names }) =>
        `${where} has an unknown key ${quoteKey(key, value)}. ${nearOrKnown(names)}`,
      option: ({ where, name, ...names }) => `${where} has an unknown option ${quote(name)}. ${nearOrKnown(names)}`,
    },
  },
  type: {
    what: "A value of the wrong kind.",
    texts: {
      kind: ({ at, wanted, value }) => `${at} must be ${wanted}, not ${typeWords(value)}.`,
      value: ({ at, wanted, value }) => `${at} must be ${wanted}, not ${show(value)}.`,
      option: ({ name, of, wanted, found, advice }) =>
        `${name} of ${of} must be ${wanted}, not ${found}.${advice === undefined ? "" : ` ${advice}`}`,
      options: ({ of, found, advice }) =>
        `${of} takes an object of options, not ${found}.${advice === undefined ? "" : ` ${advice}`}`,
    },
  },
  required: {
    what: "Something that must be there is missing.",
    texts: {
      plugin: ({ at, slip }) =>
        `${at} does not say which plugin it is. ${
          slip === undefined ? "Name one, such as plugin: filestore." : `Did you mean "plugin" by ${quote(slip)}?`
        }`,
      stores: ({ at }) => `${at} has no stores. List at least one, such as stores: [filestore].`,
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

function notDefined({ at, name, known, meant }: Listed & Known, where: "plugins" | "audits"): string {
  const advice = known.length === 0 ? "Define it there." : `Define it there, or name one of ${list(known)}.`;
  return `${at} names ${quote(name)}, which is not defined under ${where}. ${didYouMean(meant) ?? advice}`;
}
