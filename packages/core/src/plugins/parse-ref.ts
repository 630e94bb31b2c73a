import { LEGACY_STORES } from "../config/legacy.ts";
import { isBuiltin } from "node:module";
import { fileURLToPath } from "node:url";

import { errorOf } from "../errors/error-of.ts";
import type { PluginReferenceFacts } from "../errors/plugin-references.ts";
import type { Location } from "../errors.ts";

/** What can be wrong with a name. */
type NameFault = keyof PluginReferenceFacts["PLUGIN_NAME_INVALID"];

/** A parsed plugin reference: a file, or packages to try in order. */
export type ParsedRef =
  | {
      readonly kind: "path";
      readonly ref: string;
      /** Absolute, or relative to the folder of the configuration file. */
      readonly path: string;
    }
  | {
      readonly kind: "package";
      readonly ref: string;
      /** Module specifiers, in the order in which they are tried. The first one that is installed is the plugin. */
      readonly candidates: readonly string[];
      /** Whether it is a first-party store or tap, which may also be installed beside the host. */
      readonly firstParty: boolean;
    };

/** Short names of the first-party stores and taps. They come before every other rule and cannot be replaced. */
export const ALIASES: Readonly<Record<string, string>> = {
  filestore: "@cloudmarker/filestore",
  esstore: "@cloudmarker/esstore",
  mongodbstore: "@cloudmarker/mongodbstore",
  splunkhecstore: "@cloudmarker/splunkhecstore",
  "tap-filter": "@cloudmarker/tap-filter",
  "tap-redact": "@cloudmarker/tap-redact",
};

/** The short names of our own stores and taps. */
export const FIRST_PARTY: readonly string[] = Object.keys(ALIASES);

/** Those of the taps. */
export const FIRST_PARTY_TAPS: readonly string[] = FIRST_PARTY.filter((name) => name.startsWith("tap-"));

/** Those of the stores. */
export const FIRST_PARTY_STORES: readonly string[] = FIRST_PARTY.filter((name) => !FIRST_PARTY_TAPS.includes(name));

/** Whether a reference is a path, which may be relative. */
export function isPathRef(ref: string): boolean {
  return PATH.test(ref);
}

/** One row of the table of references in the docs: an example, what is tried for it (in this order), and the rule. */
export interface RefRule {
  readonly written: string;
  readonly tried: readonly string[];
  readonly rule: string;
}

/**
 * Every form of a reference, in the order in which the forms are recognised. The docs are generated from this table.
 */
export const REF_RULES: readonly RefRule[] = [
  { written: "./my-store.ts", tried: ["./my-store.ts"], rule: "A path, relative to the configuration file." },
  { written: "file:///opt/my-store.js", tried: ["/opt/my-store.js"], rule: "A file URL." },
  {
    written: "cloudmarker.stores.filestore.FileStore",
    tried: ["@cloudmarker/filestore"],
    rule: "A class path of the predecessor: its store here.",
  },
  { written: "filestore", tried: ["@cloudmarker/filestore"], rule: "The short name of a store or tap of ours." },
  { written: "npm:jira", tried: ["jira"], rule: "`npm:` and exactly this package." },
  {
    written: "@cloudmarker/filestore",
    tried: ["@cloudmarker/filestore"],
    rule: "A package of ours, as written.",
  },
  {
    written: "cloudmarker-store-jira",
    tried: ["cloudmarker-store-jira"],
    rule: "A name that has the prefix, as written.",
  },
  {
    written: "@acme/cloudmarker-tap-pii",
    tried: ["@acme/cloudmarker-tap-pii"],
    rule: "The same with a scope.",
  },
  { written: "jira/cloud", tried: ["jira/cloud"], rule: "A part of a package, as written." },
  {
    written: "jira",
    tried: ["cloudmarker-store-jira", "cloudmarker-tap-jira"],
    rule: "A short name: with the prefix of a store, then of a tap.",
  },
  {
    written: "@acme",
    tried: ["@acme/cloudmarker-store", "@acme/cloudmarker-tap"],
    rule: "A scope: its one store, then its one tap.",
  },
  {
    written: "@acme/jira",
    tried: ["@acme/cloudmarker-store-jira", "@acme/cloudmarker-tap-jira", "@acme/jira"],
    rule: "A name in a scope: with a prefix, then as written.",
  },
];

