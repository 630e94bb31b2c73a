import { type Asked, askedAt, lines, packageLabel, quoteRef } from "./plugin-words.ts";
import { type ErrorRows, type ErrorText, EXIT } from "./row.ts";

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
  /** The user has named no package, so none may be told that perhaps nobody has published. */
  readonly isInvented: boolean;
  /** The stores of ours. */
  readonly stores: readonly string[];
  /** The taps of ours. */
  readonly taps: readonly string[];
  /** A package has exactly this name. */
  readonly isPackage: boolean;
  /** Packages that are installed beside the host only, and the commands that install them. */
  readonly beside: readonly { readonly name: string; readonly command: string }[];
  readonly plugAndPlay: boolean;
}

/** Facts of the errors about references to plugins. */
export interface PluginReferenceFacts {
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
    noDot: Asked;
    noFile: Asked & { readonly path: string; readonly isFolder: boolean; readonly meant?: string | undefined };
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

/** The rows of the errors about references to plugins. */
export const PLUGIN_REFERENCE_ERRORS: ErrorRows<PluginReferenceFacts> = {
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
      version: (asked) => noPlugin(asked, "Leave out the version: package.json says which version is installed."),
      slip: (asked) => noPlugin(asked, `Did you mean "${asked.meant}"?`),
      upperCase: (asked) => noPlugin(asked, "Package names must be lower case."),
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
        const { ref, tried, directory, meant, install, isInvented, stores, taps } = facts;
        const ours = `The stores of cloudmarker are ${stores.join(", ")}; its taps are ${taps.join(", ")}. Perhaps somebody has published another: cloudmarker plugins --search ${ref}`;
        const installing = isInvented ? ours : howToInstall(install);
        return {
          message: `Plugin ${quoteRef(ref)} is not installed. ${
            meant === undefined ? installing : `Did you mean ${quoteRef(meant)}?`
          }`,
          why: lines(askedAt(facts.location), `Tried ${tried.join(", ")} from ${directory}.`),
          fix: lines([], ...otherWays(facts)),
        };
      },
      noDot: ({ ref, location }) => ({
        message: `Plugin ${quoteRef(ref)} is not installed. If it is a file, write its path with ./ in front: ./${ref}`,
        why: lines(askedAt(location)),
      }),
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

function notAllowed({ ref, location }: Asked, why: string, fix: string): ErrorText {
  return { message: `Plugin ${quoteRef(ref)} is not allowed here: ${why}.`, why: lines(askedAt(location)), fix };
}
