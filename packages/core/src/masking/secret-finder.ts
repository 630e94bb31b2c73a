import { isPublicPlace } from "../config/public-places.ts";
import { isOneVariable } from "../config/references.ts";
import type { ConfigPath, FilledValue, LoadedConfig } from "../config/types.ts";
import type { Schema } from "../validation/schema-walk.ts";
import { collectSecrets } from "./collect-secrets.ts";
import { createMask, type Mask } from "./mask.ts";

/** Finds the secrets of a configuration while its plugins are loaded. */
export class SecretFinder {
  readonly #secrets = new Set<string>();
  readonly #filled: readonly FilledValue[];
  readonly #byPath: ReadonlyMap<string, FilledValue>;

  readonly #writtenAs: LoadedConfig["writtenAs"];

  constructor({ filled, writtenAs }: Pick<LoadedConfig, "filled" | "writtenAs">) {
    this.#filled = filled;
    this.#writtenAs = writtenAs;
    this.#byPath = new Map(filled.map((value) => [JSON.stringify(value.path), value]));
  }

  /** Masks what was found so far. */
  get mask(): Mask {
    return createMask(this.#secrets);
  }

  /** Takes the secrets in the params of a plugin. The params are at `path`; some may be written beside `plugin`. */
  addParams(root: Schema, params: unknown, path: ConfigPath): void {
    const filledInto = (below: ConfigPath): FilledValue | undefined =>
      this.#byPath.get(JSON.stringify([...path, ...below])) ??
      this.#byPath.get(JSON.stringify([...path.slice(0, -1), ...below]));
    // A plain `${` is written in another way, as `$${`.
    const isOpen = (below: ConfigPath, text: string): boolean =>
      isOneVariable(text) && this.#writtenAs([...path, ...below]) === text;
    for (const secret of collectSecrets(root, params, filledInto, isOpen)) this.#secrets.add(secret);
  }

  /** Takes the texts that `${…}` put in below a path. */
  addBelow(path: ConfigPath): void {
    for (const value of this.#filled)
      if (path.every((step, index) => step === value.path[index]))
        for (const text of value.texts) this.#secrets.add(text);
  }

  /**
   * Takes the texts that `${…}` put into places that neither the host nor a schema knows. The params of used plugins
   * were handled with their schema. Plugins that no audit uses do not appear in messages.
   */
  addStrangers(isUsed: (plugin: string) => boolean): void {
    for (const { path } of this.#filled) {
      const [top, key = "", section] = path;
      if (top === "plugins" && (section !== "delivery" || !isUsed(String(key)))) continue;
      if (!isPublicPlace(path)) this.addBelow(path);
    }
  }
}
