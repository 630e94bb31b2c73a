/** What a package is called, and how a configuration names it. */
export interface PackageNames {
  /** Of the package, such as `cloudmarker-store-kafka`. */
  readonly package: string;
  /** Of the plugin, such as `kafka`. */
  readonly plugin: string;
  /** What a configuration says after `plugin:`. */
  readonly reference: string;
}

/** What npm takes as the name of a package, in parts: a scope, and a name. */
const NAME = /^(?:(@[a-z\d][\w.-]*)\/)?([a-z\d][a-z\d._-]*)$/u;

/** Longest name of a package that a registry takes. */
const LONGEST = 214;

/**
 * The names of a package, from a short one (`kafka`), a scope with one (`@acme/kafka`), or the whole
 * (`cloudmarker-store-kafka`).
 * @returns a sentence if that is no name
 */
export function namesOf(given: string, isTap: boolean): PackageNames | string {
  const [, scope, name = ""] = NAME.exec(given) ?? [];
  const prefix = `cloudmarker-${isTap ? "tap" : "store"}-`;
  const plugin = name.startsWith(prefix) ? name.slice(prefix.length) : name;
  const whole = `${scope === undefined ? "" : `${scope}/`}${prefix}${plugin}`;
  if (plugin === "" || whole.length > LONGEST)
    return `"${given}" cannot be the name of a package: lower-case letters, digits, "-", "_" and "." are allowed, such as kafka or @acme/kafka.`;
  return { package: whole, plugin, reference: scope === undefined ? plugin : `"${scope}/${plugin}"` };
}
