import { dirname } from "node:path";
import type { Location } from "./config-problem.ts";
import { messageOf } from "./message-of.ts";
import { askedAt, packageLabel, quoteRef } from "./plugin-words.ts";
import { type ErrorRows, type ErrorText, EXIT } from "./row.ts";

/** A reference to a plugin, and where it stands. */
export interface Asked {
  readonly ref: string;
  readonly location?: Location | undefined;
}

/** A plugin that was found: its file, and its package where it has one. */
export interface Found extends Asked {
  readonly path?: string | undefined;
  readonly packageName?: string | undefined;
  readonly version?: string | undefined;
}

/** A plugin that could not be imported. */
interface Unloaded extends Found {
  /** What was thrown, in one line. */
  readonly text: string;
  /** Where in the code of the plugin. */
  readonly place?: string | undefined;
}

/** How to install a package. */
export interface Install {
  /** Where to run the command. */
  readonly folder: string;
  /** One for each package that it could be. */
  readonly commands: readonly string[];
  /** A package that `package.json` lists and `node_modules` does not have. */
  readonly listed?: string | undefined;
}

interface NotInstalled extends Asked {
  readonly tried: readonly string[];
  readonly directory: string;
  /** A known name that is spelt nearly the same. */
  readonly meant?: string | undefined;
  readonly install: Install;
  /** A package has exactly this name. */
  readonly isPackage: boolean;
  /** Packages that are installed beside the host only, and the commands that install them. */
  readonly beside: readonly { readonly name: string; readonly command: string }[];
  readonly plugAndPlay: boolean;
}

/** A params schema that cannot be used. */
interface Schema {
  readonly plugin: string;
}

interface SchemaPlace extends Schema {
  /** JSON pointer to the place in the schema. */
  readonly pointer: string;
}

/** An answer of a plugin; what it is or must be is given in words. */
interface Call {
  readonly plugin: string;
  readonly call: string;
}

/** Facts of the errors about plugins. */
export interface PluginFacts {
  PLUGIN_NAME_INVALID: {
    empty: Asked;
    long: Asked;
    space: Asked;
    tilde: Asked;
    predecessor: Asked & { readonly stores: readonly string[] };
    pythonClass: Asked;
    url: Asked;
    fileUrl: Asked;
    version: Asked;
    slip: Asked & { readonly meant: string };
    upperCase: Asked;
    characters: Asked;
    scope: Asked;
    builtin: Asked;
  };
  PLUGIN_NOT_FOUND: {
    notInstalled: NotInstalled;
    noFile: Asked & { readonly path: string; readonly isFolder: boolean; readonly meant?: string | undefined };
  };
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
  PLUGIN_SCHEMA_INVALID: {
    noObject: Schema;
    topType: Schema;
    notJson: Schema & { readonly cause: unknown };
    draft: Schema & { readonly draft: unknown };
    uncompiled: Schema & { readonly cause: unknown };
    noTarget: Schema & { readonly ref: unknown };
    outside: SchemaPlace & { readonly ref: unknown };
    reference: Schema & { readonly ref: string };
    protoKey: SchemaPlace & { readonly keyword: string };
    keyword: SchemaPlace & { readonly keyword: string };
    sameId: Schema & { readonly id: unknown };
    default: Schema & { readonly param: string };
    unreadable: Schema & { readonly cause: unknown };
  };
  PLUGIN_ANSWER_INVALID: {
    /** `answer` is what the call returned, in words. */
    answer: Call & { readonly answer: string; readonly wanted: string };
    item: Call & { readonly item: string; readonly wanted: string };
    promise: Call;
    threw: Call & { readonly cause: unknown };
    target: { readonly plugin: string; readonly cause: unknown };
    unreadable: Call;
    method: { readonly plugin: string; readonly method: string; readonly found: string };
    limits: { readonly plugin: string; readonly faults: readonly string[] };
    apply: { readonly key: string };
    pushed: { readonly pushed: string };
    check: { readonly plugin: string; readonly answer: string };
  };
  PLUGIN_NOT_ALLOWED: {
    notListed: Asked & { readonly subject: string; readonly allowed: readonly string[] };
    badRange: Asked & { readonly packageName: string; readonly range: string };
    outOfRange: Asked & {
      readonly packageName: string;
      readonly version: string | undefined;
      readonly range: string;
    };
  };
}

const FOR_THE_AUTHOR =
  "The author of the plugin must correct it: report it there, or use another version of the plugin.";

