import { list, quote, quoteKey, show, typeWords } from "../validation/show.ts";

/** A problem in words. */
export interface ProblemText {
  readonly code: string;
  readonly message: string;
}

/** One code: `Kinds` has the facts of each kind of problem that has this code. */
interface ProblemRow<Kinds> {
  /** What it means, for the docs. */
  readonly what: string;
  /** What is wrong, and what to write instead. */
  readonly texts: { readonly [Kind in keyof Kinds]: (facts: Kinds[Kind]) => string };
}

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

/** The names that there are, and the one that was probably meant. */
interface Known {
  readonly known: readonly string[];
  readonly meant?: string | undefined;
}

interface Store {
  readonly key: string;
}

/** Stores that write to the same place. `first` includes its place in a file, if it has one. */
interface SameTarget {
  readonly first: string;
  readonly second: string;
  readonly target: string;
  /** The param that names the target. */
  readonly param?: string | undefined;
}

/** Facts of the problems of a configuration, by code and kind. */
export interface ProblemFacts {
  unknown_key: { key: Known & { readonly where: string; readonly key: string; readonly value: unknown } };
  type: {
    /** `wanted` completes "must be …". */
    kind: Value & { readonly wanted: string };
    value: Value & { readonly wanted: string };
  };
  required: {
    plugin: { readonly at: string; readonly slip?: string | undefined };
    stores: { readonly at: string };
    audit: { readonly known: readonly string[] };
  };
  duplicate: { name: Listed };
  duplicate_key: { key: { readonly at: string; readonly line: number } };
  undefined_plugin: { name: Listed & Known };
  undefined_audit: { name: Listed & Known };
  not_a_store: { python: Listed & { readonly ref: string; readonly meant?: string | undefined } };
  pointer: { pointer: { readonly at: string; readonly problem: string } };
  range: { retry: { readonly at: string; readonly min: unknown; readonly max: unknown } };
  interpolation_syntax: { form: { readonly at: string }; open: { readonly at: string } };
  unset_variable: { variable: { readonly at: string; readonly name: string; readonly meant?: string | undefined } };
  unreadable_file: { file: { readonly at: string; readonly file: string; readonly why: string } };
  masked: { secret: { readonly at: string } };
  unknown_audit: { audit: Known & { readonly name: string } };
  wrong_kind: { tap: Store; store: Store };
  isolation: { object: Store };
  permission: { worker: Store };
  worker_missing: { file: Store & { readonly problem: string } };
  ordered: { unordered: Store };
  unusable_state_dir: { folder: { readonly folder: string; readonly why: string } };
  origin_conflict: {
    audits: {
      readonly first: string;
      readonly second: string;
      readonly name: string;
      /** The two values; undefined where an audit has none. */
      readonly values: readonly (string | undefined)[];
    };
  };
  same_target: { stores: SameTarget; audits: SameTarget & Store };
  CONFIG_UNREADABLE: {
    file: { readonly path: string; readonly why: string };
    packageKey: { readonly key: string; readonly value: unknown };
    empty: object;
    noMap: { readonly what: string };
    tab: object;
    documents: object;
    deep: object;
    /** `words` is what the parser found. */
    syntax: { readonly language: string; readonly words: string; readonly isQuoteMissing: boolean };
    utf16: object;
    character: object;
    encoding: object;
    anchorValue: object;
    aliasInside: object;
    aliasMissing: object;
    aliasCount: { readonly most: number };
    aliasSize: object;
  };
  merge_key: { value: object };
  key_type: { key: object };
  yaml_tag: { tag: { readonly tag: string } };
}

