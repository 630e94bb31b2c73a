import { quote, typeWords } from "../../validation/show.ts";
import type { ProblemRows } from "./row.ts";

/** Facts of the problems of files. */
export interface FileFacts {
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
    /** A key and its value without a blank between them. */
    blank: { readonly key: string; readonly value: string };
    colon: object;
    deeper: object;
    indent: object;
    bracket: { readonly begin: string; readonly close: string };
    utf16: object;
    character: object;
    encoding: object;
    anchorValue: object;
    aliasInside: object;
    aliasMissing: object;
    aliasCount: { readonly most: number };
    aliasSize: object;
  };
  CONFIG_FOREIGN: {
    file: {
      readonly program: string;
      /** The same as a file of ours; undefined if it has no output for which there is a store. */
      readonly yaml: string | undefined;
      readonly notes: readonly string[];
      /** Outputs for which there is no store. */
      readonly others: readonly string[];
    };
  };
  duplicate_key: { key: { readonly at: string; readonly line: number } };
  merge_key: { value: object };
  key_type: { key: object };
  yaml_tag: { tag: { readonly tag: string } };
}

/** A key and its value without a blank between them. */
export function missingBlank(key: string, value: string): string {
  return `A blank is missing behind the colon. Write ${key}: ${value}`;
}

/** The rows of the problems of files. */
export const FILE_PROBLEMS: ProblemRows<FileFacts> = {
  CONFIG_UNREADABLE: {
    what: "A configuration file cannot be read or is not YAML.",
    texts: {
      file: ({ path, why }) => `The configuration file ${quote(path)} cannot be read: ${why}.`,
      packageKey: ({ key, value }) =>
        `${quote(key)} in this file must be a map with keys such as plugins and audits, not ${typeWords(value)}.`,
      empty: () => "This file has no content. Delete it, or write a configuration into it.",
      noMap: ({ what }) =>
        `A configuration is a map with keys such as plugins and audits, not ${what}. It begins with plugins: and, below that, a name of your own: and plugin: filestore.`,
      tab: () => "This line is indented with a tab. YAML takes only spaces.",
      documents: () => 'A second document begins here. A file has one; remove the "---", or make two files.',
      deep: () => "The YAML is nested too deeply.",
      syntax: ({ language, words, isQuoteMissing }) =>
        `This is not ${language}: ${words}.${isQuoteMissing ? ' Put "${…}" in quotes inside { } and [ ].' : ""}`,
      blank: ({ key, value }) => missingBlank(key, value),
      colon: () =>
        'This is not YAML: a text with ": " in it, or ":" at its end, must be in quotes. If it is a key, it stands on a line of its own.',
      deeper: () =>
        "This line is indented deeper than the line above, which has a value already. The keys of one map begin in one column: remove the blanks that are too many.",
      indent: () =>
        "This line begins in another column than the line above, to which it seems to belong. The keys of one map begin in one column: correct the blanks in front.",
      bracket: ({ begin, close }) =>
        `This is not YAML: a ${begin} is not closed. A ${close} is missing here or before.`,
      utf16: () => "This file is UTF-16. Save it as UTF-8.",
      character: () => "This character is not UTF-8. Save the file as UTF-8.",
      encoding: () => "This file is not UTF-8.",
      // Anchors, aliases and tags are not named: one may be a secret that begins with that character.
      anchorValue: () => "This anchor has no value. Write one behind it; quote a text that begins with &.",
      aliasInside: () => "This alias is inside the value that it repeats. Write the value out.",
      aliasMissing: () =>
        "There is no such anchor above this alias. Write the value out; quote a text that begins with *.",
      aliasCount: ({ most }) => `A file may have at most ${most} aliases. Write the values out.`,
      aliasSize: () => "With this alias the configuration becomes too large. Write the values out.",
    },
  },
  CONFIG_FOREIGN: {
    what: "A file is a configuration of Filebeat, Fluent Bit, Logstash, OpenTelemetry or Vector.",
    texts: {
      file: ({ program, yaml, notes, others }) =>
        [
          `This is a configuration of ${program}, not of cloudmarker.`,
          yaml !== undefined && `Its output would be this in a cloudmarker.yaml:\n\n${yaml.trimEnd()}\n`,
          ...notes,
          others.length > 0 && `No store here does what ${others.join(", ")} does.`,
          yaml === undefined && "cloudmarker init asks for a store, and writes a configuration.",
        ]
          .filter((line) => line !== false)
          .join("\n")
          .replaceAll(/\n(?=.)/gu, "\n  "),
    },
  },
  duplicate_key: {
    what: "A map has the same key twice.",
    texts: { key: ({ at, line }) => `${at} is here a second time; the first is in line ${line}. Keep one.` },
  },
  merge_key: {
    what: "`<<` has a value that cannot be merged.",
    texts: { value: () => '"<<" takes a map, or a list of maps, such as *defaults.' },
  },
  key_type: {
    what: "A key of YAML is not a text.",
    texts: { key: () => "A key must be a plain text." },
  },
  yaml_tag: {
    what: "A tag of YAML, such as `!x`.",
    texts: {
      tag: ({ tag }) => `${tag} is not supported. Write a plain value; quote a text that begins with !.`,
    },
  },
};
