import type { Clock } from "@cloudmarker/store-api";

/** Where configuration files are looked for. */
export interface SearchOptions {
  /**
   * What the files are called: `acme-audit` for `acme-audit.yaml`, `.acme-auditrc` and so on. @default "cloudmarker"
   */
  readonly moduleName?: string | undefined;
  /**
   * Files of a project, best first, relative to each folder that is searched. The first one that exists is read. Names
   * end in `.yaml`, `.yml` or `.json`, or have no extension. In `package.json` the key `moduleName` is read. @default
   * the result of {@link searchPlaces} for the name
   */
  readonly searchPlaces?: readonly string[] | undefined;
}

/** What to search for in a folder. */
export interface ProjectSearch {
  readonly moduleName: string;
  readonly places: readonly string[];
  readonly clock: Clock;
}

/** The default for the name in file names. */
export const MODULE_NAME = "cloudmarker";

/** Files of the machine and of the user, in the order of the merge. They are those of the predecessor. */
export function homePlaces(moduleName: string = MODULE_NAME): readonly string[] {
  return [`/etc/${moduleName}.yaml`, `~/.${moduleName}.yaml`, `~/${moduleName}.yaml`];
}

/** Files of a project, best first. */
export function searchPlaces(moduleName: string = MODULE_NAME): readonly string[] {
  const endings = ["yaml", "yml", "json"];
  return [
    ...endings.map((ending) => `${moduleName}.${ending}`),
    `.${moduleName}rc`,
    ...endings.map((ending) => `.${moduleName}rc.${ending}`),
    ...endings.map((ending) => `.config/${moduleName}.${ending}`),
    "package.json",
  ];
}

/** Files and folders that mark the top folder of a project. Cosmiconfig knows the first two. */
export const ROOT_MARKS: readonly string[] = ["package.json", "package.yaml", ".git", ".hg", ".svn"];

/**
 * What is wrong with a name for configuration files; undefined if it is valid. It must not lead into another folder.
 */
export function moduleNameFault(name: string): string | undefined {
  return /^[\w-][\w.-]*$/.test(name)
    ? undefined
    : "must have only letters, digits, - and _, and dots after the first character.";
}

/** What is wrong with a place to search; undefined if it is valid. */
export function searchPlaceFault(place: string): string | undefined {
  const steps = place.split(/[/\\]/);
  if (steps.some((step) => ["", ".", ".."].includes(step)) || /^[A-Za-z]:/.test(place))
    return "must be a path inside a searched folder, such as .config/acme-audit.yaml.";
  const name = steps.at(-1) ?? "";
  if (/\.[cm]?[jt]s$/i.test(name)) return "must be a file of YAML or JSON: a configuration is never a program.";
  const [, ending = "rc"] = /[^.]\.([^.]+)$/.exec(name) ?? [];
  if (/^(?:ya?ml|json)$|rc$/.test(ending)) return undefined;
  return "must end in .yaml, .yml or .json, or have no extension.";
}

/** Whether a file is in a language that is not supported: TOML, INI, JSON5, JavaScript. */
export function isOtherLanguage(path: string): boolean {
  return /\.(?:toml|ini|conf|json5|[cm]?[jt]s)(?:\.txt)?$/i.test(path);
}

/**
 * Whether a file was probably meant as a configuration file: `Cloudmarker.yaml`, `cloudmarker.yaml.txt`,
 * `cloudmarker.toml`.
 */
export function looksLikeOne(name: string, moduleName: string): boolean {
  const bare = name.toLowerCase().replace(/^\./, "");
  if (!bare.startsWith(moduleName.toLowerCase())) return false;
  const rest = bare.slice(moduleName.length);
  return /^(?:rc)?(?:\.config)?\.(?:ya?ml|json[5c]?|toml|ini|conf)(?:\.txt)?$|^rc$|^(?:rc|\.config)\.[cm]?[jt]s$/.test(
    rest,
  );
}