/** What can be wrong with a configuration, by code: the docs are generated from this table. */
export const PROBLEMS: { readonly [Code in keyof ProblemFacts]: ProblemRow<ProblemFacts[Code]> } = {
  unknown_key: {
    what: "A key that does not exist.",
    texts: {
      key: ({ where, key, value, ...names }) =>
        `${where} has an unknown key ${quoteKey(key, value)}. ${nearOrKnown(names)}`,
    },
  },
  type: {
    what: "A value of the wrong kind.",
    texts: {
      kind: ({ at, wanted, value }) => `${at} must be ${wanted}, not ${typeWords(value)}.`,
      value: ({ at, wanted, value }) => `${at} must be ${wanted}, not ${show(value)}.`,
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
  duplicate_key: {
    what: "A map has the same key twice.",
    texts: { key: ({ at, line }) => `${at} is here a second time; the first is in line ${line}. Keep one.` },
  },
  undefined_plugin: {
    what: "An audit names a plugin that is not defined.",
    texts: { name: (facts) => notDefined(facts, "plugins") },
  },
  undefined_audit: {
    what: "`run` names an audit that is not defined.",
    texts: { name: (facts) => notDefined(facts, "audits") },
  },
  not_a_store: {
    what: "An audit names a Python class that is no store here.",
    texts: {
      python: ({ at, name, ref, meant }) =>
        `${at} names ${quote(name)}, which is the Python class ${quote(ref)} and no store here. ${
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
  interpolation_syntax: {
    what: "A `${…}` that cannot be read.",
    texts: {
      form: ({ at }) =>
        `${at} has a \${…} of an unknown form. Known: \${NAME}, \${NAME:-default} and \${file:/path}; $\${ stands for a plain \${.`,
      open: ({ at }) => `${at} has a \${ without its }. Close it, or write $\${ for a plain \${.`,
    },
  },
  unset_variable: {
    what: "An environment variable is not set.",
    texts: {
      variable: ({ at, name, meant }) =>
        `${at} needs the environment variable ${name}, which is not set. ${
          didYouMean(meant) ?? `Set it, or write \${${name}:-default}.`
        } For the text itself write $\${${name}}.`,
    },
  },
  unreadable_file: {
    what: "The file of a `${file:…}` cannot be read.",
    texts: { file: ({ at, file, why }) => `${at} needs the file ${quote(file)}, which cannot be read: ${why}.` },
  },
  masked: {
    what: "A secret is masked, as `cloudmarker config` prints it.",
    texts: {
      secret: ({ at }) =>
        `${at} is masked, as \`cloudmarker config\` prints a secret. Write the secret itself, or a reference such as \${NAME}.`,
    },
  },
  unknown_audit: {
    what: "The audit that is to run does not exist.",
    texts: { audit: ({ name, ...names }) => `There is no audit called ${quote(name)}. ${nearOrKnown(names)}` },
  },
  wrong_kind: {
    what: "A tap is listed under `stores`, or a store under `taps`.",
    texts: {
      tap: ({ key }) => `"${key}" is a tap; list it under taps.`,
      store: ({ key }) => `"${key}" is a store; list it under stores.`,
    },
  },
  isolation: {
    what: "A store cannot run in a thread.",
    texts: {
      object: ({ key }) => noThread(key, "its plugin is given as an object; give its name or path."),
    },
  },
  permission: {
    what: "`--permission` of Node forbids threads.",
    texts: {
      worker: ({ key }) => noThread(key, "Node was started with --permission. Start it with --allow-worker as well."),
    },
  },
  worker_missing: {
    what: "The file that threads run is missing, as in a bundle.",
    texts: {
      file: ({ key, problem }) =>
        noThread(
          key,
          `the file that threads run is missing: ${problem}. Copy "@cloudmarker/core/worker" beside the bundle as worker.js, or give its place to createHost() as workerUrl.`,
        ),
    },
  },
  ordered: {
    what: "A store cannot keep records in their order.",
    texts: {
      unordered: ({ key }) => `"${key}" cannot keep records in their order; let delivery.ordered be false for it.`,
    },
  },
  unusable_state_dir: {
    what: "The state folder cannot be used.",
    texts: {
      folder: ({ folder, why }) =>
        `The state folder ${folder}, which keeps what cannot be delivered, cannot be used: ${why} Another one can be named with state_dir or --state-dir.`,
    },
  },
  origin_conflict: {
    what: "Two audits that run together name different origins.",
    texts: {
      audits({ first, second, name, values }) {
        const [one, two] = values.map((text) => (text === undefined ? "none" : quote(text)));
        return `Audits ${first} and ${second} run together and get the same records, so these have one origin; but the ${name} is ${one} in one and ${two} in the other. Write the same ${name} in both, or run them one at a time.`;
      },
    },
  },
  same_target: {
    what: "What one store writes, another would destroy.",
    texts: {
      stores: ({ first, second, target, param }) =>
        `"${second}" and ${first} both write to ${target}: what one writes, the other destroys. Give each a target of its own${another(param)}.`,
      audits: ({ first, second, key, target, param }) =>
        `Audits ${first} and "${second}" both use the store "${key}", which writes to ${target}: what one writes, the other destroys. Give each a store of its own${another(param)}.`,
    },
  },
  CONFIG_UNREADABLE: {
    what: "A configuration file cannot be read or is not YAML.",
    texts: {
      file: ({ path, why }) => `The configuration file ${quote(path)} cannot be read: ${why}.`,
      packageKey: ({ key, value }) =>
        `${quote(key)} in this file must be a map with keys such as plugins and audits, not ${typeWords(value)}.`,
      empty: () => "This file says nothing. Delete it, or write a configuration into it.",
      noMap: ({ what }) => `A configuration is a map with keys such as plugins and audits, not ${what}.`,
      tab: () => "This line is indented with a tab. YAML takes only spaces.",
      documents: () => 'A second document begins here. A file has one; take out the "---", or make two files.',
      deep: () => "The YAML is nested too deeply.",
      syntax: ({ language, words, isQuoteMissing }) =>
        `This is not ${language}: ${words}.${isQuoteMissing ? ' Put "${…}" in quotes inside { } and [ ].' : ""}`,
      utf16: () => "This file is UTF-16. Save it as UTF-8.",
      character: () => "This character is not UTF-8. Save the file as UTF-8.",
      encoding: () => "This file is not UTF-8.",
      // Anchors, aliases and tags are not named: one may be a secret that begins with that character.
      anchorValue: () => "This anchor has no value. Write one behind it; quote a text that begins with &.",
      aliasInside: () => "This alias is inside the value that it repeats. Write the value out.",
      aliasMissing: () =>
        "There is no such anchor above this alias. Write the value out; quote a text that begins with *.",
      aliasCount: ({ most }) => `A file may have ${most} aliases, and this is one more. Write the values out.`,
      aliasSize: () => "With this alias the file comes to more than a configuration may hold. Write the values out.",
    },
  },
  merge_key: {
    what: "`<<` has a value that cannot be merged.",
    texts: { value: () => '"<<" takes a map, or a list of maps, such as *defaults.' },
  },
  key_type: {
    what: "A key of YAML is no text.",
    texts: { key: () => "A key must be a plain text." },
  },
  yaml_tag: {
    what: "A tag of YAML, such as `!x`.",
    texts: {
      tag: ({ tag }) => `${tag} is not supported. Write a plain value; quote a text that begins with !.`,
    },
  },
};

/** Puts a problem in words: the kind of problem that has this code, and its facts. */
export function writeProblem<Code extends keyof ProblemFacts, Kind extends keyof ProblemFacts[Code]>(
  code: Code,
  kind: Kind,
  facts: ProblemFacts[Code][Kind],
): ProblemText {
  const row: ProblemRow<ProblemFacts[Code]> = PROBLEMS[code];
  return { code, message: row.texts[kind](facts) };
}

/** `Did you mean "x"?`, where something is near. */
function didYouMean(meant: string | undefined): string | undefined {
  return meant === undefined ? undefined : `Did you mean ${quote(meant)}?`;
}

function nearOrKnown({ known, meant }: Known): string {
  return didYouMean(meant) ?? `Known: ${list(known)}.`;
}

function notDefined({ at, name, known, meant }: Listed & Known, where: "plugins" | "audits"): string {
  const advice = known.length === 0 ? "Define it there." : `Define it there, or name one of ${list(known)}.`;
  return `${at} names ${quote(name)}, which is not defined under ${where}. ${didYouMean(meant) ?? advice}`;
}

function noThread(key: string, why: string): string {
  return `"${key}" cannot run in a thread of its own, since ${why}`;
}

function another(param: string | undefined): string {
  return param === undefined ? "" : `, with another ${param}`;
}
