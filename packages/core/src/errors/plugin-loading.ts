import { dirname } from "node:path";
import { messageOf } from "./message-of.ts";
import { type Asked, askedAt, type Found, labelOf, lines, quoteRef } from "./plugin-words.ts";
import { type ErrorRows, type ErrorText, EXIT } from "./row.ts";

/** A plugin that could not be imported. */
interface Unloaded extends Found {
  /** What was thrown, in one line. */
  readonly text: string;
  /** Where in the code of the plugin. */
  readonly place?: string | undefined;
}

/** Facts of the errors about loading a plugin. */
export interface PluginLoadingFacts {
  PLUGIN_LOAD_FAILED: {
    throws: Unloaded;
    syntax: Unloaded;
    typescriptSyntax: Unloaded;
    typescriptPackage: Unloaded;
    notJavaScript: Unloaded;
    fileMissing: Unloaded & { readonly missing: string };
    packageMissing: Unloaded & { readonly missing: string; readonly folder: string; readonly command: string };
    tooSlow: Found & { readonly ms: number };
    /** `special`: the path of a `package.json` that is not a file. */
    blocked: Found & { readonly path: string; readonly special: string };
    noEntry: Asked & { readonly directory: string; readonly text: string; readonly command: string };
    apply: { readonly key: string; readonly cause: unknown };
  };
  PLUGIN_SHAPE_INVALID: { shape: Found & { readonly problems: readonly string[] } };
}

/** The rows of the errors about loading a plugin. */
export const PLUGIN_LOADING_ERRORS: ErrorRows<PluginLoadingFacts> = {
  PLUGIN_LOAD_FAILED: {
    exit: EXIT.CONFIG,
    what: "A plugin was found, but its import failed, or the apply() of a tap.",
    fix: "Correct the code of the plugin, or report it to its author.",
    texts: {
      throws: (facts) => notLoaded(facts, `throws when it is imported: ${facts.text}`),
      syntax: (facts) => notLoaded(facts, `has a syntax error: ${facts.text}`),
      typescriptSyntax: (facts) =>
        notLoaded(
          facts,
          `has TypeScript syntax that Node cannot run: ${facts.text}.`,
          "Node only removes types. Use a const object for an enum, fields for parameter properties, or compile it to .js.",
        ),
      typescriptPackage: (facts) =>
        notLoaded(
          facts,
          "is TypeScript inside node_modules, which Node does not run.",
          "Its author has to publish compiled JavaScript.",
        ),
      notJavaScript: (facts) =>
        notLoaded(
          facts,
          `is not a JavaScript module: ${facts.text}.`,
          "A plugin is a .js, .mjs, .cjs, .ts or .mts file.",
        ),
      fileMissing: (facts) =>
        notLoaded(
          facts,
          `imports a file that does not exist: ${facts.missing}`,
          "The plugin is not built, or its installation is incomplete.",
        ),
      packageMissing: (facts) =>
        notLoaded(
          facts,
          `needs the package ${quoteRef(facts.missing)}, which is not installed.`,
          facts.packageName === undefined
            ? `Install it in ${facts.folder}: ${facts.command}`
            : `Try ${facts.command}; if that does not help, the author of ${facts.packageName} has to add ${facts.missing} to its dependencies.`,
        ),
      tooSlow: (facts) => ({
        message: `Plugin ${quoteRef(facts.ref)} did not finish loading within ${facts.ms / 1000} s.`,
        why: lines(askedAt(facts.location), importedFrom(facts)),
        fix: "The plugin, or a module that it imports, waits at its top level for something that does not happen. Move slow work into open().",
      }),
      blocked: (facts) => ({
        message: `Plugin ${quoteRef(facts.ref)} cannot be imported: ${facts.special} is not a file, and Node would wait for it.`,
        why: lines(askedAt(facts.location), `Found at ${facts.path}${labelOf(facts)}.`),
        fix: `Remove it, or put a package.json of your own into ${dirname(facts.path)}.`,
      }),
      noEntry: ({ ref, location, directory, text, command }) => ({
        message: `Plugin ${quoteRef(ref)} is installed but has no entry to import.`,
        why: lines(askedAt(location), `Found in ${directory}: ${text}.`),
        fix: `It is not built, its "exports" are wrong, or the installation is damaged: ${command}`,
      }),
      apply: ({ key, cause }) => ({ message: `The tap ${key} failed in apply(): ${messageOf(cause)}` }),
    },
  },
  PLUGIN_SHAPE_INVALID: {
    exit: EXIT.CONFIG,
    what: "A plugin was imported but is neither a store nor a tap, or is made for another API version.",
    fix: "A plugin exports what defineStore(…) or defineTap(…) returns. Name the right file or package, or report it to the author of the plugin.",
    texts: {
      shape: (facts) => ({
        message: `Plugin ${quoteRef(facts.ref)}${labelOf(facts)}: ${facts.problems.join("; ")}.`,
        why: lines(askedAt(facts.location), ...(facts.path === undefined ? [] : [`Imported from ${facts.path}.`])),
      }),
    },
  },
};

function notLoaded(facts: Unloaded, what: string, fix?: string): ErrorText {
  const { ref, location, place } = facts;
  return {
    message: `Plugin ${quoteRef(ref)} ${what}`,
    why: lines(askedAt(location), importedFrom(facts), ...(place === undefined ? [] : [`It fails at ${place}.`])),
    fix,
  };
}

function importedFrom(found: Found): string {
  return `Imported from ${found.path}${labelOf(found)}.`;
}