/** The rows of the errors about plugins. */
export const PLUGIN_ERRORS: ErrorRows<PluginFacts> = {
  PLUGIN_NAME_INVALID: {
    exit: EXIT.CONFIG,
    what: "A plugin reference is not a name, package or path.",
    fix:
      'A plugin is a short name (filestore), a package name (cloudmarker-store-x, @scope/x), "npm:" and an exact package name, ' +
      "or a path that begins with ./ ../ / or file:.",
    texts: {
      empty: (asked) => noPlugin(asked, "It is empty."),
      long: (asked) => noPlugin(asked, "It is too long."),
      space: (asked) => noPlugin(asked, "It has white space in it."),
      tilde: (asked) => noPlugin(asked, "A ~ is not expanded here; write the whole path."),
      predecessor: (asked) =>
        noPlugin(asked, `It is a class path of the predecessor; only its stores run here: ${asked.stores.join(", ")}.`),
      pythonClass: (asked) =>
        noPlugin(
          asked,
          "It is the path of a Python class, and Python classes cannot run here. Name an npm package that does the same.",
        ),
      url: (asked) =>
        noPlugin(asked, "It is a URL, and nothing is downloaded here. Install the package, then write its name."),
      fileUrl: (asked) => noPlugin(asked, "It is not a URL of a file on this machine."),
      version: (asked) => noPlugin(asked, "A version has no place here; package.json says which version is installed."),
      slip: (asked) => noPlugin(asked, `Did you mean "${asked.meant}"?`),
      upperCase: (asked) => noPlugin(asked, "Package names have no upper case."),
      characters: (asked) => noPlugin(asked, "No package can have this name."),
      scope: (asked) => noPlugin(asked, "It is a scope without a package."),
      builtin: (asked) => noPlugin(asked, "It is a module of Node itself."),
    },
  },
  PLUGIN_NOT_FOUND: {
    exit: EXIT.CONFIG,
    what: "No package or file was found for a plugin reference.",
    fix: "Install the package, or correct the name or the path: both are looked up from the folder of the configuration file.",
    texts: {
      notInstalled(facts) {
        const { ref, tried, directory, meant, install } = facts;
        const installing = howToInstall(install);
        const advice = meant === undefined ? installing : `Did you mean ${quoteRef(meant)}?`;
        return {
          message: `Plugin ${quoteRef(ref)} is not installed. ${advice}`,
          why: lines(askedAt(facts.location), `Tried ${tried.join(", ")} from ${directory}.`),
          fix: lines(meant === undefined ? [] : [installing], ...otherWays(facts)),
        };
      },
      noFile: ({ ref, location, path, isFolder, meant }) => ({
        message: `Plugin ${quoteRef(ref)} ${isFolder ? "is a folder; name a file in it" : "is not a file"}.${
          meant === undefined ? "" : ` Did you mean ${quoteRef(meant)}?`
        }`,
        why: lines(askedAt(location), `Tried ${path}.`),
        fix:
          isFolder || meant !== undefined
            ? ""
            : "Correct the path: a relative one begins at the folder of the configuration file.",
      }),
    },
  },
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
          "It is not built, or not installed whole.",
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
        fix: "It, or a module that it imports, awaits at its top level what does not come. What takes its time belongs into open().",
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
  PLUGIN_SCHEMA_INVALID: {
    exit: EXIT.CONFIG,
    what: "The params schema of a plugin is invalid.",
    fix: "Your configuration is not to blame: this is for the plugin's author. Report it there, or use another version of the plugin.",
    texts: {
      noObject: (facts) => wrongSchema(facts, "it is not an object."),
      topType: (facts) => wrongSchema(facts, 'it needs `type: "object"` at the top, since params are an object.'),
      notJson: (facts) => wrongSchema(facts, `it is not JSON (${messageOf(facts.cause)}).`),
      draft: (facts) =>
        wrongSchema(
          facts,
          `its \`$schema\` is ${JSON.stringify(facts.draft)}. Known are draft 2020-12 (the default) and draft-07.`,
        ),
      uncompiled: (facts) => wrongSchema(facts, `${messageOf(facts.cause)}.`),
      noTarget: (facts) => wrongSchema(facts, `"${String(facts.ref)}" points to no object schema.`),
      outside: (facts) =>
        wrongSchema(
          facts,
          `the \`$ref\` ${JSON.stringify(facts.ref)} (at #${facts.pointer}) points outside the schema or nowhere. Nothing is fetched: put the schema under \`$defs\` and refer to it as "#/$defs/NAME".`,
        ),
      reference: (facts) => wrongSchema(facts, `${JSON.stringify(facts.ref)} is not a valid reference.`),
      protoKey: (facts) =>
        wrongSchema(facts, `\`${facts.keyword}\` of the key "__proto__" are not supported (at #${facts.pointer}).`),
      keyword: (facts) => wrongSchema(facts, `\`${facts.keyword}\` (at #${facts.pointer}) is not supported.`),
      sameId: (facts) => wrongSchema(facts, `the \`$id\` ${JSON.stringify(facts.id)} is there twice.`),
      default: (facts) => wrongSchema(facts, `the default of "${facts.param}" breaks the schema itself.`),
      unreadable: ({ plugin, cause }) => ({
        message: `The params schema of ${plugin} cannot be read: ${messageOf(cause)}`,
      }),
    },
  },
  PLUGIN_ANSWER_INVALID: {
    exit: EXIT.CONFIG,
    what: "A plugin gave an answer that the contract does not allow, or failed in a call that must not fail.",
    fix: FOR_THE_AUTHOR,
    texts: {
      answer: ({ plugin, call, answer, wanted }) => ({
        message: `${plugin}: ${call}() returned ${answer} and must return ${wanted}.`,
      }),
      item: ({ plugin, call, item, wanted }) => ({
        message: `${plugin}: ${call}() returned a list with ${item}; each must be ${wanted}.`,
      }),
      promise: ({ plugin, call }) => ({
        message: `${plugin}: ${call}() returned a promise and must answer at once.`,
      }),
      threw: ({ plugin, call, cause }) => ({ message: `${plugin}: ${call}() threw: ${messageOf(cause)}` }),
      target: ({ plugin, cause }) => ({ message: `${plugin}: target() failed: ${messageOf(cause)}` }),
      unreadable: ({ plugin, call }) => ({
        message: `${plugin}: ${call}() returned an object that cannot be read.`,
      }),
      method: ({ plugin, method, found }) => ({
        message: `${plugin}: open() returned a store whose ${method} is ${found} and must be a function, or absent.`,
      }),
      limits: ({ plugin, faults }) => ({ message: `${plugin}: ${faults.join("; ")}.` }),
      apply: ({ key }) => ({
        message: `The tap ${key} returned a promise from apply(): it must have tapped when apply() returns.`,
      }),
      check: ({ plugin, answer }) => ({
        message: `check() of ${plugin} returned ${answer}; it must be { ok: true or false, code: a text, message: a text }.`,
      }),
      pushed: ({ pushed }) => ({
        message: `A tap of host.hooks.validate pushed ${pushed}; each must be { path, message }.`,
      }),
    },
  },
  PLUGIN_NOT_ALLOWED: {
    exit: EXIT.CONFIG,
    what: "The embedding tool does not allow a plugin, or not in the installed version.",
    fix: "Use an allowed plugin, or change the list of plugins and versions in the tool that runs this.",
    texts: {
      notListed: ({ allowed, subject, ...asked }) => {
        const list = allowed.length === 0 ? "no plugin at all" : `only ${allowed.join(", ")}`;
        const fix = `The tool that runs this allows ${list}; change the list there.`;
        return notAllowed(asked, `${subject} is not on the list`, fix);
      },
      badRange: ({ packageName, range, ...asked }) => {
        const fix = `Correct the range for ${packageName} in the tool that runs this.`;
        return notAllowed(asked, `${quoteRef(range)} is not a range of versions`, fix);
      },
      outOfRange: ({ packageName, version, range, ...asked }) => {
        const why = `${packageLabel(packageName, version)} is installed and ${range} is wanted`;
        return notAllowed(asked, why, `Install ${packageName}@${quoteRef(range)}.`);
      },
    },
  },
};