const PATH = /^(?:\.{1,2}[\\/]|[\\/]|[A-Za-z]:[\\/])/;
const NAME = /^[a-z0-9~-][a-z0-9._~-]*$/;
/** For `npm:`, which accepts old names with upper case, and for parts below a package, which are file names. */
const LOOSE_NAME = /^[A-Za-z0-9_~-][A-Za-z0-9._~-]*$/;
const PREFIXED = /^cloudmarker-(?:store|tap)(?:-|$)/;
/** The longest name that npm accepts. */
const LONGEST = 214;

/**
 * Reads a plugin reference by {@link REF_RULES}; does not look at files.
 * @param location where the reference is written, for the error
 * @throws CloudmarkerError `PLUGIN_NAME_INVALID`
 */
export function parseRef(ref: string, location?: Location): ParsedRef {
  if (PATH.test(ref)) return { kind: "path", ref, path: ref };
  if (ref.startsWith("file:")) return { kind: "path", ref, path: pathOf(ref, location) };
  const alias = LEGACY_STORES.get(ref) ?? ref;
  const firstParty = Object.hasOwn(ALIASES, alias) ? ALIASES[alias] : undefined;
  if (firstParty !== undefined) return packages(ref, [firstParty]);

  const exact = ref.startsWith("npm:");
  const parts = (exact ? ref.slice("npm:".length) : ref).split("/");
  const wrong = ref.length > LONGEST ? "long" : whatIsWrong(ref, parts, exact);
  if (wrong !== undefined) {
    const facts = { ref, location, stores: [...LEGACY_STORES.values()], meant: ref.toLowerCase() };
    throw errorOf("PLUGIN_NAME_INVALID", wrong, facts);
  }
  return packages(ref, exact ? [parts.join("/")] : candidatesOf(parts));
}

/** `@scope/x` of `@scope/x/part`, `x` of `x/part`. */
export function packageNameOf(specifier: string): string {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

/** The short names of a package, so that a misspelt one can be recognised. */
export function shortNamesOf(packageName: string): readonly string[] {
  const short = packageName.replace(/cloudmarker-(?:store|tap)-/, "");
  return short === packageName ? [packageName] : [packageName, short];
}

function packages(ref: string, candidates: readonly string[]): ParsedRef {
  const ours = Object.values(ALIASES);
  return { kind: "package", ref, candidates, firstParty: candidates.some((name) => ours.includes(name)) };
}

function candidatesOf(parts: readonly string[]): readonly string[] {
  const written = parts.join("/");
  const [first = "", second] = parts;
  if (!first.startsWith("@")) {
    if (second !== undefined || PREFIXED.test(first)) return [written];
    return [`cloudmarker-store-${first}`, `cloudmarker-tap-${first}`];
  }
  if (second === undefined) return [`${first}/cloudmarker-store`, `${first}/cloudmarker-tap`];
  if (parts.length > 2 || first === "@cloudmarker" || PREFIXED.test(second)) return [written];
  return [`${first}/cloudmarker-store-${second}`, `${first}/cloudmarker-tap-${second}`, written];
}

function pathOf(ref: string, location: Location | undefined): string {
  if (!ref.startsWith("file://")) return ref.slice("file:".length);
  try {
    return fileURLToPath(ref);
  } catch (cause) {
    throw errorOf("PLUGIN_NAME_INVALID", "fileUrl", { ref, location }, { cause });
  }
}

/** Why a text is not the name of a package or of a part of one; undefined if the name is valid. */
function whatIsWrong(ref: string, parts: readonly string[], exact: boolean): NameFault | undefined {
  const name = parts.join("/");
  if (name === "") return "empty";
  if (/\s/.test(ref)) return "space";
  if (ref.startsWith("~")) return "tilde";
  if (/^cloudmarker\.[\w.]+$/.test(ref)) return "predecessor";
  if (/^[A-Za-z_]\w*(?:\.\w+)*\.[A-Z]\w*$/.test(ref)) return "pythonClass";
  if (name.includes(":")) return "url";
  if (name.includes("@", 1)) return "version";
  if (!parts.every((part, index) => isName(part, index, parts, exact))) {
    const lower = ref.toLowerCase();
    if (!exact && lower !== ref) return Object.hasOwn(ALIASES, lower) ? "slip" : "upperCase";
    return "characters";
  }
  if (exact && parts.length === 1 && name.startsWith("@")) return "scope";
  return (exact || parts.length > 1) && isBuiltin(name) ? "builtin" : undefined;
}

function isName(part: string, index: number, parts: readonly string[], exact: boolean): boolean {
  const scoped = parts[0]?.startsWith("@") === true;
  const loose = exact || index > (scoped ? 1 : 0);
  return (loose ? LOOSE_NAME : NAME).test(scoped && index === 0 ? part.slice(1) : part);
}
