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
    utf16: object;
    character: object;
    encoding: object;
    anchorValue: object;
    aliasInside: object;
    aliasMissing: object;
    aliasCount: { readonly most: number };
    aliasSize: object;
  };
  duplicate_key: { key: { readonly at: string; readonly line: number } };
  merge_key: { value: object };
  key_type: { key: object };
  yaml_tag: { tag: { readonly tag: string } };
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
      noMap: ({ what }) => `A configuration is a map with keys such as plugins and audits, not ${what}.`,
      tab: () => "This line is indented with a tab. YAML takes only spaces.",
      documents: () => 'A second document begins here. A file has one; remove the "---", or make two files.',
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
      aliasCount: ({ most }) => `A file may have at most ${most} aliases. Write the values out.`,
      aliasSize: () => "With this alias the configuration becomes too large. Write the values out.",
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