function lines(first: readonly string[], ...others: readonly string[]): string {
  return [...first, ...others].join("\n");
}

function noPlugin({ ref, location }: Asked, why: string): ErrorText {
  return { message: `${quoteRef(ref)} is not a plugin. ${why}`, why: lines(askedAt(location)) };
}

function howToInstall({ folder, commands, listed }: Install): string {
  if (listed === undefined) return `Install it in ${folder}: ${commands.join("   or: ")}`;
  return `${listed} is in package.json but not in node_modules; run in ${folder}: ${commands.join()}`;
}

function otherWays({ ref, isPackage, beside, plugAndPlay }: NotInstalled): string[] {
  const exact = `A package "${ref}" is installed. If that is the plugin, write "npm:${ref}".`;
  const pnp = "Yarn Plug'n'Play is not supported: set nodeLinker: node-modules in .yarnrc.yml and run yarn install.";
  return [
    ...(isPackage ? [exact] : []),
    ...beside.map(
      ({ name, command }) => `${name} is installed beside the host only; add it to your own package.json: ${command}`,
    ),
    ...(plugAndPlay ? [pnp] : []),
  ];
}

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

function labelOf({ packageName, version }: Found): string {
  return packageName === undefined ? "" : ` (${packageLabel(packageName, version)})`;
}

function wrongSchema({ plugin }: Schema, reason: string): ErrorText {
  return { message: `The params schema of the plugin "${plugin}" is wrong: ${reason}` };
}

function notAllowed({ ref, location }: Asked, why: string, fix: string): ErrorText {
  return { message: `Plugin ${quoteRef(ref)} is not allowed here: ${why}.`, why: lines(askedAt(location)), fix };
}
